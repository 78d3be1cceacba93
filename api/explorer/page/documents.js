// The open documents, each with its variables and headers: kept with the browser tab, because they may hold secrets.
import { byId, el } from "./dom.js";
import { forNow } from "./storage.js";

const KEPT = "documents";

export class Documents {
  /** `onOpen(document)`, `onClose(document)`, and `onNew()` when an empty one was opened to be written. A document: `{id, name, query, variables, headers, as}`. */
  constructor({ first, onOpen, onClose, onNew }) {
    this._onOpen = onOpen;
    this._onClose = onClose;
    const kept = forNow.read(KEPT, null);
    this._all = kept?.all?.length ? kept.all : [{ id: newId(), headers: "", variables: "", ...first }];
    this._open = this._all.find((one) => one.id === kept?.open) ?? this._all[0];
    byId("new-document").onclick = () => {
      this.add({ name: "Untitled", query: "" });
      onNew();
    };
  }

  get current() {
    return this._open;
  }

  start() {
    this.open(this._open);
  }

  /** Opens it in a tab of its own; in the tab that already has the same, if there is one. */
  add({ name, query, variables = "", headers = "", as = null }) {
    const same = this._all.find((one) => query && one.query === query && one.name === name);
    const added = same ?? { id: newId(), name, query, variables, headers, as };
    if (!same) this._all.push(added);
    this.open(added);
  }

  open(document_) {
    this._open = document_;
    this._draw();
    this._keep();
    this._onOpen(document_);
  }

  /** Changes the open one: `{query}`, `{variables}`, `{headers}` or `{name}`. */
  change(what) {
    Object.assign(this._open, what);
    this._keep();
    if ("name" in what) this._draw();
  }

  close(document_) {
    const at = this._all.indexOf(document_);
    this._all.splice(at, 1);
    this._onClose(document_);
    if (!this._all.length) this.add({ name: "Untitled", query: "" });
    else if (document_ === this._open) this.open(this._all[Math.max(0, at - 1)]);
    else this._draw();
    this._keep();
  }

  _draw() {
    const items = this._all.map((one) => {
      const isOpen = one === this._open;
      const name = el("button.name", { type: "button", title: one.name, onclick: () => this.open(one) }, one.name);
      if (isOpen) name.setAttribute("aria-current", "true");
      const close = el(
        "button.quiet.icon.close",
        { type: "button", "aria-label": `Close ${one.name}`, onclick: () => this.close(one) },
        "×",
      );
      return el("li", isOpen ? { "data-open": true } : {}, name, close);
    });
    byId("documents").replaceChildren(...items);
    byId("documents").querySelector("[data-open]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  _keep() {
    forNow.write(KEPT, { all: this._all, open: this._open.id });
  }
}

const newId = () => crypto.getRandomValues(new Uint32Array(2)).join("");
