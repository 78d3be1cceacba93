// PostGraphile 5 over the tables as they are; the tenant is set for each transaction by its `pgSettings`.

import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgService } from "postgraphile/adaptors/pg";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makeJSONPgSmartTagsPlugin } from "postgraphile/utils";
import { connections, database, host, port, tenant } from "./given.mjs";

const context = { pgSettings: { "app.tenant_id": tenant } };

const preset = {
  extends: [PostGraphileAmberPreset],
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [
    makePgService({
      poolConfig: { ...database, max: connections, min: connections, idleTimeoutMillis: 0 },
      schemas: ["fediflow"],
    }),
  ],
  schema: { retryOnInitFail: false },
  grafast: { context, explain: false },
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false, outputDataAsString: true },
};

const instance = postgraphile(preset);
if (process.argv.includes("--schema")) {
  const { printSchema } = await import("postgraphile/graphql");
  console.log(printSchema(await instance.getSchema()));
  process.exit(0);
}
const serv = instance.createServ(grafserv);
const server = createServer({ keepAliveTimeout: 60_000 });
await serv.addTo(server);
await serv.ready();
server.listen(port, host);
