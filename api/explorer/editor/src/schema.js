// The schema out of an introspection's answer.
import {
  astFromValue,
  buildClientSchema,
  getIntrospectionQuery,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
  print,
  validate,
} from "graphql";

export const INTROSPECTION = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true });

/** A GraphQLSchema; throws where the answer describes none. */
export const schemaOf = (data) => buildClientSchema(data);

/** What is wrong with a document, as sentences. */
export const faultsOf = (schema, text) => validate(schema, parse(text)).map((error) => error.message);

/** An argument's default as it is written; null where there is none. */
export const defaultOf = ({ defaultValue, type }) =>
  defaultValue === undefined ? null : print(astFromValue(defaultValue, type));

export const namedTypeOf = (type) => getNamedType(type);

/** "type", "interface", "union", "enum", "input" or "scalar". */
export function kindOf(type) {
  if (isObjectType(type)) return "type";
  if (isInterfaceType(type)) return "interface";
  if (isUnionType(type)) return "union";
  if (isEnumType(type)) return "enum";
  return isInputObjectType(type) ? "input" : "scalar";
}
