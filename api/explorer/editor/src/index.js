// What the explorer's page takes from libraries: editors with GraphQL and JSON, and the schema as objects.
export { documentEditor } from "./document.js";
export { jsonEditor } from "./json.js";
export { answerView } from "./answer.js";
export { formatted, operationsOf } from "./operations.js";
export { INTROSPECTION, defaultOf, faultsOf, kindOf, namedTypeOf, schemaOf } from "./schema.js";
