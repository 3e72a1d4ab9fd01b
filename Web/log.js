// The log: what was stored, in order, and the checkpoint that covers it. What the signatures and hashes amount to is
// worked out in this browser.

import { get } from "./api.js";
import { badge, card, command, copyable, el, facts, table } from "./dom.js";
import { kindName, moment, number, plain, plural, short, stamp } from "./format.js";
import { icon } from "./icons.js";
import * as live from "./live.js";
import { directory, party } from "./names.js";
import { record } from "./record.js";
import { current, recordHref, refine } from "./router.js";
import { SUITES } from "./note.js";
import { checkpointReport } from "./trust.js";
import { choice, empty, paced, region, search } from "./view.js";

const PAGE = 50;
const ORDERS = [["", "Newest first"], ["oldest", "Oldest first"]];

export default function log(route, signal) {
  const [position] = route.path;
  if (position !== undefined && /^\d+$/.test(position)) return record(Number(position), signal);
  return explorer(route, signal);
}

function explorer(route, signal) {
  const { query } = route;
  const trust = region(signal, () => checkpointReport(signal), drawCheckpoint);
  let pages = [];
  let names;
  const load = async () => {
    names = await directory();
    pages = [await page()];
    return pages;
  };
  const rows = region(signal, load, () => drawRows(pages, names, more));
  const change = (changes) => {
    refine(changes);
    rows.refresh();
  };
  async function more(event) {
    event.target.disabled = true;
    pages.push(await page(pages.at(-1).next));
    rows.node.replaceChildren(drawRows(pages, names, more));
  }
  const page = (after) => {
    const filter = Object.fromEntries(current().query);
    return get(
      "/v1/ledger/events",
      { ...filter, from: rfc(filter.from), until: rfc(filter.until), after, limit: PAGE },
      signal,
    );
  };
  // The first page follows what happens; who reads further down is left alone.
  live.on(
    "records",
    paced(1500, signal, () => pages.length < 2 && current().query.get("order") !== "oldest" && rows.refresh()),
    signal,
  );

  const kinds = el("datalist", { id: "kinds" });
  get("/v1/ledger/stats", {}, signal).then(
    (stats) => kinds.replaceChildren(...Object.keys(stats.kinds).map((kind) => el("option", { value: kind }))),
    () => {},
  );
  const kind = search("kind", "Kind", query.get("kind"), change, { placeholder: "chancery/…" });
  kind.querySelector("input").setAttribute("list", "kinds");
  const node = el(
    "div.page",
    el("header", el("h1", "Log"), el("p.lead", "Every record of this home, in the order in which it became durable.")),
    card("Checkpoint", el("small", "checked in this browser"), trust.node),
    el(
      "section.card",
      el(
        "div.filters",
        search("type", "Event type", query.get("type"), change, { placeholder: "tool_call" }), kind, kinds,
        search("agent", "Agent id or DID", query.get("agent"), change, { wide: true }),
        search("session", "Session", query.get("session"), change),
        search("from", "From", query.get("from"), change, { placeholder: "2026-11-22 09:00" }),
        search("until", "Until", query.get("until"), change, { placeholder: "now" }),
        choice("order", "Order", ORDERS, query.get("order"), change),
      ),
      rows.node,
    ),
  );
  return { title: "Log", node };
}

/** What a person typed as a time, in the form that the route wants. */
function rfc(text) {
  if (!text) return undefined;
  const time = moment(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

function drawRows(pages, names, more) {
  const events = pages.flatMap((page) => page.events);
  if (events.length === 0) return empty("No record fits the filter");
  return el(
    "div.stack",
    table(
      plural(events.length, "record"),
      [
        {
          name: "Position",
          class: "number",
          cell: (event) => el(
            "a",
            { href: recordHref(event.position), "data-key": String(event.position) },
            number(event.position),
          ),
        },
        { name: "When", class: "tight", cell: (event) => stamp(event.time) },
        {
          name: "What",
          cell: (event) => [
            el("strong", plain(event.event_type ?? kindName(event.kind))),
            event.event_type ? el("span.soft", ` ${kindName(event.kind)}`) : null,
          ],
        },
        { name: "Agent", cell: (event) => party(names, event.agent) },
        {
          name: "Seq.",
          class: "number",
          cell: (event) => (event.sequence === null ? el("span.faint", "–") : number(event.sequence)),
        },
        { name: "Id", class: "narrow-hide", cell: (event) => copyable(event.id, short(event.id, 10)) },
      ],
      events,
    ),
    pages.at(-1).next === null ? el("p.soft", "That is all.") : el(
      "div.row",
      el("button", { type: "button", onclick: more }, "Show more"),
    ),
  );
}

// MARK: the checkpoint

const STATES = { valid: "good", false: "bad", missing: "bad", unchecked: "warn" };

function drawCheckpoint(report) {
  if (!report) return [
    empty("The log has not been started", "Until then nobody outside can hold this home to its history."),
    command("chancery log start --origin NAME"),
  ];
  const { checkpoint, lines, growth } = report;
  const isTrusted = lines.every((line) => line.state === "valid") && growth.state !== "bad";
  return [
    el(
      "div.row",
      badge(isTrusted ? "both signatures are valid" : "not trusted", isTrusted ? "good" : "bad"),
      el("span.soft", `${number(checkpoint.size)} records of `, el("strong", {}, checkpoint.origin)),
    ),
    el(
      "ul.checks",
      lines.map((line) =>
        el(
          `li.${STATES[line.state]}`,
          icon(STATES[line.state]),
          el("span", `${SUITES[line.kind]}: ${line.state}`),
          el("small", {}, line.detail, line.time ? `, signed ${stamp(line.time)}` : ""),
        ),
      ),
      el(`li.${growth.state}`, icon(growth.state), growth.title, el("small", {}, growth.detail)),
    ),
    el(
      "details",
      el("summary", "Root, keys and note"),
      facts([
        ["Root", copyable(report.root)],
        ...report.keys.map((key) => [`${SUITES[key.kind]} key`, copyable(key.text, short(key.text, 56))]),
      ]),
      el("pre.code", {}, checkpoint.note.text),
    ),
  ];
}
