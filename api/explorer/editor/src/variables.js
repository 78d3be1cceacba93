// What variables must look like, by the operations that declare them.
import { insertCompletionText, pickedCompletion } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import {
  coerceInputValue,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
} from "graphql";

// A value ‹Operation.path› is taken out of an earlier answer when the operation runs.
const REFERENCE = /‹[^›]+›/;

/** The type of each declared variable; those of unknown types are left out. */
export function declared(schema, operations) {
  const types = new Map();
  for (const one of operations.flatMap(({ node }) => node.variableDefinitions ?? [])) {
    const type = typeFromAST(schema, one.type);
    if (type) types.set(one.variable.name.value, { type, isRequired: isNonNullType(type) && !one.defaultValue });
  }
  return types;
}

/** Diagnostics of a text that is JSON (or empty). */
export function faults(state, types) {
  if (!types) return [];
  const text = state.doc.toString();
  const values = text.trim() ? JSON.parse(text) : {};
  if (values === null || typeof values !== "object" || Array.isArray(values))
    return [{ from: 0, to: state.doc.length, severity: "error", message: "expected a JSON object" }];
  const found = [];
  const tell = (path, message, severity = "error") => found.push({ ...placeOf(state, path), severity, message });
  for (const name of Object.keys(values))
    if (!types.has(name)) tell([name], `no operation declares $${name}`, "warning");
  for (const [name, { type, isRequired }] of types) {
    if (!(name in values)) {
      if (isRequired) tell([], `the variable $${name} is needed`);
      continue;
    }
    coerceInputValue(values[name], type, (path, value, error) => {
      if (!(typeof value === "string" && REFERENCE.test(value))) tell([name, ...path], error.message);
    });
  }
  return found;
}

/** Names of variables and input fields, values of enums and booleans. */
export function suggestions(context, types) {
  const node = syntaxTree(context.state).resolveInner(context.pos, -1);
  const { path, holder, isName } = placeIn(context.state, node);
  const word = context.matchBefore(/"?[\w]*"?/);
  if (!context.explicit && (!word || word.from === word.to)) return null;
  const type = typeAt(types, path);
  const options = isName ? names(context.state, type, holder) : values(type);
  return options.length ? { from: word?.from ?? context.pos, options, validFor: /^"?\w*"?$/ } : null;
}

function names(state, type, holder) {
  const fields = type instanceof Map ? [...type].map(([name, one]) => [name, one.type]) : fieldsOf(type);
  const given = new Set(propertiesOf(state, holder).keys());
  return fields
    .filter(([name]) => !given.has(name))
    .map(([name, its]) => ({ label: `"${name}"`, apply: put(`"${name}": `), detail: String(its) }));
}

/** Inserts a text instead of what was begun, together with a quotation mark that was closed by itself. */
function put(text) {
  return (view, completion, from, to) => {
    const end = view.state.sliceDoc(to, to + 1) === '"' ? to + 1 : to;
    const change = insertCompletionText(view.state, text, from, end);
    view.dispatch({ ...change, annotations: pickedCompletion.of(completion) });
  };
}

function fieldsOf(type) {
  return isInputObjectType(type) ? Object.values(type.getFields()).map((field) => [field.name, field.type]) : [];
}

function values(type) {
  if (isEnumType(type)) return type.getValues().map(({ name, description }) => ({ label: `"${name}"`, apply: put(`"${name}"`), info: description }));
  return type?.name === "Boolean" ? [{ label: "true" }, { label: "false" }] : [];
}

/** The path to a node, the object around it, and whether a name is written there. */
function placeIn(state, node) {
  const isName = node.name === "Object" || node.name === "PropertyName" || isUnfinishedName(node);
  const path = [];
  let holder = null;
  let at = node;
  if (node.name === "PropertyName") at = node.parent.parent;
  for (let one = at; one; one = one.parent) {
    if (one.name === "Object" && !holder) holder = one;
    if (one.name === "Array") path.unshift(0);
    if (one.name === "Property") path.unshift(nameOf(state, one.firstChild));
  }
  return { path, holder, isName };
}

const isUnfinishedName = (node) => node.type.isError && node.parent?.name === "Object";

function typeAt(types, path) {
  if (!path.length) return types;
  let type = types.get(path[0])?.type;
  for (const step of path.slice(1)) {
    const bare = type && getNullableType(type);
    if (typeof step === "number") type = isListType(bare) ? bare.ofType : undefined;
    else type = isInputObjectType(inner(bare)) ? inner(bare).getFields()[step]?.type : undefined;
  }
  return type && inner(getNullableType(type));
}

// One value stands for a list of it, also in variables.
function inner(type) {
  return isListType(type) ? inner(getNullableType(type.ofType)) : type;
}

/** Where a path leads in the text; the nearest part of it that is there. */
function placeOf(state, path) {
  let node = syntaxTree(state).topNode.firstChild;
  let place = { from: 0, to: Math.min(1, state.doc.length) };
  for (const step of path) {
    if (!node) break;
    const next = typeof step === "number" ? elementOf(node, step) : propertiesOf(state, node).get(step);
    if (!next) break;
    place = { from: next.from, to: next.to };
    node = next.name === "Property" ? next.lastChild : next;
  }
  return place;
}

function propertiesOf(state, object) {
  const found = new Map();
  for (const property of object?.getChildren("Property") ?? []) found.set(nameOf(state, property.firstChild), property);
  return found;
}

function elementOf(array, index) {
  let child = array.firstChild?.nextSibling;
  for (let left = index; child && left > 0; left -= 1) child = child.nextSibling;
  return child;
}

function nameOf(state, node) {
  return state.sliceDoc(node.from + 1, node.to - 1);
}
