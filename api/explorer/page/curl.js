// The open document as a command for a shell. The token stays here: the command names it $TOKEN.
import { ADDRESS } from "./endpoint.js";

export function curl({ query, variables, headers }, operation, session) {
  const question = { query, variables: objectOf(variables) };
  if (!operation.hidden) question.operationName = operation.value;
  const sent = { "content-type": "application/json", ...objectOf(headers) };
  const lines = [`curl -s ${quoted(String(ADDRESS))}`];
  for (const [name, value] of Object.entries(sent)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (session.person) lines.push('-H "authorization: Bearer $TOKEN"');
  else if (session.tenant) lines.push(`-H ${quoted(`fediflow-tenant: ${session.tenant}`)}`);
  lines.push(`-d ${quoted(JSON.stringify(question))}`);
  return lines.join(" \\\n  ");
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function objectOf(text) {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return {};
  }
}
