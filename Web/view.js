// Parts of a page that wait for the server: loading, empty, failed, there.

import { Problem } from "./api.js";
import { el } from "./dom.js";

/**
 * Shows what `load` gives, drawn by `draw`. While it waits there is a skeleton; a failure says why and offers to try
 * again. `refresh` loads again without a flash and keeps the focus on the element with the same `data-key`.
 * @returns {{node: HTMLElement, refresh: () => Promise<void>}}
 */
export function region(signal, load, draw) {
  const node = el("div.stack", { "aria-busy": "true" }, skeleton());
  let turn = 0;

  async function refresh() {
    const mine = ++turn;
    let content;
    try {
      content = draw(await load());
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return;
      content = trouble(error, refresh);
    }
    if (signal.aborted || mine !== turn) return;
    swap(node, content);
    node.removeAttribute("aria-busy");
  }

  refresh();
  return { node, refresh };
}

function swap(node, content) {
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  node.replaceChildren(...[content].flat(Infinity).filter(Boolean));
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

export const skeleton = () => el("div.skeleton", { "aria-label": "Loading" }, el("i"), el("i"), el("i"));
export const empty = (title, hint) => el("div.empty", el("strong", {}, title), hint && el("span", {}, hint));

/** What went wrong, in the words of the server. */
export function trouble(error, again) {
  const problem = error instanceof Problem;
  if (!problem) console.error(error);
  const title =
    error.code === "offline" ? "The server does not answer" : error.status === 403 ? "This session may not see this" : "This could not be shown";
  return el(
    "div.trouble",
    { role: "alert" },
    el("strong", title),
    el("span", error.message),
    problem && el("code", {}, error.code),
    again && el("button", { type: "button", onclick: () => again() }, "Try again"),
  );
}

/** Calls `action` when it was asked for, at most once in `milliseconds`, and always once more after the last request. */
export function paced(milliseconds, signal, action) {
  let timer = null;
  let last = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    if (timer !== null || signal.aborted) return;
    timer = setTimeout(() => {
      timer = null;
      last = Date.now();
      action();
    }, Math.max(0, last + milliseconds - Date.now()));
  };
}

/** Calls `action` every so often while the page is looked at. */
export function every(milliseconds, signal, action) {
  const timer = setInterval(() => document.hidden || action(), milliseconds);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/** Waits for a pause in typing. */
export function settled(milliseconds, action) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

/** A labelled choice whose value is a filter in the address. */
export function choice(name, label, options, value, onchange) {
  return el(
    "label",
    label,
    el(
      "select",
      { name, onchange: (event) => onchange({ [name]: event.target.value }) },
      options.map(([key, text]) => el("option", { value: key, selected: key === (value ?? "") }, text)),
    ),
  );
}

/** A labelled text whose value is a filter in the address. */
export function search(name, label, value, onchange, { placeholder = "", wide = false, type = "search" } = {}) {
  const changed = settled(250, onchange);
  return el(
    wide ? "label.wide" : "label",
    label,
    el("input", { name, type, value: value ?? "", placeholder, spellcheck: "false", autocomplete: "off",
      oninput: (event) => changed({ [name]: event.target.value.trim() }) }),
  );
}

/** Links between the parts of a page; the chosen one is in the address. */
export function tabs(label, chosen, entries) {
  return el(
    "nav.tabs",
    { "aria-label": label, "data-list": "row" },
    entries.map(([key, text, address]) => el("a", { href: address, "aria-current": key === chosen ? "true" : null }, text)),
  );
}
