// The operations of a document.
import { Kind, parse, print } from "graphql";

/** `{name, kind, from, to, node}` of each operation, in order; null where the text is no document (yet). */
export function operationsOf(text) {
  const document = parsed(text);
  return (
    document &&
    document.definitions
      .filter((one) => one.kind === Kind.OPERATION_DEFINITION)
      .map((node) => ({
        name: node.name?.value ?? null,
        kind: node.operation,
        from: node.loc.start,
        to: node.loc.end,
        node,
      }))
  );
}

/** The document as it is usually laid out; null where that would lose a comment or it is no document. */
export function formatted(text) {
  const document = parsed(text);
  return document && !hasComments(document) ? print(document) + "\n" : null;
}

function parsed(text) {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

function hasComments(document) {
  for (let token = document.loc.startToken; token; token = token.next) if (token.kind === "Comment") return true;
  return false;
}
