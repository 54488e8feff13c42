// One turn on the page: the question, what was done, the answer with its sources.

import { icon, make } from "./dom.js";
import { languageName, number, t } from "./i18n.js";
import { render } from "./markdown.js";

export class Reply {
  // `actions`: openCitation(citation), decide(decisions), retry(), resume(), copied(),
  // rate(score, number of the turn if it is known)
  constructor(question, actions, { direction } = {}) {
    this.actions = actions;
    this.text = "";
    this.passages = [];
    this.calls = new Map();
    this.badge = make("span", { class: "badge", hidden: true });
    this.state = make("span", { class: "state", text: t("thinking") });
    this.steps = make("ol", { class: "steps" });
    this.work = make(
      "details",
      { class: "work", hidden: true },
      make("summary", { text: t("work") }),
      this.steps,
    );
    this.body = make("div", { class: "text" });
    this.after = make("div", { class: "after" });
    this.root = make(
      "article",
      { class: "turn", "aria-busy": "true" },
      make(
        "div",
        { class: "question", dir: direction ?? "auto" },
        make("span", { class: "unseen", text: t("you") }),
        ...question.split("\n").map((line) => make("p", { dir: "auto", text: line })),
      ),
      make(
        "section",
        { class: "reply", "aria-label": t("reply") },
        make("div", { class: "meta" }, this.badge, this.state),
        this.work,
        this.body,
        this.after,
      ),
    );
  }

  // Takes one event of the stream; true when the turn is over.
  take(event) {
    const handle = this[`on_${event.type}`];
    if (handle) handle.call(this, event);
    return ["answer", "approval", "error"].includes(event.type);
  }

  on_language({ detection, direction }) {
    this.speak(detection.tag, direction);
  }

  on_passages({ passages }) {
    this.passages = passages;
    const titles = passages.map((passage) => passage.title || passage.source);
    this.step("passages", t("passages", { n: number(passages.length) }), [...new Set(titles)].join(" · "));
  }

  on_plan({ thought, calls, missing }) {
    if (!thought && !calls.length && !missing?.length) return;
    const shown = calls.map((call) => `${call.tool}(${brief(call.arguments)})`).join("\n");
    this.step("plan", t("plan"), [thought, shown, missing?.join(", ")].filter(Boolean).join("\n"));
  }

  on_tool_start({ call }) {
    this.calls.set(call.id, this.step("tool", call.tool, t("running")));
  }

  on_tool_end({ call }) {
    const node = this.calls.get(call.id) ?? this.step("tool", call.tool, "");
    const outcome = call.error ? `${t("tool_failed")}: ${brief(call.error)}` : brief(call.result);
    node.querySelector(".detail").textContent = `${brief(call.arguments)}\n→ ${outcome}`;
    node.classList.toggle("failed", Boolean(call.error));
  }

  on_engine_wait({ ahead }) {
    this.say(t("queue", { n: number(ahead) }));
  }

  on_engine_switch({ used }) {
    this.step("plan", t("engine_switch"), used);
  }

  on_token({ text }) {
    this.text += text;
    this.say("");
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.body.replaceChildren(render(this.text));
    });
  }

  on_rewrite() {
    this.text = "";
    this.body.replaceChildren();
    this.say(t("rewriting"));
  }

  on_answer({ answer }) {
    this.finish(answer);
  }

  on_approval({ requests, text, direction }) {
    this.end();
    this.body.replaceChildren(make("p", { dir: direction ?? "auto", text }));
    this.after.replaceChildren(this.approval(requests));
  }

  on_error({ error }) {
    this.fail(error, error.code === "DRG-TURN-UNFINISHED");
  }

  // The turn as the server has kept it.
  restore(turn) {
    this.number = turn.number;
    if (turn.language) this.speak(turn.language, turn.direction);
    if (turn.passages?.length) this.on_passages(turn);
    for (const call of turn.calls ?? []) this.on_tool_end({ call });
    if (turn.status === "waiting") {
      this.on_approval({ requests: turn.requests, text: turn.text, direction: turn.direction });
    } else if (turn.status === "done") {
      this.finish({ ...turn, text: turn.answer });
    } else {
      this.fail({ message: t(turn.status === "cancelled" ? "stopped" : "cut_off") }, true);
    }
  }

  finish(answer) {
    this.end();
    this.speak(answer.language, answer.direction);
    const numbers = new Map((answer.citations ?? []).map((one) => [one.number, one]));
    this.body.replaceChildren(render(answer.text, (at) => this.mark(numbers.get(at))));
    this.after.replaceChildren();
    if (numbers.size) this.after.append(this.sources([...numbers.values()]));
    if (answer.text) this.after.append(this.tail(answer));
  }

  fail(error, resumable) {
    this.end();
    const row = make("div", { class: "row" });
    if (resumable) row.append(make("button", { type: "button", text: t("resume"), onclick: this.actions.resume }));
    row.append(make("button", { type: "button", class: "quiet", text: t("retry"), onclick: this.actions.retry }));
    this.after.replaceChildren(
      make(
        "div",
        { class: "problem", role: "alert" },
        make("p", { dir: "auto", text: error.message }),
        error.cure ? make("p", { class: "cure", dir: "auto", text: error.cure }) : null,
        error.code ? make("p", { class: "code", dir: "ltr", text: error.code }) : null,
        row,
      ),
    );
  }

  end() {
    cancelAnimationFrame(this.drawing);
    this.drawing = 0;
    this.say("");
    this.root.setAttribute("aria-busy", "false");
  }

  say(text) {
    this.state.textContent = text;
    this.state.hidden = !text;
  }

  speak(tag, direction) {
    this.badge.textContent = languageName(tag);
    this.badge.hidden = false;
    for (const node of [this.body, this.after]) {
      node.lang = tag;
      node.dir = direction ?? "auto";
    }
  }

  step(kind, title, detail) {
    const node = make(
      "li",
      { class: kind },
      make("span", { class: "step", dir: "auto", text: title }),
      make("span", { class: "detail", dir: "auto", text: detail ?? "" }),
    );
    this.steps.append(node);
    this.work.hidden = false;
    return node;
  }

  mark(citation) {
    if (!citation) return null;
    const { passage } = citation;
    return make("button", {
      type: "button",
      class: "cite",
      text: String(citation.number),
      "aria-label": t("open_source", { n: citation.number, title: passage.title || passage.source }),
      onclick: () => this.actions.openCitation(citation),
    });
  }

  sources(citations) {
    const items = citations.map((citation) => {
      const { passage } = citation;
      const where = [passage.title || passage.source, passage.page ? t("page", { n: number(passage.page) }) : ""];
      return make(
        "li",
        {},
        make(
          "button",
          { type: "button", class: "source", onclick: () => this.actions.openCitation(citation) },
          make("span", { class: "cite", "aria-hidden": "true", text: String(citation.number) }),
          make("span", { class: "where", dir: "auto", text: where.filter(Boolean).join(" · ") }),
          make("span", { class: "quote", dir: "auto", lang: passage.language, text: citation.quote.replace(/\s+/g, " ") }),
        ),
      );
    });
    return make("ol", { class: "sources", "aria-label": t("sources"), dir: document.documentElement.dir }, ...items);
  }

  tail(answer) {
    const copy = make("button", {
      type: "button",
      class: "icon small",
      "aria-label": t("copy"),
      title: t("copy"),
      onclick: async () => {
        await navigator.clipboard?.writeText(answer.text);
        this.actions.copied();
      },
    }, icon("copy"));
    const seconds = answer.usage?.seconds
      ? make("span", { text: t("seconds", { n: number(answer.usage.seconds, 1) }) })
      : null;
    const note = answer.review?.templated ? make("span", { text: t("templated") }) : null;
    return make("div", { class: "tail", dir: document.documentElement.dir, lang: document.documentElement.lang }, copy, this.thumb("good", 5), this.thumb("bad", 1), seconds, note);
  }

  thumb(name, score) {
    const button = make("button", {
      type: "button",
      class: "icon small thumb",
      "aria-label": t(name),
      "aria-pressed": "false",
      "data-turn": this.number,
      title: t(name),
      onclick: async () => {
        if (!(await this.actions.rate(score, this.number))) return;
        for (const one of this.after.querySelectorAll(".thumb")) one.setAttribute("aria-pressed", String(one === button));
      },
    }, icon(name));
    return button;
  }

  approval(requests) {
    const choices = requests.map((request) => new Choice(request));
    const settle = make("button", { type: "submit", class: "strong", text: t("confirm") });
    return make(
      "form",
      {
        class: "approval",
        dir: document.documentElement.dir,
        lang: document.documentElement.lang,
        onsubmit: (event) => {
          event.preventDefault();
          const decisions = Object.fromEntries(choices.map((one) => [one.id, one.decision()]));
          if (Object.values(decisions).some((one) => one === null)) return;
          settle.disabled = true;
          this.actions.decide(decisions);
        },
      },
      make("h3", { text: t("waits") }),
      ...choices.map((one) => one.root),
      make("div", { class: "row" }, settle),
    );
  }
}

// A person's choice about one call.
class Choice {
  constructor({ call, description, reason, outside }) {
    this.id = call.id;
    const group = `choice-${call.id}-${crypto.randomUUID()}`;
    this.edited = make("textarea", { rows: "6", dir: "ltr", spellcheck: "false", "aria-label": t("arguments") });
    this.edited.value = JSON.stringify(call.arguments, null, 2);
    this.why = make("input", { type: "text", dir: "auto", "aria-label": t("reason"), placeholder: t("reason"), hidden: true });
    this.wrong = make("p", { class: "wrong", role: "alert" });
    this.edited.hidden = true;
    this.given = make("dl", {}, ...Object.entries(call.arguments).flatMap(([name, value]) => [
      make("dt", { dir: "ltr", text: name }),
      make("dd", { dir: "auto", text: brief(value) }),
    ]));
    const options = ["approve", "edit", "reject"].map((name) =>
      make(
        "label",
        {},
        make("input", { type: "radio", name: group, value: name, required: true, onchange: () => this.choose(name) }),
        make("span", { text: t(name) }),
      ),
    );
    this.root = make(
      "fieldset",
      {},
      make("legend", {}, make("code", { dir: "ltr", text: call.tool })),
      make("p", { class: "hint", dir: "auto", text: description }),
      reason ? make("p", { class: "hint", dir: "auto", text: reason }) : null,
      outside?.length ? make("p", { class: "hint", dir: "auto", text: t("outside", { names: outside.join(", ") }) }) : null,
      this.given,
      make("div", { class: "options" }, ...options),
      this.edited,
      this.why,
      this.wrong,
    );
  }

  choose(name) {
    this.chosen = name;
    this.edited.hidden = name !== "edit";
    this.given.hidden = name === "edit";
    this.why.hidden = name !== "reject";
  }

  decision() {
    this.wrong.textContent = "";
    if (this.chosen !== "edit") {
      return this.chosen === "reject" ? { decision: "reject", reason: this.why.value } : { decision: "approve" };
    }
    try {
      const found = JSON.parse(this.edited.value);
      if (typeof found === "object" && found && !Array.isArray(found)) return { decision: "edit", arguments: found };
    } catch {
      // said below
    }
    this.wrong.textContent = t("arguments_bad");
    this.edited.focus();
    return null;
  }
}

function brief(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "object" && "message" in value) return value.message;
  return JSON.stringify(value);
}
