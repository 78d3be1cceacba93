// The GraphQL endpoint beside this page: questions, and streams of events (GraphQL over SSE, distinct connections).

export const ADDRESS = new URL("graphql", document.baseURI);
const ACCEPTED = "application/graphql-response+json, application/json;q=0.9";
const STREAM = "text/event-stream";

/** `{status, ms, bytes, body, text}`; `body` is null where the answer is not JSON. Throws where nothing answers. */
export async function ask(question, headers = {}, signal = undefined) {
  const started = performance.now();
  const response = await send(question, { accept: ACCEPTED, ...headers }, signal);
  return read(response, started);
}

/** Calls `onOpen()`, then `onEvent(body)` for each event until the end; an answer that is no stream comes as `ask` gives it. */
export async function listen(question, headers, signal, { onOpen, onEvent }) {
  const started = performance.now();
  const response = await send(question, { accept: `${STREAM}, ${ACCEPTED}`, ...headers }, signal);
  if (!(response.headers.get("content-type") ?? "").startsWith(STREAM)) return read(response, started);
  onOpen();
  const decoder = new TextDecoder();
  let pending = "";
  for await (const piece of pieces(response.body)) {
    pending += decoder.decode(piece, { stream: true }).replaceAll("\r", "");
    const blocks = pending.split("\n\n");
    pending = blocks.pop();
    for (const block of blocks) {
      const { event, data } = fieldsOf(block);
      if (event === "complete") return null;
      if (data) onEvent(JSON.parse(data));
    }
  }
  return null;
}

function send(question, headers, signal) {
  return fetch(ADDRESS, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(question),
    credentials: "omit",
    cache: "no-store",
    signal,
  });
}

async function read(response, started) {
  const bytes = await response.arrayBuffer();
  const ms = performance.now() - started;
  const text = new TextDecoder().decode(bytes);
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    // shown as it is
  }
  return { status: response.status, ms, bytes: bytes.byteLength, body, text };
}

async function* pieces(stream) {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.releaseLock();
  }
}

/** The fields of one event (HTML standard, "server-sent events"); lines that start with a colon say nothing. */
function fieldsOf(block) {
  const found = { event: "message", data: "" };
  const data = [];
  for (const line of block.split("\n")) {
    const [, name, value] = line.match(/^([^:]*)(?:: ?(.*))?$/) ?? [];
    if (name === "event") found.event = value;
    if (name === "data") data.push(value ?? "");
  }
  found.data = data.join("\n");
  return found;
}
