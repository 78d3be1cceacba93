// Prints what npm `graphql-http` finds of a server: node audit.mjs NODE_MODULES URL TENANT -> [{id, name, status, reason}]
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, url, tenant] = process.argv.slice(2);
const audits = await import(pathToFileURL(join(modules, "graphql-http/lib/audits/index.mjs")));

const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, "fediflow-tenant": tenant } });
const results = await audits.auditServer({ url, fetchFn });
process.stdout.write(
  JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))),
);
