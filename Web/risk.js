// The risk of an agent: its four parts, now and over time, and the alerts with their evidence.

import { get, optional, segment } from "./api.js";
import { areas, legend, meter } from "./chart.js";
import { badge, card, copyable, el, facts, table } from "./dom.js";
import { away, clock, day, moment, number, score, short, stamp, tone } from "./format.js";
import { recordHref } from "./router.js";
import { empty, region } from "./view.js";

const PARTS = ["trust", "stability", "collusion", "chain"];

const contributions = (assessment) => PARTS.map((part) => (assessment.contributions?.[part] ?? 0) / 1e6);

export function riskCell(assessment) {
  if (!assessment || assessment.risk === null) return el("span.faint", "unknown");
  return el(
    "div.risk",
    score(assessment.risk),
    meter(PARTS.map((part) => `${part} ${score(assessment.contributions[part])}`).join(", "), contributions(assessment)),
  );
}

export function riskTab(found, assessment, route, signal) {
  if (!assessment) return empty("Nobody watches this agent yet", "chancery vigil status");
  const history = region(
    signal,
    () => optional(
      `/v1/vigil/agents/${segment(found.agent.name)}/history`,
      (path) => get(path, { points: 120, from: since(found.agent) }, signal),
    ),
    (told) => drawHistory(told),
  );
  return [
    el(
      "div.grid",
      el("div.two-thirds", card("Risk over time", legend(PARTS), history.node)),
      el("div.third", card("Now", badge(assessment.band.toLowerCase(), tone(assessment.band)), nowFacts(assessment))),
    ),
    card("Alerts", null, drawAlerts(assessment.alerts)),
  ];
}

/** Where the history begins: with the agent, and a month back at most. */
const since = (agent) => new Date(Math.max(moment(agent.time).getTime(), Date.now() - 30 * 86_400_000)).toISOString();

function drawHistory(told) {
  const points = (told?.points ?? []).filter((point) => point.risk !== null);
  if (points.length < 2) return empty("No history yet", "It begins with the first events that the log covers.");
  const isShort = points.at(-1).time - points[0].time < 172_800;
  return areas(
    `Risk in four parts from ${stamp(points[0].time)} to ${stamp(points.at(-1).time)}, now ${score(points.at(-1).risk)}`,
    PARTS,
    points.map((point) => ({ label: isShort ? clock(point.time).slice(0, 5) : day(point.time), values: contributions(point) })),
    { height: 220, limits: [0.75] },
  );
}

function nowFacts(assessment) {
  return [
    el(
      "p",
      el("strong", score(assessment.risk)),
      el("span.soft", assessment.held ? " held critical: somebody tampered" : " the sum of its parts"),
    ),
    facts(
      PARTS.map(
        (part) => [
          part,
          el("div.risk", score(assessment.contributions[part]), meter(part, [assessment.contributions[part] / 1e6])),
        ],
      ),
    ),
    facts([
      ["Trust", `${score(assessment.trust)}, ${assessment.tier.toLowerCase()}`],
      [
        "Stability",
        `${assessment.stability.state.toLowerCase()} since ${assessment.stability.since ? away(assessment.stability.since) : "–"}`,
      ],
      ["As of", el("a", { href: recordHref(assessment.as_of) }, `record ${number(assessment.as_of)}`)],
      ["Engine", el("code", {}, assessment.engine)],
    ]),
  ];
}

function drawAlerts(alerts) {
  if (alerts.length === 0) return empty("No alert");
  return table(
    "Alerts of this agent",
    [
      { name: "Severity", cell: (alert) => badge(alert.severity.toLowerCase(), tone(alert.severity)) },
      { name: "Kind", cell: (alert) => alert.kind.replaceAll("_", " ") },
      { name: "What", cell: (alert) => alert.text },
      { name: "When", class: "tight", cell: (alert) => stamp(alert.time) },
      {
        name: "Evidence",
        cell: (alert) => alert.evidence.slice(0, 6).map(
          (text, index) => [
            index ? ", " : "",
            /^\d+$/.test(text) ? el("a", { href: recordHref(text) }, number(Number(text))) : copyable(text, short(text)),
          ],
        ),
      },
    ],
    alerts,
  );
}
