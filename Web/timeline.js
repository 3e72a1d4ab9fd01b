// A long list of events of which only the rows in sight exist. Rows are loaded as they come into sight, new ones are put
// on top without moving what is read.

import { get } from "./api.js";
import { el } from "./dom.js";
import { kindName, number, plain, short, stamp, clock } from "./format.js";
import * as live from "./live.js";
import { go, recordHref } from "./router.js";

const ROW = 38;
const PAGE = 500;
const SPARE = 8;

/**
 * @param {{agent: string, count: number, type: string, signal: AbortSignal}} terms `count` is how many there are without a filter
 * @returns {{node: HTMLElement, status: HTMLElement, filter: (type: string) => void}}
 */
export function timeline({ agent, count, type, signal }) {
  const reach = el("div.reach", { role: "presentation" });
  const node = el("div.timeline", {
    tabindex: 0, role: "listbox", "aria-label": "Events, newest first", onscroll: soon, onkeydown: key,
    onclick: (event) => (active = Number(event.target.closest(".item")?.dataset.index ?? active)),
  }, reach);
  const status = el("small", { role: "status" });
  const drawn = new Map();
  let rows = [];
  let next;
  let isWhole = false;
  let loading = null;
  let active = 0;
  let isBoundForEnd = false;
  let isDue = false;
  let turn = 0;

  function length() {
    // With a filter nobody knows how many there are until the end is reached.
    if (isWhole) return rows.length;
    return type ? rows.length + 1 : Math.max(count, rows.length + 1);
  }

  async function loadPage() {
    const mine = turn;
    const query = { agent, type, order: "newest", limit: PAGE, after: next, brief: true };
    const page = await get("/v1/ledger/events", query, signal);
    if (mine !== turn) return;
    rows.push(...page.events);
    next = page.next ?? undefined;
    isWhole = page.next === null;
  }

  /** Loads until the row `index` is there. */
  function reachFor(index) {
    if (isWhole || index < rows.length || loading) return;
    loading = loadPage()
      .then(() => {
        loading = null;
        if (isBoundForEnd) toEnd();
        draw();
      })
      .catch((error) => {
        loading = null;
        if (error.name !== "AbortError") status.textContent = `not loaded: ${error.message}`;
      });
  }

  function soon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    isDue = false;
    const total = length();
    reach.style.setProperty("height", `${total * ROW}px`);
    const first = Math.max(0, Math.floor(node.scrollTop / ROW) - SPARE);
    const last = Math.min(total, Math.ceil((node.scrollTop + node.clientHeight) / ROW) + SPARE);
    for (const [index, row] of drawn) {
      if (index >= first && index < last && row.dataset.position === String(rows[index]?.position ?? "")) continue;
      row.remove();
      drawn.delete(index);
    }
    for (let index = first; index < last; index++) {
      if (!drawn.has(index)) place(index);
      drawn.get(index).classList.toggle("active", index === active && node === document.activeElement);
    }
    reachFor(last - 1);
    status.textContent = isWhole ? `all ${number(rows.length)} loaded` : `${number(rows.length)} of ${type ? "…" : number(total)} loaded`;
  }

  function place(index) {
    const event = rows[index];
    const row = event ? filled(event) : el("div.item", el("span.faint", "…"));
    row.style.setProperty("transform", `translateY(${index * ROW}px)`);
    row.dataset.index = index;
    row.dataset.position = event?.position ?? "";
    row.id = `event-${index}`;
    drawn.set(index, row);
    reach.append(row);
  }

  function filled(event) {
    return el(
      "a.item",
      { href: recordHref(event.position), tabindex: -1, role: "option", title: `${stamp(event.time)}  ${event.id}` },
      el("time", { datetime: event.time }, innerWidth < 832 ? clock(event.time) : stamp(event.time)),
      el("span.sequence.soft", event.sequence === null ? "" : `#${number(event.sequence)}`),
      el("strong", plain(event.event_type ?? kindName(event.kind))),
      el("span.kind", kindName(event.kind), event.session ? ` · ${short(event.session, 8)}` : ""),
      el("span.place", number(event.position)),
    );
  }

  /** The end is not known before it is reached: what was taken for it may lie further down. */
  function toEnd() {
    active = length() - 1;
    isBoundForEnd = !isWhole;
    reach.style.setProperty("height", `${length() * ROW}px`);
    node.scrollTop = node.scrollHeight;
  }

  function key(event) {
    const page = Math.floor(node.clientHeight / ROW);
    const step = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    }[event.key];
    if (event.key === "Enter" && rows[active]) return go(recordHref(rows[active].position));
    if (step === undefined) return;
    event.preventDefault();
    isBoundForEnd = false;
    if (step === Infinity) toEnd();
    active = Math.max(0, Math.min(length() - 1, active + step));
    const top = active * ROW;
    if (top < node.scrollTop) node.scrollTop = top;
    else if (top + ROW > node.scrollTop + node.clientHeight) node.scrollTop = top + ROW - node.clientHeight;
    node.setAttribute("aria-activedescendant", `event-${active}`);
    soon();
  }

  live.on("records", (records) => {
    const mine = records
      .filter((record) => record.chain === agent && (!type || record.event_type === type))
      .filter((record) => rows.length && record.position > rows[0].position)
      .map((record) => ({ ...record, id: record.hash }));
    if (mine.length === 0) return;
    rows.unshift(...mine.reverse());
    count += mine.length;
    if (active > 0) active += mine.length;
    for (const row of drawn.values()) row.remove();
    drawn.clear();
    reach.style.setProperty("height", `${length() * ROW}px`);
    if (node.scrollTop > 0) node.scrollTop += mine.length * ROW;
    draw();
  }, signal);

  function filter(word) {
    turn++;
    [type, rows, next, isWhole, loading, active] = [word, [], undefined, false, null, 0];
    for (const row of drawn.values()) row.remove();
    drawn.clear();
    node.scrollTop = 0;
    draw();
  }

  new ResizeObserver(soon).observe(node);
  node.addEventListener("focus", soon);
  node.addEventListener("blur", soon);
  return { node, status, filter };
}
