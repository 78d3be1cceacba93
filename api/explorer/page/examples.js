// What to begin with: the examples that come with the page, and the documents that were saved here.
import { el, say } from "./dom.js";
import { forLong } from "./storage.js";

const KEPT = "saved";

export class Examples {
  /** `shipped`: what examples.json holds. `onOpen(example)` when one is chosen. */
  constructor({ place, shipped, onOpen }) {
    this._place = place;
    this._shipped = shipped;
    this._onOpen = onOpen;
    this._hasSubscriptions = false;
    this.draw();
  }

  /** Examples of what the server does not offer are not shown. */
  set(schema) {
    const hasSubscriptions = Boolean(schema.getSubscriptionType());
    if (hasSubscriptions === this._hasSubscriptions) return; // drawn anew, it would lose the click that it is getting
    this._hasSubscriptions = hasSubscriptions;
    this.draw();
  }

  /** Keeps a document under a name, in this browser. Headers are not kept: they may hold a token. */
  save({ name, query, variables }) {
    const others = this._saved().filter((one) => one.title !== name);
    const isKept = forLong.write(KEPT, [...others, { title: name, query, variables }]);
    say(isKept ? `Saved as ${name}` : "This browser has no room to keep it");
    this.draw();
  }

  draw() {
    const groups = Map.groupBy ? Map.groupBy(this._offered(), (one) => one.group) : grouped(this._offered());
    const saved = this._saved();
    const own = el("div.group", el("h2", "Saved in this browser"), saved.length ? list(saved.map((one) => this._item(one, true))) : nothing());
    const shipped = [...groups].map(([title, some]) => el("div.group", el("h2", title), list(some.map((one) => this._item(one, false)))));
    this._place.replaceChildren(...(saved.length ? [own, ...shipped] : [...shipped, own]));
  }

  _offered() {
    return this._shipped.filter((one) => this._hasSubscriptions || !/^subscription\b/m.test(one.query));
  }

  _item(one, isSaved) {
    const open = () => this._onOpen({ ...one, name: one.title, variables: textOf(one.variables) });
    const button = el(
      "button",
      { type: "button", onclick: open },
      el("span.example-title", { dir: "auto" }, one.title),
      el("span.example-note", one.note),
    );
    const remove =
      isSaved &&
      el("button.quiet.icon.remove", { type: "button", "aria-label": `Remove ${one.title}`, onclick: () => this._remove(one) }, "×");
    return el("li.example", button, remove);
  }

  _remove(one) {
    forLong.write(KEPT, this._saved().filter((other) => other.title !== one.title));
    this.draw();
  }

  _saved() {
    return forLong.read(KEPT, []);
  }
}

const list = (items) => el("ul", items);
const nothing = () => el("p.nothing", "Nothing yet. Save keeps the open document here.");
const textOf = (variables) => (typeof variables === "string" ? variables : variables ? `${JSON.stringify(variables, null, 2)}\n` : "");

function grouped(all) {
  const found = new Map();
  for (const one of all) found.set(one.group, [...(found.get(one.group) ?? []), one]);
  return found;
}
