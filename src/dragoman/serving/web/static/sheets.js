// What opens beside the conversation: a citation in its document, the documents, approvals.

import { request, upload } from "./api.js";
import { find, icon, make } from "./dom.js";
import { languageName, number, t, time } from "./i18n.js";

let returnTo = null;

function open(title, ...content) {
  const sheet = find("sheet");
  if (!sheet.open) returnTo = document.activeElement;
  find("sheet-title").textContent = title;
  find("sheet-title").dir = "auto";
  find("sheet-body").replaceChildren(...content);
  if (!sheet.open) sheet.showModal();
}

export function prepare() {
  const sheet = find("sheet");
  find("sheet-close").addEventListener("click", () => sheet.close());
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  sheet.addEventListener("close", () => returnTo?.isConnected && returnTo.focus());
}

export const close = () => find("sheet").close();

export function confirm(text) {
  const dialog = find("confirm");
  find("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) =>
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }),
  );
}

export async function citation({ passage, quote }) {
  const asked = new URLSearchParams({ document: passage.document_id, start: passage.start, end: passage.end, quote });
  const found = await request("GET", `/api/text?${asked}`);
  const marked = make("mark", { text: found.passage.quote, id: "quoted" });
  const trail = [...new Set([passage.title, ...(passage.heading_path ?? [])])].filter(Boolean);
  const facts = [
    passage.source,
    passage.page ? t("page", { n: number(passage.page) }) : "",
    languageName(passage.language),
  ];
  open(
    trail[0] ?? passage.source,
    trail.length > 1 ? make("p", { class: "trail", dir: "auto", text: trail.slice(1).join(" › ") }) : null,
    make("p", { class: "facts" }, ...facts.filter(Boolean).map((fact) => make("span", { dir: "auto", text: fact }))),
    found.passage.quote ? null : make("p", { class: "hint", text: t("quote_gone") }),
    make(
      "div",
      { class: "page", dir: found.direction, lang: passage.language, tabindex: "0" },
      make("span", { class: "around", text: found.before }),
      make("span", {}, found.passage.before, marked, found.passage.after),
      make("span", { class: "around", text: found.after }),
    ),
  );
  requestAnimationFrame(() => marked.scrollIntoView({ block: "center" }));
}

export async function documents({ scopes, suffixes }) {
  const list = make("ul", { class: "documents" });
  const state = make("div", { class: "progress", role: "status" });
  const may = scopes.includes("documents") || scopes.includes("admin");
  const input = make("input", { type: "file", multiple: true, accept: suffixes.join(","), class: "unseen", id: "files" });
  const drop = make(
    "label",
    { class: "drop", for: "files" },
    make("strong", { text: t("upload") }),
    make("span", { text: t("drop") }),
    make("small", { dir: "ltr", text: suffixes.join(" ") }),
  );
  const take = async (files) => {
    if (!files.length) return;
    await store(files, state);
    await refresh();
  };
  input.addEventListener("change", async () => {
    await take([...input.files]);
    input.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") take([...event.dataTransfer.files]);
    });
  }
  const refresh = async () => {
    const found = (await request("GET", "/api/documents")).documents;
    const entries = found.map((one) => entry(one, may, refresh));
    list.replaceChildren(...(entries.length ? entries : [make("li", { class: "none", text: t("no_documents") })]));
  };
  open(t("documents"), may ? input : null, may ? drop : null, state, list);
  await refresh();
}

function entry(found, may, refresh) {
  const name = found.title || found.source;
  const remove = async () => {
    if (!(await confirm(t("delete_document", { name })))) return;
    await request("DELETE", `/api/documents/${encodeURIComponent(found.document_id)}`);
    await refresh();
  };
  return make(
    "li",
    {},
    make(
      "div",
      { class: "what" },
      make("strong", { dir: "auto", lang: found.language, text: name }),
      make("span", { class: "facts" },
        make("span", { dir: "auto", text: found.source }),
        make("span", { text: languageName(found.language) }),
        make("span", { text: t("passages", { n: number(found.passages) }) })),
      ...found.notes.map((note) => make("small", { dir: "auto", text: note })),
    ),
    may ? make("button", { type: "button", class: "icon small", "aria-label": `${t("delete")}: ${name}`, onclick: remove }, icon("trash")) : null,
  );
}

async function store(files, state) {
  const form = new FormData();
  for (const file of files) form.append("files", file);
  const bar = make("progress", { "aria-label": t("uploading") });
  const said = make("span", { text: t("uploading") });
  state.replaceChildren(bar, said);
  try {
    for await (const { event, data } of upload("/api/documents", form)) {
      if (event === "progress") {
        const { progress = data } = data;
        bar.max = progress.total_files || files.length;
        bar.value = progress.done_files;
        said.textContent = progress.current;
      } else if (event === "report") {
        state.replaceChildren(...report(data.report ?? data));
      } else if (event === "error") {
        state.replaceChildren(problem(data.error));
      }
    }
  } catch (error) {
    state.replaceChildren(problem(error));
  }
}

function report(found) {
  const counts = ["added", "changed", "unchanged"].filter((name) => found[name]).map((name) =>
    `${t(name)}: ${number(found[name])}`);
  const failed = (found.failed ?? []).map((one) =>
    make("p", { class: "wrong", dir: "auto", text: `${one.source}: ${one.reason ?? one.message ?? ""}` }));
  return [counts.length ? make("p", { text: counts.join(" · ") }) : null, ...failed].filter(Boolean);
}

const problem = (error) => make("p", { class: "wrong", dir: "auto", text: [error.message, error.cure].filter(Boolean).join(" ") });

export function approvals(waiting, go) {
  const items = waiting.map((one) =>
    make(
      "li",
      {},
      make(
        "button",
        { type: "button", class: "source", onclick: () => { close(); go(one.thread); } },
        make("strong", { dir: "auto", lang: one.language, text: one.question }),
        make("span", { class: "facts" },
          make("span", { text: time(one.since) }),
          ...one.requests.map((request) => make("code", { dir: "ltr", text: request.call.tool }))),
      ),
    ));
  open(t("approvals"), make("ul", { class: "documents" }, ...(items.length ? items : [make("li", { class: "none", text: t("no_approvals") })])));
}
