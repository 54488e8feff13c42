// The server's native API: JSON requests, and event streams that go on after a lost connection.

export class ApiError extends Error {
  constructor(status, error, retryAfter) {
    super(error?.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = error?.code ?? "";
    this.cure = error?.cure ?? "";
    this.retryAfter = retryAfter;
  }
}

export class Offline extends Error {}

export const key = {
  get: () => sessionStorage.getItem("dragoman-key") ?? "",
  set: (value) => sessionStorage.setItem("dragoman-key", value),
};

const ENDS = new Set(["answer", "approval", "error"]);
const WAITS = [500, 1000, 2000, 4000, 8000];

async function send(method, path, { body, headers, signal } = {}) {
  const asked = { ...headers };
  if (key.get()) asked.Authorization = `Bearer ${key.get()}`;
  let content = body;
  if (body !== undefined && !(body instanceof FormData)) {
    asked["Content-Type"] = "application/json";
    content = JSON.stringify(body);
  }
  let reply;
  try {
    reply = await fetch(path, { method, body: content, headers: asked, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Offline(error.message);
  }
  if (reply.ok) return reply;
  const found = await reply.json().catch(() => ({}));
  throw new ApiError(reply.status, found.error, Number(reply.headers.get("Retry-After")) || 0);
}

export async function request(method, path, body) {
  return (await send(method, path, { body })).json();
}

// Messages of one response: {id, event, data}. A stream that breaks off throws Offline.
async function* messages(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    let part;
    try {
      part = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Offline(error.message);
    }
    if (part.done) return;
    held += part.value;
    const blocks = held.split("\n\n");
    held = blocks.pop();
    for (const block of blocks) {
      const message = { id: "", event: "", data: "" };
      for (const line of block.split("\n")) {
        const at = line.indexOf(":");
        if (at > 0) message[line.slice(0, at)] = line.slice(at + 1).trimStart();
      }
      if (message.data) yield { ...message, data: JSON.parse(message.data) };
    }
  }
}

export async function* upload(path, form, signal) {
  yield* messages(await send("POST", path, { body: form, signal }));
}

// A turn's events until it is over. A lost connection is taken up again where it broke off;
// `lost(true)` and `lost(false)` tell when.
export async function* turn(thread, path, body, { signal, lost = () => {} } = {}) {
  const again = `/api/threads/${encodeURIComponent(thread)}/events`;
  let reply = path ? await send("POST", path, { body, signal }) : await send("GET", again, { signal });
  let last = "";
  let failed = 0;
  for (;;) {
    try {
      for await (const message of messages(reply)) {
        if (failed) lost(false);
        failed = 0;
        last = message.id || last;
        yield message.data;
        if (ENDS.has(message.event)) return;
      }
    } catch (error) {
      if (!(error instanceof Offline)) throw error;
    }
    for (;;) {
      if (failed >= WAITS.length) throw new Offline("gone");
      lost(true);
      await new Promise((done) => setTimeout(done, WAITS[failed++]));
      try {
        reply = await send("GET", again, { headers: last ? { "Last-Event-ID": last } : {}, signal });
        break;
      } catch (error) {
        if (!(error instanceof Offline)) throw error;
      }
    }
  }
}
