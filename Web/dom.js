// Elements from code. Data becomes text nodes and attributes, never markup.

import { said } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element: `el("p.note", {title: "why"}, "text", child)`. An object is attributes when it stands first: members that
 * begin with `on` are listeners, `style` holds custom properties. Null and false parts are left out, lists are flattened.
 *
 * What is not written in these files never stands first: there an object of somebody else's would be attributes. Anywhere
 * else, and in a list, it is text.
 */
export function el(selector, ...parts) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  return fill(node, parts);
}

/** The same for SVG: `svg("rect.s1", {x: 0, y: 0})`. */
export function svg(selector, ...parts) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElementNS(SVG, tag);
  if (classes.length) node.setAttribute("class", classes.join(" "));
  return fill(node, parts);
}

function fill(node, parts) {
  const [first, ...rest] = parts;
  const hasAttributes = first !== null && typeof first === "object" && !Array.isArray(first) && !(first instanceof Node);
  if (hasAttributes) assign(node, first);
  for (const part of (hasAttributes ? rest : parts).flat(Infinity)) {
    if (part === null || part === undefined || part === false) continue;
    node.append(part instanceof Node ? part : said(part));
  }
  return node;
}

/** Attributes that lead somewhere or load something. */
const ADDRESSES = new Set(["href", "src", "action", "formaction"]);

/** Whether an address is of this server: no page leads or asks elsewhere. */
function isOwn(address) {
  const url = URL.canParse(address, location.href) ? new URL(address, location.href) : null;
  return url !== null && url.origin === location.origin;
}

function assign(node, members) {
  for (const [name, value] of Object.entries(members)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) {
      if (typeof value === "function") node.addEventListener(name.slice(2), value);
    } else if (name === "style") {
      for (const [key, text] of Object.entries(value)) if (key.startsWith("--")) node.style.setProperty(key, said(text));
    } else if (name === "value") node.value = said(value);
    else if (!ADDRESSES.has(name) || isOwn(said(value))) node.setAttribute(name, value === true ? "" : said(value));
  }
}

/** Says something to those who listen instead of looking. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** Text that a click copies; `shown` may be shorter than what is copied. */
export function copyable(value, shown = value) {
  const text = said(value);
  return el("button.copy", { type: "button", title: `Copy ${text}`, "aria-label": `Copy ${text}`, onclick: copy }, shown);

  async function copy(event) {
    event.preventDefault();
    const button = event.currentTarget;
    try {
      await navigator.clipboard.writeText(text);
      announce("Copied");
      button.title = "Copied";
    } catch {
      getSelection()?.selectAllChildren(button);
    }
  }
}

/** A command for the terminal, with a button that copies it. */
export function command(text) {
  const button = el("button.quiet", { type: "button", "aria-label": "Copy the command", onclick: copy }, "Copy");
  return el("div.command", el("code", {}, text), button);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      announce("Copied");
    } catch {
      button.textContent = "Select it";
    }
  }
}

/** Names and values; rows whose value is null are left out. */
export function facts(rows) {
  return el(
    "dl.facts",
    rows.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
  );
}

/**
 * A table whose rows are moved through with the arrow keys.
 * @param {{name: string, class?: string, cell: (row: object) => unknown}[]} columns
 */
export function table(caption, columns, rows, { chosen } = {}) {
  return el(
    "div.scroll",
    el(
      "table",
      { "data-list": true },
      el("caption.unseen", {}, caption),
      el("thead", el("tr", columns.map((column) => el(cellTag("th", column), { scope: "col" }, column.name)))),
      el(
        "tbody",
        rows.map((row) =>
          el(chosen?.(row) ? "tr.chosen" : "tr", columns.map((column) => el(cellTag("td", column), {}, column.cell(row)))),
        ),
      ),
    ),
  );
}

const cellTag = (tag, column) => (column.class ? `${tag}.${column.class}` : tag);

/** A card with a heading; `aside` stands at the right of it. */
export function card(title, aside, ...content) {
  return el("section.card", el("header", el("h2", {}, title), aside), content);
}

export const badge = (text, tone = "") => el(tone ? `span.badge.${tone}` : "span.badge", {}, text);
