// Subscribes with npm graphql-ws or graphql-sse, and prints a line of JSON for each thing that happens:
// node live.mjs NODE_MODULES ws|sse|sse-single URL TOKEN EVENTS QUERY
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, kind, url, token, count, query] = process.argv.slice(2);
const imported = (path) => import(pathToFileURL(join(modules, path)));
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const headers = { authorization: `Bearer ${token}` };

async function client() {
  if (kind === "ws") {
    const { createClient } = await imported("graphql-ws/dist/client.js");
    const { default: WebSocket } = await imported("ws/index.js");
    return createClient({
      url: url.replace("http", "ws"),
      webSocketImpl: WebSocket,
      connectionParams: headers,
      retryAttempts: 20,
      retryWait: () => new Promise((go) => setTimeout(go, 200)),
      shouldRetry: () => true,
      on: {
        closed: (event) => say({ closed: event.code }),
        connected: (_, payload) => say({ connected: payload ?? null }),
      },
    });
  }
  const { createClient } = await imported("graphql-sse/lib/index.mjs");
  const singleConnection = kind === "sse-single";
  return createClient({
    url: singleConnection ? `${url}/stream` : url,
    headers,
    singleConnection,
    retryAttempts: 20,
    retry: () => new Promise((go) => setTimeout(go, 200)),
    onMessage: ({ event }) => say({ message: event }),
  });
}

const made = await client();
// a query first: the same client asks both
await new Promise((done, failed) =>
  made.subscribe(
    { query: "{ viewer { handle } }" },
    { next: ({ data }) => say({ query: data }), error: failed, complete: done },
  ),
);
let left = Number(count);
await new Promise((done, failed) => {
  const dispose = made.subscribe(
    { query },
    {
      next: (result) => {
        say({ next: result });
        left -= 1;
        if (left === 0) {
          dispose();
          done();
        }
      },
      error: (error) => failed(error),
      complete: done,
    },
  );
});
say({ done: true });
await made.dispose();
process.exit(0);
