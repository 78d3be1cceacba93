// Running an operation of the open document, and stopping it.
import { operationsOf } from "./assets/editor.js";
import { byId } from "./dom.js";
import { listen } from "./endpoint.js";
import { Unanswered, resolved } from "./references.js";

export class Running {
  /** `onStart()` when something is asked. */
  constructor({ session, documents, editor, answer, onStart }) {
    this._session = session;
    this._documents = documents;
    this._editor = editor;
    this._answer = answer;
    this._onStart = onStart;
    this._answers = new Map(); // by document, then by operation: what ‹Operation.path› refers to
    this._abort = null;
    byId("run").onclick = () => (this._abort ? this.stop() : this.run(this._chosen()));
  }

  get isRunning() {
    return this._abort !== null;
  }

  /** Shows which operations there are to run. */
  offer(operations) {
    const select = byId("operation");
    const named = (operations ?? []).filter((one) => one.name);
    select.hidden = named.length < 2;
    const before = select.value;
    const options = named.map((one) => new Option(`${one.name}`, one.name));
    select.replaceChildren(...options);
    if (named.some((one) => one.name === before)) select.value = before;
  }

  /** The operation under the cursor, otherwise the chosen one. */
  runHere() {
    const place = this._editor.cursor();
    const here = operationsOf(this._editor.text())?.find((one) => one.from <= place && place <= one.to);
    if (here?.name && !byId("operation").hidden) byId("operation").value = here.name;
    return this.run(this._chosen());
  }

  async run(name) {
    if (this._abort) return;
    const abort = (this._abort = new AbortController());
    this._show(true);
    this._onStart();
    this._editor.mark([]);
    try {
      await this._run(name, abort.signal);
    } catch (error) {
      if (error instanceof NotSent) this._answer.fail(error.message);
      else if (error.name === "AbortError") this._answer.fail("You stopped it.", "Stopped");
      else if (error instanceof TypeError) this._answer.fail("The server does not answer.", "No answer");
      else throw error;
    } finally {
      this._abort = null;
      this._show(false);
    }
  }

  stop() {
    this._abort?.abort();
  }

  async _run(name, signal) {
    const { query, variables, headers } = this._documents.current;
    const operations = operationsOf(query);
    const operation = operations?.find((one) => one.name === name) ?? operations?.[0];
    if (!query.trim()) throw new NotSent("There is nothing to ask yet: write a query, or open an example.");
    const values = await this._values(operation, operations, objectOf(variables, "variables"), signal);
    const question = { query, variables: values, operationName: operation?.name ?? undefined };
    const given = objectOf(headers, "headers");
    if (operation?.kind === "subscription") return this._listen(question, given, signal);
    this._answer.busy("Asking …");
    const answer = await this._session.ask(question, given, signal);
    if (operation?.name && answer.body?.data) this._remembered().set(operation.name, answer.body.data);
    this._answer.show(answer);
    this._mark(answer.body?.errors ?? []);
  }

  /** The variables that the operation declares; queries that they refer to are run first. */
  async _values(operation, operations, all, signal) {
    const declared = operation?.node.variableDefinitions?.map((one) => one.variable.name.value);
    const wanted = declared ? Object.fromEntries(Object.entries(all).filter(([name]) => declared.includes(name))) : all;
    const known = this._remembered();
    const asked = new Set();
    for (;;) {
      try {
        return resolved(wanted, known);
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        const other = operations.find((one) => one.name === error.operation);
        if (other?.kind !== "query" || asked.has(other.name)) throw new NotSent(needs(error, other, known.has(error.operation)));
        asked.add(other.name);
        await this._run(other.name, signal);
      }
    }
  }

  async _listen(question, headers, signal) {
    this._answer.stream();
    this._answer.busy("Connecting …");
    const heard = {
      onOpen: () => this._answer.busy("Listening"),
      onEvent: (body) => this._answer.event(body),
    };
    const told = { ...(await this._session.headers()), ...headers };
    try {
      const answer = await listen(question, told, signal, heard);
      if (answer === null) this._answer.ended("Ended by the server");
      else this._answer.show(answer, "The server answered at once: it offers no stream of events for this.");
    } catch (error) {
      if (error.name !== "AbortError") throw error;
      this._answer.ended("Stopped");
    }
  }

  _remembered() {
    const { id } = this._documents.current;
    if (!this._answers.has(id)) this._answers.set(id, new Map());
    return this._answers.get(id);
  }

  _mark(errors) {
    const places = errors.flatMap(({ message, locations }) => (locations ?? []).map((one) => ({ message, ...one })));
    this._editor.mark(places);
  }

  _chosen() {
    const select = byId("operation");
    return select.hidden ? null : select.value;
  }

  _show(isRunning) {
    byId("run").classList.toggle("is-running", isRunning);
    byId("run-label").textContent = isRunning ? "Stop" : "Run";
  }
}

class NotSent extends Error {}

function needs(error, other, isAnswered) {
  const takes = `The variables take ‹${error.operation}.${error.path}› from an answer`;
  if (!other) return `${takes}, but the document has no operation ${error.operation}.`;
  return isAnswered
    ? `${takes} of ${other.name}, and the last one had nothing there.`
    : `${takes} of ${other.name}: run ${other.name} first.`;
}

function objectOf(text, what) {
  if (!text.trim()) return {};
  try {
    const value = JSON.parse(text);
    if (value && typeof value === "object" && !Array.isArray(value)) return value;
  } catch (error) {
    throw new NotSent(`The ${what} are not JSON: ${error.message}`);
  }
  throw new NotSent(`The ${what} are not a JSON object.`);
}
