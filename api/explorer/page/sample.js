// A document that asks for one root field: its required arguments as variables, and the plain fields of what comes.
import { kindOf, namedTypeOf } from "./assets/editor.js";

const DEEPEST = 2;

/** `{name, query, variables}` to begin with. */
export function sampleOf(root, field) {
  const needed = field.args.filter((one) => isNeeded(one));
  const page = field.args.some((one) => one.name === "first") ? "first: 10" : null;
  const given = [...needed.map((one) => `${one.name}: $${one.name}`), page].filter(Boolean).join(", ");
  const declared = needed.map((one) => `$${one.name}: ${one.type}`).join(", ");
  const name = field.name[0].toUpperCase() + field.name.slice(1);
  const head = `${root} ${name}${declared && `(${declared})`} {`;
  const query = [head, `  ${field.name}${given && `(${given})`}${selection(field.type, 1)}`, "}", ""].join("\n");
  const variables = needed.length ? `${JSON.stringify(Object.fromEntries(needed.map(skeleton)), null, 2)}\n` : "";
  return { name, query, variables };
}

function selection(type, depth) {
  const named = namedTypeOf(type);
  const kind = kindOf(named);
  if (kind === "enum" || kind === "scalar") return "";
  const inner = "  ".repeat(depth + 1);
  const lines = kind === "union" ? ["__typename"] : linesOf(named, depth);
  return ` {\n${lines.map((line) => `${inner}${line}\n`).join("")}${"  ".repeat(depth)}}`;
}

/** Plain fields here; of lists their nodes, of objects what names them, of payloads everything. */
function linesOf(type, depth) {
  const fields = Object.values(type.getFields()).filter((one) => !one.args.some(isNeeded) && !one.deprecationReason);
  const lines = [];
  for (const field of fields) {
    const kind = kindOf(namedTypeOf(field.type));
    const isPlain = kind === "enum" || kind === "scalar";
    if (isPlain || (depth <= DEEPEST && isInner(type, field))) lines.push(`${field.name}${selection(field.type, depth + 1)}`);
  }
  return lines.length ? lines : ["__typename"];
}

const INNER = new Set(["nodes", "pageInfo", "title", "name"]);
const isInner = (type, field) => type.name.endsWith("Payload") || INNER.has(field.name);
const isNeeded = (one) => String(one.type).endsWith("!") && one.defaultValue === undefined;

function skeleton(argument) {
  return [argument.name, emptyOf(argument.type)];
}

function emptyOf(type) {
  const named = namedTypeOf(type);
  const one = kindOf(named) === "input" ? emptyInput(named) : kindOf(named) === "enum" ? named.getValues()[0].name : "";
  return String(type).startsWith("[") ? [one] : one;
}

function emptyInput(type) {
  const needed = Object.values(type.getFields()).filter(isNeeded);
  return Object.fromEntries(needed.map((field) => [field.name, emptyOf(field.type)]));
}
