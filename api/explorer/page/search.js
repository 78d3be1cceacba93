// What a schema holds by its words.
import { kindOf } from "./assets/editor.js";

const MOST = 80;

/** Every type, field, enum value and argument: `{type, field, argument, kind, about, name, plain}`. */
export function indexOf(schema) {
  const found = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    const kind = kindOf(type);
    const add = (what) => found.push({ type: type.name, kind, ...what, plain: what.name.toLowerCase() });
    add({ name: type.name, about: type.description });
    for (const field of Object.values(type.getFields?.() ?? {})) {
      add({ field: field.name, name: field.name, about: field.description });
      for (const one of field.args ?? [])
        add({ field: field.name, argument: one.name, name: one.name, about: one.description });
    }
    if (kind === "enum") for (const one of type.getValues()) add({ field: one.name, name: one.name, about: one.description });
  }
  return found;
}

/** The best hits first, and how many more there are. `Course.code` finds the field of that type. */
export function search(index, words) {
  const wanted = words.toLowerCase();
  const ranked = index
    .map((one) => ({ one, rank: rankOf(one, wanted) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => a.rank - b.rank || a.one.name.length - b.one.name.length);
  return { hits: ranked.slice(0, MOST).map(({ one }) => one), more: Math.max(0, ranked.length - MOST) };
}

function rankOf(one, wanted) {
  const part = one.argument ? 4 : one.field ? 2 : 0;
  if (one.plain === wanted) return part;
  if (wanted.includes(".") && one.field && !one.argument && `${one.type}.${one.field}`.toLowerCase().startsWith(wanted)) return 1;
  if (one.plain.startsWith(wanted)) return 10 + part;
  if (one.plain.includes(wanted)) return 20 + part;
  return one.about?.toLowerCase().includes(wanted) ? 30 + part : null;
}
