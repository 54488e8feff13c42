// Small helpers around the DOM. Text is only ever set as text, never parsed as HTML.

export const find = (id) => document.getElementById(id);

export function make(tag, { text, ...properties } = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  if (text !== undefined) node.textContent = text;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const PATHS = {
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  quote: "M7 17h3l2-5V6H5v6h3zM16 17h3l2-5V6h-7v6h3z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  good: "M7 11v9H4v-9zM7 11l4-7c2 0 2 2 2 3l-1 3h6l-1 8-2 2H7",
  bad: "M7 13V4H4v9zM7 13l4 7c2 0 2-2 2-3l-1-3h6l-1-8-2-2H7",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
