// Puts the page together: who asks, what is asked, what comes back, and the schema behind it.
import { Answer } from "./answer.js";
import { INTROSPECTION, documentEditor, formatted, jsonEditor, operationsOf, schemaOf } from "./assets/editor.js";
import { curl } from "./curl.js";
import { Docs } from "./docs.js";
import { Documents } from "./documents.js";
import { byId, say } from "./dom.js";
import { ADDRESS } from "./endpoint.js";
import { Examples } from "./examples.js";
import { greet } from "./greeting.js";
import { hint } from "./hint.js";
import { askForName } from "./naming.js";
import { panes, showPane } from "./panes.js";
import { People } from "./people.js";
import { Running } from "./running.js";
import { Session } from "./session.js";
import { forNow } from "./storage.js";
import { tablist } from "./tablist.js";
import { themeButton } from "./themes.js";

const [told, shipped, home] = await Promise.all([
  document.documentElement.dataset.demo === "yes" ? json(new URL("explorer/demo.json", document.baseURI)) : null,
  json(new URL("examples.json", import.meta.url)),
  json(new URL(".", ADDRESS)),
]);

const guests = told?.institutions.length ? told : null;
const isDemo = guests !== null;
const session = new Session();
const ofHost = home?.tenant ?? null;
if (isDemo && !session.tenant && !ofHost) session.beNobody(guests.institutions[0].slug);

const people = new People({ session, guests, ofHost });
let schema = null;
let drawn = null;

const run = () => running.runHere();
const editor = documentEditor({
  parent: byId("document-editor"),
  label: "GraphQL document",
  onChange(query) {
    documents.change({ query });
    operationsChanged();
  },
  onRun: run,
  onDocs(type, field) {
    showSide("docs");
    showPane("side");
    docs.open(type, field);
  },
});
const variables = jsonEditor({
  parent: byId("variables"),
  label: "Variables (JSON)",
  onChange: (text) => documents.change({ variables: text }),
  onRun: run,
});
const headers = jsonEditor({
  parent: byId("headers"),
  label: "Headers (JSON)",
  onChange: (text) => documents.change({ headers: text }),
  onRun: run,
});
const answer = new Answer({
  onPlace({ line, column }) {
    showPane("ask");
    editor.goTo(line, column);
  },
});
const documents = new Documents({
  first: { name: shipped[0].title, query: shipped[0].query, as: shipped[0].as },
  onOpen(one) {
    editor.open(one.id, one.query);
    variables.open(one.id, one.variables);
    headers.open(one.id, one.headers);
    operationsChanged();
    hint({ document: one, session, people });
  },
  onClose({ id }) {
    for (const each of [editor, variables, headers]) each.forget(id);
  },
  onNew() {
    answer.clear();
    editor.focus();
  },
});
const running = new Running({
  session,
  documents,
  editor,
  answer,
  onStart: () => showPane("answer"),
});
const open = (one) => {
  documents.add(one);
  showPane("ask");
};
const docs = new Docs({ place: byId("docs"), onUse: open });
const examples = new Examples({ place: byId("examples"), shipped, onOpen: open });
const showSide = tablist(document.querySelector("#side [role=tablist]"), (id) => forNow.write("side", id));
tablist(document.querySelector("#extras [role=tablist]"));

byId("endpoint").textContent = ADDRESS.pathname;
byId("format").onclick = () => {
  const text = formatted(editor.text());
  if (text) editor.replace(text);
  else say("Left as it is: it has comments, or is not finished");
};
byId("save").onclick = async () => {
  const name = await askForName(documents.current.name);
  if (!name) return;
  documents.change({ name });
  examples.save(documents.current);
};
byId("copy").onclick = async () => {
  if (!navigator.clipboard) return say("Browsers copy only from pages over https");
  await navigator.clipboard.writeText(curl(documents.current, byId("operation"), session));
  say("Copied as a curl command; put your token into $TOKEN");
};
themeButton();
panes();
documents.start();
showSide(forNow.read("side", "examples"));
greet({ session, people, isDemo });
session.addEventListener("change", () => {
  greet({ session, people, isDemo });
  hint({ document: documents.current, session, people });
  readSchema();
});
await readSchema();
document.documentElement.dataset.ready = "yes";

function operationsChanged() {
  const operations = operationsOf(documents.current.query);
  if (operations === null && documents.current.id === drawn) return; // while something is being written
  drawn = documents.current.id;
  running.offer(operations);
  variables.setOperations(schema, operations);
}

async function readSchema() {
  try {
    const { body, status } = await session.ask({ query: INTROSPECTION, operationName: "IntrospectionQuery" });
    if (!body?.data?.__schema) return docs.fail(body?.errors?.[0]?.message ?? `No schema came (status ${status}).`);
    schema = schemaOf(body.data);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return docs.fail("The server does not answer.");
  }
  editor.setSchema(schema);
  docs.set(schema);
  examples.set(schema);
  operationsChanged();
}

async function json(address) {
  const response = await fetch(address, { headers: { accept: "application/json" } });
  return response.ok ? response.json() : null;
}
