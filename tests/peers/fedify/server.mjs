// A small server on the social web, made with Fedify, that a test tells what to do.
//
// node server.mjs '{"host", "port", "control", "firstKnock", "refuses"}': it speaks ActivityPub on `port` and hears the
// test on `control`, both plain http on `host`. `refuses` is a kind of signature that it answers with 401, or null.
// It says "ready" once both listen, and leaves when its standard input ends.
import dns from "node:dns";
import { createServer } from "node:http";
import { Temporal } from "@js-temporal/polyfill";
import { createFederation, MemoryKvStore } from "@fedify/fedify";
import { verifyObject } from "@fedify/fedify/sig";
import {
  Accept, Activity, Announce, Create, Delete, Endpoints, Follow, Like, Note, Person, PUBLIC_COLLECTION, Reject, Tombstone,
  Undo, Update,
} from "@fedify/fedify/vocab";

const given = JSON.parse(process.argv[2]);
const origin = `http://${given.host}:${given.port}`;
const NAME = "ana";
const RFC9421 = "rfc9421";
const CAVAGE = "draft-cavage-http-signatures-12";

// Names below localhost are this machine (RFC 6761), but not every resolver knows.
const lookup = dns.lookup;
dns.lookup = (name, options, callback) =>
  name.endsWith(".localhost") ? lookup("127.0.0.1", options, callback) : lookup(name, options, callback);

// What was sent and with which signature, answered how; what was received, likewise; what Fedify made of it.
const sent = [];
const received = [];
const handled = [];
const followers = new Map();
const following = new Set();
const posts = new Map();
let numbers = 0;

const signatureOf = (headers) => headers.get("signature-input") ? RFC9421 : headers.get("signature") ? CAVAGE : null;
const plainFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const answer = await plainFetch(request.clone());
  if (request.method === "POST") {
    sent.push({ to: request.url, signature: signatureOf(request.headers), status: answer.status });
  }
  return answer;
};

const rsa = await crypto.subtle.generateKey(
  { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
  true,
  ["sign", "verify"],
);
const ed25519 = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);

const federation = createFederation({
  kv: new MemoryKvStore(),
  origin,
  allowPrivateAddress: true,
  firstKnock: given.firstKnock,
});

federation
  .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
    if (identifier !== NAME) return null;
    const keys = await context.getActorKeyPairs(identifier);
    return new Person({
      id: context.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Ana from far away",
      url: new URL(`/@${identifier}`, origin),
      inbox: context.getInboxUri(identifier),
      outbox: context.getOutboxUri(identifier),
      followers: context.getFollowersUri(identifier),
      endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
      publicKey: keys[0].cryptographicKey,
      assertionMethods: keys.map((key) => key.multikey),
    });
  })
  .setKeyPairsDispatcher((_, identifier) => identifier === NAME ? [rsa, ed25519] : []);

federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [...followers.values()] }));
federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
  software: { name: "peer", version: "1.2.3" },
  protocols: ["activitypub"],
  usage: { users: { total: 1 }, localPosts: 0, localComments: 0 },
}));
federation.setObjectDispatcher(Note, "/users/{identifier}/posts/{id}", (_, values) => posts.get(values.id) ?? null);

const keep = async (context, activity) => {
  const object = await activity.getObject(context).catch(() => null);
  handled.push({
    type: activity.constructor.name,
    id: activity.id?.href,
    actor: activity.actorId?.href,
    object: activity.objectId?.href ?? object?.id?.href,
    kind: object?.constructor.name,
    content: object?.content?.toString() ?? null,
  });
};

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Follow, async (context, follow) => {
    const actor = await follow.getActor(context);
    followers.set(actor.id.href, actor);
    await keep(context, follow);
    const answer = new Accept({ id: newId("accepts"), actor: follow.objectId, object: follow });
    await context.sendActivity({ identifier: NAME }, actor, answer);
  })
  .on(Accept, async (context, accept) => {
    following.add(accept.actorId.href);
    await keep(context, accept);
  })
  .on(Undo, async (context, undo) => {
    if ((await undo.getObject(context)) instanceof Follow) followers.delete(undo.actorId.href);
    await keep(context, undo);
  })
  .on(Reject, keep)
  .on(Create, keep)
  .on(Update, keep)
  .on(Delete, keep)
  .on(Like, keep)
  .on(Announce, keep);

const newId = (kind) => new URL(`/${kind}/${++numbers}`, origin);
const now = () => Temporal.Now.instant();
const me = (context) => context.getActorUri(NAME);

// What the test may ask for. Each returns once the receiving server has answered.
const commands = {
  follow: async (context, { actor }) => {
    const object = await found(context, actor);
    const activity = new Follow({ id: newId("follows"), actor: me(context), object: object.id });
    await context.sendActivity({ identifier: NAME }, object, activity);
    return { id: activity.id.href };
  },
  unfollow: async (context, { actor, id }) => {
    const object = await found(context, actor);
    const follow = new Follow({ id: new URL(id), actor: me(context), object: object.id });
    const activity = new Undo({ id: newId("undos"), actor: me(context), object: follow });
    await context.sendActivity({ identifier: NAME }, object, activity);
    return { id: activity.id.href };
  },
  post: async (context, { content, answers, group }) => {
    const note = noteOf(context, String(++numbers), content, { answers, group });
    posts.set(note.id.href.split("/").at(-1), note);
    const more = [];
    if (answers) more.push(await author(context, answers));
    if (group) more.push(await found(context, group));
    const where = visibility(context, group);
    await tell(context, new Create({ id: newId("creates"), actor: me(context), object: note, ...where }), more);
    return { id: note.id.href };
  },
  update: async (context, { id, content }) => {
    const number = id.split("/").at(-1);
    const note = posts.get(number).clone({ content, updated: now() });
    posts.set(number, note);
    await tell(context, new Update({ id: newId("updates"), actor: me(context), object: note, ...visibility(context) }));
    return { id };
  },
  delete: async (context, { id }) => {
    posts.delete(id.split("/").at(-1));
    const object = new Tombstone({ id: new URL(id) });
    await tell(context, new Delete({ id: newId("deletes"), actor: me(context), object, ...visibility(context) }));
    return { id };
  },
  like: async (context, { object }) => {
    const activity = new Like({ id: newId("likes"), actor: me(context), object: new URL(object) });
    await context.sendActivity({ identifier: NAME }, await author(context, object), activity);
    return { id: activity.id.href };
  },
  unlike: async (context, { object, id }) => {
    const like = new Like({ id: new URL(id), actor: me(context), object: new URL(object) });
    const activity = new Undo({ id: newId("undos"), actor: me(context), object: like });
    await context.sendActivity({ identifier: NAME }, await author(context, object), activity);
    return { id: activity.id.href };
  },
  announce: async (context, { object }) => {
    const activity = new Announce({
      id: newId("announces"), actor: me(context), object: new URL(object), published: now(), ...visibility(context),
    });
    await tell(context, activity, [await author(context, object)]);
    return { id: activity.id.href };
  },
  log: () => ({ sent, received, handled, followers: [...followers.keys()], following: [...following] }),
};

const visibility = (context, group) => ({
  to: PUBLIC_COLLECTION,
  ccs: [context.getFollowersUri(NAME), ...(group ? [new URL(group)] : [])],
  audience: group ? new URL(group) : null,
});

const noteOf = (context, id, content, { answers, group }) =>
  new Note({
    id: context.getObjectUri(Note, { identifier: NAME, id }),
    attribution: me(context),
    content,
    published: now(),
    replyTarget: answers ? new URL(answers) : null,
    ...visibility(context, group),
  });

async function found(context, address) {
  const documentLoader = await context.getDocumentLoader({ identifier: NAME });
  const object = await context.lookupObject(address, { documentLoader });
  if (object === null) throw new Error(`there is nothing at ${address}`);
  return object;
}

async function author(context, address) {
  return found(context, (await found(context, address)).attributionId);
}

async function tell(context, activity, more = []) {
  const recipients = new Map([...followers.values(), ...more].map((one) => [one.id.href, one]));
  await context.sendActivity({ identifier: NAME }, [...recipients.values()], activity, { preferSharedInbox: true });
}

const bodyOf = async (message) => Buffer.concat(await Array.fromAsync(message));

// Whether an integrity proof of the actor holds (FEP-8b32).
async function hasProof(activity) {
  if (!activity.proof) return false;
  const { documentLoader, contextLoader } = federation.createContext(new URL(origin), undefined);
  return (await verifyObject(Activity, activity, { documentLoader, contextLoader })) !== null;
}

async function federate(message, response) {
  const body = await bodyOf(message);
  const request = new Request(new URL(message.url, origin), {
    method: message.method,
    headers: Object.entries(message.headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
    body: message.method === "POST" ? body : undefined,
  });
  const signature = signatureOf(request.headers);
  const answer = message.method === "POST" && signature === given.refuses
    ? new Response("this kind of signature is not taken here", { status: 401 })
    : await federation.fetch(request, {
      contextData: undefined,
      onNotFound: () => new Response("nothing is here", { status: 404 }),
      onNotAcceptable: () => new Response("only for servers", { status: 406 }),
    });
  if (message.method === "POST") {
    const { id, type } = JSON.parse(body);
    const proven = answer.status < 300 && await hasProof(JSON.parse(body));
    received.push({ id, type, signature, status: answer.status, path: message.url, proven });
  }
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function obey(message, response) {
  const context = federation.createContext(new URL(origin), undefined);
  const told = JSON.parse((await bodyOf(message)).toString() || "{}");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(await commands[message.url.slice(1)](context, told)));
}

const serve = (answer, port) =>
  new Promise((listening) =>
    createServer((message, response) =>
      answer(message, response).catch((error) => {
        process.stderr.write(`${error.stack}\n`);
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      })
    ).listen(port, given.host, listening)
  );

await Promise.all([serve(federate, given.port), serve(obey, given.control)]);
process.stdout.write("ready\n");
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
