// Asks each query through Apollo Client and its link for persisted queries:
// node asking.mjs NODE_MODULES URL TENANT GET? QUERY... -> [{data, error, requests: [{method, query, hash}]}]
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, url, tenant, byGet, ...queries] = process.argv.slice(2);
const apollo = (part) => import(pathToFileURL(join(modules, "@apollo/client", part, "index.js")));
const { ApolloClient, InMemoryCache, ApolloLink } = await apollo("core");
const { HttpLink } = await apollo("link/http");
const { PersistedQueryLink } = await apollo("link/persisted-queries");
const { parse } = createRequire(join(modules, "asking.mjs"))("graphql");

let requests = [];
const said = (address, init) => {
  const parameters = Object.fromEntries(new URL(address).searchParams);
  if ("extensions" in parameters) parameters.extensions = JSON.parse(parameters.extensions);
  return init.method === "GET" ? parameters : JSON.parse(init.body);
};
const observed = (address, init) => {
  const { query, extensions } = said(address, init);
  const hash = extensions?.persistedQuery?.sha256Hash ?? null;
  requests.push({ method: init.method, query: query ?? null, hash });
  return fetch(address, init);
};
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.from([
    new PersistedQueryLink({
      sha256: (text) => createHash("sha256").update(text).digest("hex"),
      useGETForHashedQueries: byGet === "get",
    }),
    new HttpLink({ uri: url, fetch: observed, headers: { "fediflow-tenant": tenant } }),
  ]),
});

const told = [];
for (const query of queries) {
  requests = [];
  let data = null;
  let error = null;
  try {
    ({ data } = await client.query({ query: parse(query), fetchPolicy: "no-cache" }));
  } catch (thrown) {
    error = thrown.message;
  }
  told.push({ data, error, requests });
}
process.stdout.write(JSON.stringify(told));
