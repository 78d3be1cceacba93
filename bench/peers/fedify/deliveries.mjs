// Fedify that delivers out of its queue in PostgreSQL: one actor, followed from a hundred servers.
//
// It reads FEDIFLOW_PEER: {"host", "port", "connections", "workers", "hosts", "sinks", "database"}, says "ready", and for
// each line N of standard input sends N activities to everybody; it says "queued" once they are in its queue.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createFederation, MemoryKvStore, ParallelMessageQueue } from "@fedify/fedify";
import { Create, Endpoints, Note, Person, PUBLIC_COLLECTION } from "@fedify/fedify/vocab";
import { PostgresMessageQueue } from "@fedify/postgres";
import postgres from "postgres";

const given = JSON.parse(process.env.FEDIFLOW_PEER);
const origin = `http://${given.host}:${given.port}`;
const content = "A lecture is moved to another room. ".repeat(20);

const { host, port, database, user, password } = given.database;
const sql = postgres({
  path: `${host}/.s.PGSQL.${port}`,
  database,
  username: user,
  password,
  max: given.connections,
  onnotice: () => {},
});

const keys = await crypto.subtle.generateKey(
  { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
  true,
  ["sign", "verify"],
);

const federation = createFederation({
  kv: new MemoryKvStore(),
  queue: new ParallelMessageQueue(new PostgresMessageQueue(sql), given.workers),
  origin,
  allowPrivateAddress: true,
  firstKnock: "draft-cavage-http-signatures-12",
});

federation
  .setActorDispatcher("/users/{identifier}", (context, identifier) =>
    new Person({ id: context.getActorUri(identifier), inbox: context.getInboxUri(identifier) }))
  .setKeyPairsDispatcher(() => [keys]);
federation.setInboxListeners("/users/{identifier}/inbox", "/inbox");

const followers = given.hosts.map((name) => ({
  id: new URL(`http://${name}:${given.sinks}/users/a`),
  inboxId: new URL(`http://${name}:${given.sinks}/users/a/inbox`),
  endpoints: new Endpoints({ sharedInbox: new URL(`http://${name}:${given.sinks}/inbox`) }),
}));

let numbers = 0;
async function publish(context) {
  const number = ++numbers;
  const actor = context.getActorUri("author");
  const note = new Note({ id: new URL(`/notes/${number}`, origin), attribution: actor, content, to: PUBLIC_COLLECTION });
  const activity = new Create({ id: new URL(`/creates/${number}`, origin), actor, object: note, to: PUBLIC_COLLECTION });
  await context.sendActivity({ identifier: "author" }, followers, activity, { preferSharedInbox: true });
}

// nobody asks it anything, but others may look whether it is there
createServer((_, response) => response.writeHead(404).end()).listen(given.port, given.host);
const context = federation.createContext(new URL(origin), undefined);
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  for (let left = Number(line); left > 0; left -= 1) await publish(context);
  process.stdout.write("queued\n");
}
process.exit(0);
