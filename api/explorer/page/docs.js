// The schema as a book: its types, their fields and arguments, with links from each to the next, and a search.
import { kindOf } from "./assets/editor.js";
import { el } from "./dom.js";
import { indexOf, search } from "./search.js";
import { TypePages } from "./type_pages.js";

const GROUPS = {
  type: "Types",
  interface: "Interfaces",
  union: "Unions",
  enum: "Enums",
  scalar: "Scalars",
  input: "Inputs",
  payload: "What mutations answer",
  page: "Pages of lists",
};

export class Docs {
  /** `onUse({name, query, variables})` when a field is to be tried. */
  constructor({ place, onUse }) {
    this._onUse = onUse;
    this._schema = null;
    this._index = [];
    this._trail = [];
    this._input = el("input", {
      type: "search",
      placeholder: "Search the schema",
      "aria-label": "Search the schema",
      spellcheck: "false",
      oninput: () => this._search(),
      onkeydown: (event) => event.key === "ArrowDown" && this._page.querySelector("button")?.focus(),
    });
    this._back = el("button.quiet.icon", { type: "button", "aria-label": "Back", onclick: () => this._goBack() }, "‹");
    this._page = el("div.docs-page");
    this._place = place;
    place.append(el("div.docs-search", this._back, this._input), this._page);
    this._tell("The schema is being read.");
  }

  set(schema) {
    this._schema = schema;
    this._index = indexOf(schema);
    this._types = new TypePages({ schema, onOpen: (type) => this.open(type), onUse: this._onUse });
    this._trail = this._trail.filter((one) => schema.getType(one.type));
    this._draw();
  }

  /** Why there is no schema to show. */
  fail(message) {
    this._schema = null;
    this._tell(message);
  }

  /** Turns to a type, and to one of its fields. */
  open(type, field) {
    const name = type?.replace(/[[\]!]/g, "");
    if (!this._schema?.getType(name)) return;
    this._input.value = "";
    this._trail.push({ type: name, field });
    this._draw();
  }

  _goBack() {
    if (this._input.value) this._input.value = "";
    else this._trail.pop();
    this._draw();
  }

  _search() {
    const words = this._input.value.trim();
    if (!this._schema) return;
    if (!words) return this._draw();
    const { hits, more } = search(this._index, words);
    this._back.disabled = false;
    this._page.replaceChildren(
      el("p.about", { role: "status" }, hits.length ? `${hits.length}${more ? ` of ${hits.length + more}` : ""} found` : "Nothing is called so"),
      el("ul", hits.map((hit) => this._hit(hit))),
    );
    this._place.scrollTop = 0;
  }

  _hit({ type, field, argument, about, kind }) {
    const [label, style] = argument ? [argument, "is-argument"] : field ? [field, kind === "enum" ? "is-value" : "is-field"] : [type, "is-type"];
    const within = argument ? `argument of ${type}.${field}` : field ? `in ${type}` : kind;
    return el(
      "li",
      el(`button.link.mono.${style}`, { type: "button", onclick: () => this.open(type, field) }, label),
      el("span.found-in", within),
      about && el("span.about", about),
    );
  }

  _draw() {
    if (!this._schema) return;
    const last = this._trail.at(-1);
    this._back.disabled = !last;
    this._page.replaceChildren(...(last ? this._types.page(this._schema.getType(last.type), last.field) : this._first()));
    this._place.scrollTop = 0;
    this._page.querySelector(".is-found")?.scrollIntoView({ block: "center" });
  }

  _tell(text) {
    this._back.disabled = true;
    this._page.replaceChildren(el("p.about", text));
  }

  _first() {
    const schema = this._schema;
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(Boolean);
    const types = Object.values(schema.getTypeMap())
      .filter((type) => !type.name.startsWith("__") && !roots.includes(type))
      .sort((a, b) => a.name.localeCompare(b.name));
    const rootItems = roots.map((type) => el("li", this._types.link(type), " ", el("span.about", ROOTS[type.name] ?? "")));
    return [
      el("h2", "Schema"),
      el("ul", rootItems),
      Object.entries(GROUPS).map(([group, title]) => {
        const some = types.filter((type) => groupOf(type) === group);
        return some.length ? [el("h3", `${title} (${some.length})`), el("ul", some.map((type) => el("li", this._types.link(type))))] : [];
      }),
    ].flat(3);
  }
}

function groupOf(type) {
  const kind = kindOf(type);
  if (kind !== "type") return kind;
  if (/(Connection|Edge|^PageInfo)$/.test(type.name)) return "page";
  return type.name.endsWith("Payload") ? "payload" : "type";
}

const ROOTS = { Query: "to read", Mutation: "to change", Subscription: "to hear of changes" };
