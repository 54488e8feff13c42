// The Markdown that answers use, as DOM nodes. Nothing is ever parsed as HTML; links lead to http,
// https and mailto only; an image is shown as its text, for none is loaded from elsewhere.

import { make } from "./dom.js";

const FENCE = /^\s*```\s*([\w+-]*)\s*$/;
const HEADING = /^(#{1,4})\s+(.+)$/;
const BULLET = /^\s*[-*+•]\s+(.+)$/;
const NUMBER = /^\s*(\d{1,3})[.)]\s+(.+)$/;
const QUOTE = /^>\s?(.*)$/;
const ROW = /^\s*\|(.+)\|\s*$/;
const RULE = /^\s*\|?\s*:?-{2,}.*$/;
const INLINE =
  /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*([^\s*][^*]*)\*|!?\[([^\]]*)\]\(([^\s()]+)\)|(https?:\/\/[^\s<>"'）」』】]+)|\[(\d{1,2})\]/s;

export function render(text, cite) {
  const parent = document.createDocumentFragment();
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  for (let at = 0; at < lines.length; ) at = block(lines, at, parent, cite);
  return parent;
}

function block(lines, at, parent, cite) {
  const line = lines[at];
  if (!line.trim()) return at + 1;
  let found;
  if ((found = FENCE.exec(line))) {
    let end = at + 1;
    while (end < lines.length && !FENCE.test(lines[end])) end++;
    const code = make("code", { text: lines.slice(at + 1, end).join("\n") });
    parent.append(make("pre", { dir: "ltr", tabindex: "0" }, code));
    return end + 1;
  }
  if ((found = HEADING.exec(line))) {
    parent.append(inline(make(`h${found[1].length + 2}`, { dir: "auto" }), found[2], cite));
    return at + 1;
  }
  if (ROW.test(line) && RULE.test(lines[at + 1] ?? "")) return table(lines, at, parent, cite);
  if (BULLET.test(line)) return list("ul", BULLET, 1, lines, at, parent, cite);
  if (NUMBER.test(line)) return list("ol", NUMBER, 2, lines, at, parent, cite);
  if (QUOTE.test(line)) {
    const quoted = make("blockquote", { dir: "auto" });
    for (; at < lines.length && (found = QUOTE.exec(lines[at])); at++) paragraph(quoted, [found[1]], cite);
    parent.append(quoted);
    return at;
  }
  const end = endOfParagraph(lines, at);
  paragraph(parent, lines.slice(at, end), cite);
  return end;
}

function endOfParagraph(lines, at) {
  const starts = [FENCE, HEADING, BULLET, NUMBER, QUOTE, ROW];
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !starts.some((start) => start.test(lines[end]))) end++;
  return end;
}

function paragraph(parent, lines, cite) {
  const node = make("p", { dir: "auto" });
  lines.forEach((line, index) => {
    if (index) node.append(make("br"));
    inline(node, line, cite);
  });
  parent.append(node);
}

function list(tag, pattern, group, lines, at, parent, cite) {
  const node = make(tag, { dir: "auto" });
  let found = pattern.exec(lines[at]);
  if (tag === "ol") node.setAttribute("start", found[1]);
  for (; at < lines.length && (found = pattern.exec(lines[at])); at++) {
    node.append(inline(make("li", { dir: "auto" }), found[group], cite));
  }
  parent.append(node);
  return at;
}

function table(lines, at, parent, cite) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const row = (tag, line) =>
    make("tr", {}, ...cells(line).map((cell) => inline(make(tag, { dir: "auto" }), cell, cite)));
  const body = make("tbody");
  const node = make("table", {}, make("thead", {}, row("th", lines[at])), body);
  for (at += 2; at < lines.length && ROW.test(lines[at]); at++) body.append(row("td", lines[at]));
  parent.append(make("div", { class: "scroll", tabindex: "0" }, node));
  return at;
}

function inline(parent, text, cite) {
  let found;
  while ((found = INLINE.exec(text))) {
    if (found.index) parent.append(text.slice(0, found.index));
    parent.append(span(found, cite));
    text = text.slice(found.index + found[0].length);
  }
  if (text) parent.append(text);
  return parent;
}

function span(found, cite) {
  const [whole, , code, bold, strong, italic, label, target, address, number] = found;
  if (code !== undefined) return make("code", { text: code, dir: "ltr" });
  if (bold ?? strong) return inline(make("strong"), bold ?? strong, cite);
  if (italic !== undefined) return inline(make("em"), italic, cite);
  if (number !== undefined) return cite?.(Number(number)) ?? document.createTextNode(whole);
  if (whole.startsWith("!")) return document.createTextNode(label || whole);
  return link(label ?? address, target ?? address);
}

function link(label, target) {
  let safe = null;
  try {
    const url = new URL(target);
    if (["http:", "https:", "mailto:"].includes(url.protocol)) safe = url.href;
  } catch {
    // what is no address stays text
  }
  if (!safe) return document.createTextNode(label);
  return make("a", { href: safe, rel: "noopener noreferrer nofollow", target: "_blank", text: label || target });
}
