// The page of a type in the documentation: what it is, its fields with their arguments, its values.
import { defaultOf, kindOf, namedTypeOf } from "./assets/editor.js";
import { el } from "./dom.js";
import { sampleOf } from "./sample.js";

export class TypePages {
  /** `onOpen(name)` when a type is asked for, `onUse(document)` when a root field is to be tried. */
  constructor({ schema, onOpen, onUse }) {
    this._schema = schema;
    this._onOpen = onOpen;
    this._onUse = onUse;
  }

  /** The parts of a type's page; `field` is the one that was looked for. */
  page(type, field) {
    const kind = kindOf(type);
    const parts = [el("h2", type.name), el("p.about", [el("span.tag", kind), " ", type.description])];
    const fields = type.getFields ? Object.values(type.getFields()) : [];
    if (type.getInterfaces?.().length) parts.push(this._list("Implements", type.getInterfaces()));
    if (kind === "interface" || kind === "union") parts.push(this._list("May be", this._schema.getPossibleTypes(type)));
    if (fields.length) parts.push(el("h3", "Fields"), el("ul", fields.map((one) => this._field(type, one, one.name === field))));
    if (kind === "enum") parts.push(el("h3", "Values"), el("ul", type.getValues().map((one) => value(one, one.name === field))));
    if (type.specifiedByURL) parts.push(el("p.about", `Specified by ${type.specifiedByURL}`));
    return parts.flat(3);
  }

  _field(owner, field, isFound) {
    const root = this._rootOf(owner);
    const use =
      root &&
      el("button.quiet.use", { type: "button", onclick: () => this._onUse(sampleOf(root, field)), "aria-label": `Try ${field.name}` }, "Try");
    return el(
      "li",
      el(
        `div.signature${isFound ? ".is-found" : ""}`,
        el("span.is-field", field.name),
        this._arguments(field.args ?? []),
        ": ",
        this.link(field.type),
        defaultText(field),
        use,
      ),
      field.description && el("p.about", field.description),
      (field.args ?? []).map(argumentNote),
      field.deprecationReason && el("p.deprecated", `Deprecated: ${field.deprecationReason}`),
    );
  }

  _arguments(all) {
    if (!all.length) return "";
    const told = all.map((one, at) => [
      at ? ", " : "",
      el("span.is-argument", one.name),
      ": ",
      this.link(one.type),
      defaultText(one),
    ]);
    return ["(", ...told, ")"];
  }

  _list(title, types) {
    return [el("h3", title), el("ul", types.map((type) => el("li", this.link(type))))];
  }

  /** A type as it is written, with its name leading to its page. */
  link(type) {
    const name = namedTypeOf(type).name;
    const [before, after] = String(type).split(name);
    return el("span.type", before, el("button.link.mono.is-type", { type: "button", onclick: () => this._onOpen(name) }, name), after);
  }

  _rootOf(type) {
    if (type === this._schema.getQueryType()) return "query";
    if (type === this._schema.getMutationType()) return "mutation";
    return type === this._schema.getSubscriptionType() ? "subscription" : null;
  }
}

const defaultText = (one) => defaultOf(one) !== null && ` = ${defaultOf(one)}`;

/** What is said about an argument, if anything is. */
function argumentNote(one) {
  if (!one.description && !one.deprecationReason) return null;
  const deprecated = one.deprecationReason && el("span.deprecated", ` Deprecated: ${one.deprecationReason}`);
  return el("p.about", el("span.mono.is-argument", one.name), " ", one.description, deprecated);
}

function value(one, isFound) {
  return el(
    "li",
    el(`span.mono.is-value${isFound ? ".is-found" : ""}`, one.name),
    one.description && el("p.about", one.description),
    one.deprecationReason && el("p.deprecated", `Deprecated: ${one.deprecationReason}`),
  );
}
