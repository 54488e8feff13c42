// The page: conversations, the question box, and what happens between them.

import { ApiError, Offline, key, request, turn } from "./api.js";
import { find, icon, make } from "./dom.js";
import { LOCALES, apply, load, locale, preferred, t } from "./i18n.js";
import { Reply } from "./reply.js";
import * as sheets from "./sheets.js";

const state = { thread: "", me: null, agents: [], running: null };
const narrow = matchMedia("(max-width: 52rem)");

const newId = () => crypto.randomUUID().replaceAll("-", "");
const busy = () => state.running !== null;
const log = find("log");
const box = find("question");

async function start() {
  theme(localStorage.getItem("dragoman-theme"));
  sheets.prepare();
  choices();
  listen();
  await load(preferred());
  find("locale").value = locale();
  await guarded(enter);
}

async function enter() {
  state.me = await request("GET", "/api/me");
  state.agents = (await request("GET", "/api/agents")).agents;
  const select = find("agent");
  select.replaceChildren(...state.agents.map((one) => make("option", { value: one.name, text: one.name, title: one.description })));
  select.value = state.agents.find((one) => one.default)?.name ?? "";
  find("agent-choice").hidden = state.agents.length < 2;
  await go(location.hash.slice(1));
}

// Does `work`; a missing key is asked for, and everything else that goes wrong is told.
async function guarded(work) {
  try {
    return await work();
  } catch (error) {
    if (error.name === "AbortError") return undefined;
    if (error instanceof ApiError && error.status === 401) return askForKey(work);
    tell(error);
    return undefined;
  }
}

function askForKey(work) {
  const dialog = find("key");
  find("key-value").value = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      key.set(find("key-value").value.trim());
      done(guarded(work));
    }, { once: true });
  });
}

function tell(error) {
  const notice = find("notice");
  const parts = error instanceof Offline ? [t("offline")] : [error.message, error.cure];
  if (error.retryAfter) parts.push(t("wait", { n: error.retryAfter }));
  notice.replaceChildren(
    make("p", { dir: "auto", text: parts.filter(Boolean).join(" ") }),
    make("button", { type: "button", class: "quiet", text: t("close"), onclick: () => (notice.hidden = true) }),
  );
  notice.hidden = false;
  if (error.retryAfter) countdown(error.retryAfter);
}

function countdown(seconds) {
  find("send").disabled = true;
  setTimeout(() => (find("send").disabled = false), seconds * 1000);
}

// Conversations

async function go(thread) {
  state.running?.abort();
  state.running = null;
  working(false);
  state.thread = thread || newId();
  find("notice").hidden = true;
  shut();
  const found = thread ? await request("GET", `/api/threads/${encodeURIComponent(thread)}`).catch(missing) : null;
  log.replaceChildren();
  if (!found?.turns.length) greet();
  else {
    found.turns.forEach((kept) => restore(kept, found.running && kept === found.turns.at(-1)));
    titled(found.turns[0].question);
    scroll(true);
  }
  await listThreads();
}

function missing(error) {
  if (error.status === 404) return null;
  throw error;
}

function restore(kept, running) {
  const reply = new Reply(kept.question, actions(kept.question), { direction: kept.question_direction });
  log.append(reply.root);
  if (running) follow(reply, null);
  else reply.restore(kept);
}

async function listThreads() {
  const found = (await request("GET", "/api/threads")).threads;
  find("threads").replaceChildren(
    ...found.map((one) =>
      make(
        "li",
        { class: one.id === state.thread ? "here" : "" },
        make("button", {
          type: "button", class: "thread", dir: "auto", text: one.first_question,
          "aria-current": one.id === state.thread ? "page" : null,
          onclick: () => guarded(() => visit(one.id)),
        }),
        make("button", {
          type: "button", class: "icon small", "aria-label": `${t("delete")}: ${one.first_question}`,
          onclick: () => guarded(() => forget(one)),
        }, icon("trash")),
      ),
    ),
  );
  if (!found.length) find("threads").append(make("li", { class: "none", text: t("no_threads") }));
  await countApprovals();
}

const visit = (thread) => {
  history.pushState(null, "", thread ? `#${thread}` : location.pathname);
  return go(thread);
};

async function forget(one) {
  if (!(await sheets.confirm(t("delete_thread", { name: one.first_question })))) return;
  await request("DELETE", `/api/threads/${encodeURIComponent(one.id)}`);
  if (one.id === state.thread) await visit("");
  else await listThreads();
}

async function countApprovals() {
  if (!state.me.scopes.some((scope) => scope === "approvals" || scope === "admin")) return;
  const { approvals } = await request("GET", "/api/approvals");
  state.approvals = approvals;
  find("approval-count").textContent = approvals.length || "";
  find("open-approvals").hidden = !approvals.length;
}

function greet() {
  titled("");
  log.append(
    make(
      "section",
      { class: "empty" },
      make("h2", { text: t("empty_title") }),
      make("p", { text: t("empty_lead") }),
      make("ul", {}, ...["sample_1", "sample_2", "sample_3"].map((name) =>
        make("li", {}, make("button", { type: "button", dir: "auto", text: t(name), onclick: () => guarded(() => ask(t(name))) })))),
    ),
  );
}

function titled(question) {
  find("thread-title").textContent = question;
  find("thread-title").dir = "auto";
  document.title = question ? `${question} – Dragoman` : "Dragoman";
}

// A turn

async function ask(text) {
  if (busy() || !text.trim()) return;
  log.querySelector(".empty")?.remove();
  if (!log.children.length) titled(text);
  for (const one of log.querySelectorAll(".thumb:not([data-turn])")) one.remove();
  const reply = new Reply(text, actions(text));
  log.append(reply.root);
  scroll(true);
  const agent = find("agent").value || undefined;
  history.replaceState(null, "", `#${state.thread}`);
  await follow(reply, "turns", { text, agent });
}

async function follow(reply, what, body) {
  const thread = state.thread;
  const stop = new AbortController();
  state.running = stop;
  working(true);
  const path = what && `/api/threads/${encodeURIComponent(thread)}/${what}`;
  try {
    const events = turn(thread, path, body, { signal: stop.signal, lost: (gone) => reply.say(gone ? t("reconnecting") : "") });
    for await (const event of events) {
      reply.take(event);
      scroll(false);
    }
    find("heard").textContent = `${t("reply_ready")} ${reply.body.textContent}`;
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error instanceof ApiError && error.status === 401) {
      reply.root.remove();
      await askForKey(() => ask(body.text));
      return;
    }
    reply.fail(error instanceof Offline ? { message: t("offline") } : error, error instanceof Offline);
    if (error.retryAfter) countdown(error.retryAfter);
  } finally {
    if (state.running === stop) {
      state.running = null;
      working(false);
    }
  }
  if (thread === state.thread) await guarded(listThreads);
}

function actions(question) {
  const again = (what, body) => async () => {
    const reply = new Reply(question, actions(question));
    log.lastElementChild?.replaceWith(reply.root);
    await follow(reply, what, body);
  };
  return {
    openCitation: (citation) => guarded(() => sheets.citation(citation)),
    decide: (decisions) => again("decisions", decisions)(),
    retry: () => guarded(() => ask(question)),
    resume: again("resume", {}),
    copied: () => (find("heard").textContent = t("copied")),
    rate: (score, turn) => guarded(() => rate(score, turn)),
  };
}

// Without the number of a turn it is about the latest answer.
async function rate(score, turn) {
  await request("PUT", `/api/threads/${encodeURIComponent(state.thread)}/rating`, { score, turn: turn ?? null });
  find("heard").textContent = t("rated");
  return true;
}

const halt = () => request("POST", `/api/threads/${encodeURIComponent(state.thread)}/cancel`);

function working(on) {
  find("stop").hidden = !on;
  find("send").hidden = on;
}

function scroll(always) {
  const below = log.scrollHeight - log.scrollTop - log.clientHeight;
  if (always || below < 160) log.scrollTop = log.scrollHeight;
}

// The box, the side and the choices

function listen() {
  find("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value;
    if (busy() || !text.trim()) return;
    box.value = "";
    grow();
    guarded(() => ask(text));
  });
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    // While an input method composes, Enter chooses a word; 229 is what Safari says of it.
    if (event.isComposing || event.keyCode === 229 || event.key !== "Enter") return;
    const sends = event.ctrlKey || event.metaKey || (!event.shiftKey && !event.altKey && !narrow.matches);
    if (!sends) return;
    event.preventDefault();
    find("ask").requestSubmit();
  });
  addEventListener("keydown", (event) => event.key === "Escape" && shut());
  addEventListener("popstate", () => guarded(() => go(location.hash.slice(1))));
  addEventListener("online", () => (find("notice").hidden = true));
  find("stop").addEventListener("click", () => guarded(halt));
  find("new-thread").addEventListener("click", () => guarded(async () => { await visit(""); box.focus(); }));
  find("open-documents").addEventListener("click", () => guarded(() => sheets.documents(state.me)));
  find("open-approvals").addEventListener("click", () =>
    sheets.approvals(state.approvals, (thread) => guarded(() => visit(thread))));
  find("side-open").addEventListener("click", () => side(true));
  find("side-close").addEventListener("click", shut);
  find("veil").addEventListener("click", shut);
  find("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    theme(dark ? "light" : "dark");
  });
  find("locale").addEventListener("change", async (event) => {
    localStorage.setItem("dragoman-locale", event.target.value);
    await load(event.target.value);
    await guarded(() => go(location.hash.slice(1)));
  });
}

function choices() {
  find("locale").replaceChildren(
    ...Object.entries(LOCALES).map(([tag, name]) => make("option", { value: tag, lang: tag, text: name })));
}

function grow() {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
}

function theme(name) {
  if (!name) return;
  document.documentElement.dataset.theme = name;
  localStorage.setItem("dragoman-theme", name);
}

function side(open) {
  document.body.classList.toggle("side-open", open);
  find("side-open").setAttribute("aria-expanded", String(open));
  find("veil").hidden = !open;
  if (open) find("side-close").focus();
}

function shut() {
  if (document.body.classList.contains("side-open")) {
    side(false);
    find("side-open").focus();
  }
}

apply(document);
start();
