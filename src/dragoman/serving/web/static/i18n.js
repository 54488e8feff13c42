// The page's own texts, in the reader's language.

export const LOCALES = {
  en: "English", ja: "日本語", ko: "한국어", "zh-Hans": "简体中文", "zh-Hant": "繁體中文", ar: "العربية",
  de: "Deutsch", fr: "Français", es: "Español", th: "ไทย", vi: "Tiếng Việt", id: "Bahasa Indonesia",
};
const RIGHT_TO_LEFT = new Set(["ar", "fa", "ur", "he"]);
const TRADITIONAL = /^zh\b.*\b(hant|tw|hk|mo)\b/i;

let texts = {};
let current = "en";

export function preferred() {
  const kept = localStorage.getItem("dragoman-locale");
  for (const tag of [kept, ...navigator.languages]) {
    const found = tag && resolve(tag);
    if (found) return found;
  }
  return "en";
}

function resolve(tag) {
  if (LOCALES[tag]) return tag;
  const primary = tag.toLowerCase().split("-")[0];
  if (primary === "zh") return TRADITIONAL.test(tag) ? "zh-Hant" : "zh-Hans";
  return LOCALES[primary] ? primary : "";
}

export async function load(tag) {
  const [own, english] = await Promise.all([tag, "en"].map(read));
  texts = { ...english, ...own };
  current = tag;
  document.documentElement.lang = tag;
  document.documentElement.dir = RIGHT_TO_LEFT.has(tag) ? "rtl" : "ltr";
  apply(document);
}

async function read(tag) {
  const reply = await fetch(`/static/locales/${tag}.json`);
  return reply.ok ? reply.json() : {};
}

export function t(name, values = {}) {
  const text = texts[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, slot) => values[slot] ?? whole);
}

export const locale = () => current;

export function apply(root) {
  for (const node of root.querySelectorAll("[data-i18n]")) node.textContent = t(node.dataset.i18n);
  for (const node of root.querySelectorAll("[data-i18n-label]")) {
    node.setAttribute("aria-label", t(node.dataset.i18nLabel));
    node.title = t(node.dataset.i18nLabel);
  }
  for (const node of root.querySelectorAll("[data-i18n-placeholder]")) {
    node.setAttribute("placeholder", t(node.dataset.i18nPlaceholder));
  }
}

// The name of a language in the page's own: ja → "Japanese", "日本語", "اليابانية".
export function languageName(tag) {
  try {
    return new Intl.DisplayNames([current], { type: "language" }).of(tag);
  } catch {
    return tag;
  }
}

export const time = (iso) =>
  new Intl.DateTimeFormat(current, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(current, { maximumFractionDigits: digits }).format(value);
