// The keyboard: `g` and a letter for pages, arrows in lists, `/` for the filter, `?` for help.

import { el } from "./dom.js";
import { go, lastOf } from "./router.js";

export const PLACES = [
  ["o", "overview", "Overview"], ["a", "agents", "Agents"], ["g", "governance", "Governance"], ["q", "approvals", "Approvals"],
  ["p", "policy", "Policy"], ["l", "log", "Log"], ["v", "vault", "Vault"], ["c", "compute", "Compute"],
];

const OTHERS = [
  ["/", "Go to the filter"], ["↑ ↓  j k", "Move through a list"], ["[ ]", "Previous, next"], ["t", "Light or dark"],
  ["?", "This help"], ["Esc", "Close, or leave a field"],
];

let afterG = 0;

export function listen(toggleTheme) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target.matches("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (Date.now() - afterG < 1200) {
      afterG = 0;
      const place = PLACES.find(([key]) => key === event.key);
      if (place) return take(event, () => go(lastOf(place[1])));
    }
    const action = {
      g: () => (afterG = Date.now()),
      "?": showHelp,
      t: toggleTheme,
      "/": () => document.querySelector("main input[type=search]")?.focus(),
      "[": () => document.querySelector("[data-previous]")?.click(),
      "]": () => document.querySelector("[data-next]")?.click(),
      ArrowDown: () => move(1), j: () => move(1), ArrowUp: () => move(-1), k: () => move(-1),
      ArrowRight: () => move(1, "row"), ArrowLeft: () => move(-1, "row"),
    }[event.key];
    if (action && action() !== false) event.preventDefault();
  });
}

function take(event, action) {
  event.preventDefault();
  action();
}

/** Moves the focus to the next or previous link of a list. */
function move(step, kind = "") {
  const focused = document.activeElement;
  const list = focused?.closest("[data-list]") ?? (kind ? null : document.querySelector("main [data-list='']"));
  if (!list || (kind === "row") !== (list.dataset.list === "row")) return false;
  const rows = [...list.querySelectorAll(list.matches("table") ? "tbody tr" : "a, button")]
    .map((row) => (row.matches("tr") ? row.querySelector("a, button") : row))
    .filter(Boolean);
  const at = rows.findIndex((row) => row === focused || row.closest("tr")?.contains(focused));
  rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))]?.focus();
}

export function showHelp() {
  const dialog = el(
    "dialog",
    { "aria-labelledby": "help-title", onclose: () => dialog.remove() },
    el(
      "div.stack",
      el("h2", { id: "help-title" }, "Keyboard"),
      el(
        "dl.shortcuts",
        PLACES.map(([key, , name]) => [el("dt", el("kbd", "g"), " ", el("kbd", key)), el("dd", name)]),
        OTHERS.map(([key, name]) => [el("dt", key.split("  ").map((part) => [el("kbd", part), " "])), el("dd", name)]),
      ),
      el("form", { method: "dialog" }, el("button", "Close")),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
