// A value ‹Operation.path› in the variables stands for what that operation of the same document answered last.

const REFERENCE = /‹(\w+)\.([^›]+)›/g;

export class Unanswered extends Error {
  /** The operation whose answer is missing. */
  constructor(operation, path) {
    super(`‹${operation}.${path}› is in no answer yet`);
    this.operation = operation;
    this.path = path;
  }
}

/** A copy with every reference replaced; a text that is nothing else becomes the value itself. */
export function resolved(value, answers) {
  if (typeof value === "string") return resolvedText(value, answers);
  if (Array.isArray(value)) return value.map((one) => resolved(one, answers));
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolved(one, answers)]));
  return value;
}

function resolvedText(text, answers) {
  const whole = text.match(/^‹(\w+)\.([^›]+)›$/);
  if (whole) return found(whole[1], whole[2], answers);
  return text.replace(REFERENCE, (_, operation, path) => String(found(operation, path, answers)));
}

function found(operation, path, answers) {
  let at = answers.get(operation);
  for (const step of path.split(".")) at = at?.[step];
  if (at === undefined || at === null) throw new Unanswered(operation, path);
  return at;
}
