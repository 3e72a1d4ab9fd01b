// What stands where, now: state, alerts, rates, and the latest records.

import { all, get, optional } from "./api.js";
import { badge, card, el, table } from "./dom.js";
import { bars, legend } from "./chart.js";
import { away, brief, clock, kindName, number, plain, plural, stamp, tone } from "./format.js";
import * as live from "./live.js";
import { directory, party } from "./names.js";
import { go, href, recordHref } from "./router.js";
import { empty, every, paced, region } from "./view.js";

const FEED_ROWS = 14;

export default function overview(route, signal) {
  const tiles = region(signal, () => loadTiles(signal), drawTiles);
  const alerts = region(signal, () => list("/v1/vigil/alerts", "alerts", signal), drawAlerts);
  const pending = region(
    signal,
    async () => [((await list("/v1/gate/pending", "pending", signal)) ?? []).slice(0, 6), await directory()],
    drawPending,
  );
  const rates = region(signal, () => one("/v1/overview", signal), drawRates);

  const again = paced(2000, signal, () => [tiles, alerts, pending].forEach((part) => part.refresh()));
  live.on("records", again, signal);
  live.on("state", again, signal);
  every(20_000, signal, () => rates.refresh());

  const node = el(
    "div.page",
    el("header", el("h1", "Overview")),
    tiles.node,
    rates.node,
    el(
      "div.grid",
      el("div.half", feed(signal)),
      el(
        "div.half.stack",
        card("Waiting for a person", el("a", { href: href("approvals") }, "Inbox"), pending.node),
        card("Alerts", null, alerts.node),
      ),
    ),
  );
  return { title: "Overview", node };
}

const one = (path, signal) => optional(path, () => get(path, {}, signal));
const list = (path, member, signal) => optional(path, () => all(path, member, {}, { signal }));

async function loadTiles(signal) {
  const [stats, told, pending, alerts, federation] = await Promise.all([
    get("/v1/ledger/stats", {}, signal),
    one("/v1/overview", signal),
    list("/v1/gate/pending", "pending", signal),
    list("/v1/vigil/alerts", "alerts", signal),
    one("/v1/federation/status", signal),
  ]);
  return { stats, told, pending, alerts, federation };
}

function drawTiles({ stats, told, pending, alerts, federation }) {
  const frozen = told?.frozen ?? [];
  const uncovered = stats.records - (stats.checkpoint ?? 0);
  const critical = alerts?.filter((alert) => alert.severity === "CRITICAL").length ?? 0;
  return el(
    "div.tiles",
    told && tile(
      "State",
      frozen.length ? "Frozen" : "Open",
      frozen.length ? plural(frozen.length, "scope") : "nothing is frozen",
      href("governance"),
      frozen.length ? "bad" : "",
    ),
    alerts && tile(
      "Alerts",
      number(alerts.length),
      critical ? `${critical} critical` : alerts.length ? "none critical" : "all quiet",
      href("agents", [], { band: alerts.length ? "alerts" : "" }),
      critical ? "bad" : alerts.length ? "warn" : "",
    ),
    pending && tile(
      "Waiting",
      number(pending.length),
      "for a person's yes or no",
      href("approvals"),
      pending.length ? "warn" : "",
    ),
    tile("Records", brief(stats.records), `newest ${stats.newest ? away(stats.newest) : "–"}`, href("log")),
    tile("Agents", number(told?.agents ?? stats.agents), plural(stats.chains.length, "chain"), href("agents")),
    tile(
      "Checkpoint",
      stats.checkpoint === null ? "none" : brief(stats.checkpoint),
      stats.checkpoint === null ? "the log has not been started" : uncovered > 0 ? `${brief(uncovered)} not covered yet` : "covers every record",
      href("log", ["checkpoint"]),
      stats.checkpoint === null ? "warn" : "",
    ),
    federation && tile(
      "Decisions",
      number(federation.slot),
      `epoch ${federation.epoch}, ${plural(federation.open_proposals, "open proposal")}`,
      href("governance"),
    ),
  );
}

const tile = (name, figure, note, address, kind = "") =>
  el(
    `a.tile${kind && `.${kind}`}`,
    { href: address, "data-key": name },
    el("span.name", {}, name),
    el("span.figure", {}, figure),
    el("span.note", {}, note),
  );

function drawRates(told) {
  if (!told?.rates?.length) return null;
  const { rates } = told;
  const range = (index) => go(href("log", [], { from: rates[index].time, until: rates[index + 1]?.time ?? "" }));
  const records = rates.map((minute) => ({ label: clock(minute.time).slice(0, 5), values: [minute.records] }));
  const gate = rates.map(
    (minute) => ({ label: clock(minute.time).slice(0, 5), values: [minute.allowed, minute.asked, minute.denied] }),
  );
  return el(
    "div.grid",
    el(
      "div.half",
      card(
        "Records a minute",
        el("small", "last hour"),
        bars("Records a minute in the last hour", ["records"], records, { onchoose: range }),
      ),
    ),
    el(
      "div.half",
      card(
        "Decisions a minute",
        legend(["allowed", "asked", "denied"]),
        bars("Decisions of the gate a minute in the last hour", ["allowed", "asked", "denied"], gate, { onchoose: range }),
      ),
    ),
  );
}

/** The newest records, at the top as they land. */
function feed(signal) {
  const list = el("ol.feed.live", { "aria-label": "Newest records", "data-list": true });
  const rate = el("small");
  let names = new Map();
  directory().then((found) => (names = found), () => {});
  const row = (record) =>
    el(
      "li",
      { "data-position": record.position },
      el("time", { datetime: record.time, title: stamp(record.time) }, clock(record.time)),
      el(
        "span.what",
        el("strong", plain(record.event_type ?? kindName(record.kind))),
        " ",
        el("span.soft", party(names, record.chain ?? record.agent)),
      ),
      el("a.place", { href: recordHref(record.position), "data-key": `p${record.position}` }, number(record.position)),
    );
  const show = (records) => {
    const top = Number(list.firstElementChild?.dataset.position ?? -1);
    // Of a burst only what fits is made.
    list.prepend(...records.filter((record) => record.position > top).slice(-FEED_ROWS).reverse().map(row));
    while (list.children.length > FEED_ROWS) list.lastElementChild.remove();
  };
  // What landed meanwhile stands there already; below it goes what is older.
  const begin = async () => {
    const page = await get("/v1/ledger/events", { limit: FEED_ROWS, brief: true }, signal);
    names = await directory();
    const lowest = Number(list.lastElementChild?.dataset.position ?? Infinity);
    list.append(...page.events.filter((record) => record.position < lowest).map(row));
    while (list.children.length > FEED_ROWS) list.lastElementChild.remove();
  };
  begin().catch(() => {});

  let counts = [];
  live.on("records", (records) => {
    show(records);
    counts.push([Date.now(), records.length]);
  }, signal);
  every(1000, signal, () => {
    counts = counts.filter(([time]) => Date.now() - time < 10_000);
    const count = counts.reduce((sum, [, part]) => sum + part, 0);
    rate.textContent = count ? `${(count / 10).toFixed(1)} a second` : "";
  });
  return card("As it happens", rate, list);
}

function drawAlerts(alerts) {
  if (!alerts?.length) return empty("All quiet", "No agent gives cause for concern.");
  return table(
    "Alerts",
    [
      { name: "Severity", cell: (alert) => badge(alert.severity.toLowerCase(), tone(alert.severity)) },
      { name: "Agent", cell: (alert) => el("a", { href: href("agents", [alert.name], { tab: "risk" }) }, alert.name) },
      { name: "What", cell: (alert) => alert.text },
      { name: "Since", class: "tight", cell: (alert) => evidence(alert) },
    ],
    alerts.slice(0, 8),
  );
}

/** When it was, leading to the record that shows it. */
function evidence(alert) {
  const place = alert.evidence.find((text) => /^\d+$/.test(text));
  const text = away(alert.time);
  return place === undefined ? text : el("a", { href: recordHref(place) }, text);
}

function drawPending([pending, names]) {
  if (pending.length === 0) return empty("Nothing waits", "Actions that need a person appear here.");
  return el(
    "ul.inbox",
    { "data-list": true },
    pending.map((question) =>
      el(
        "li",
        el(
          "a",
          { href: href("approvals", [question.decision]), "data-key": question.decision },
          el("strong", plain(question.action)),
          el("small", `ends ${away(question.expires)}`),
          el(
            "small",
            {},
            names.get(question.agent)?.name ?? question.agent,
            question.target ? ` → ${plain(question.target)}` : "",
          ),
        ),
      ),
    ),
  );
}
