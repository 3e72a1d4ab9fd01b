// The agents: who they are, and who gives cause for concern.

import { all, optional } from "./api.js";
import { agent } from "./agent.js";
import { badge, copyable, el, table } from "./dom.js";
import { number, plural, short, tone } from "./format.js";
import * as live from "./live.js";
import { current, href, refine } from "./router.js";
import { riskCell } from "./risk.js";
import { choice, empty, paced, region, search } from "./view.js";

const BANDS = [
  ["", "Every band"], ["alerts", "With alerts"], ["CRITICAL", "Critical"], ["ALERT", "Alert"], ["WATCH", "Watch"],
  ["SAFE", "Safe"], ["UNKNOWN", "Unknown"],
];

export default function agents(route, signal) {
  return route.path.length ? agent(route, signal, neighbours) : list(route, signal);
}

async function load(signal) {
  const [agents, assessments] = await Promise.all([
    all("/v1/agents", "agents", {}, { signal }),
    optional("/v1/vigil/agents", (path) => all(path, "agents", {}, { signal }), []),
  ]);
  const byName = new Map(assessments.map((assessment) => [assessment.name, assessment]));
  return agents.map((agent) => ({ ...agent, assessment: byName.get(agent.name) ?? null }));
}

/** The agents that the filters of the address leave, riskiest first. */
function chosen(agents, query) {
  const text = (query.get("find") ?? "").toLowerCase();
  const band = query.get("band") ?? "";
  return agents
    .filter((agent) => [agent.name, agent.role, agent.did].some((field) => field.toLowerCase().includes(text)))
    .filter((agent) => !band || (band === "alerts" ? agent.assessment?.alerts.length > 0 : agent.assessment?.band === band))
    .sort(
      (left, right) => (right.assessment?.risk ?? -1) - (left.assessment?.risk ?? -1) || left.name.localeCompare(right.name),
    );
}

// MARK: the list

function list(route, signal) {
  let found = [];
  const rows = region(signal, async () => (found = await load(signal)), () => drawList(found, current().query));
  const change = (changes) => {
    refine(changes);
    rows.node.replaceChildren(drawList(found, current().query));
  };
  live.on("records", paced(3000, signal, rows.refresh), signal);
  const node = el(
    "div.page",
    el(
      "header",
      el("h1", "Agents"),
      el("p.lead", "Scores follow from what the log proves of an agent. Looking changes nothing."),
    ),
    el(
      "section.card",
      el(
        "div.filters",
        search("find", "Find", route.query.get("find"), change, { placeholder: "Name, role or DID", wide: true }),
        choice("band", "Band", BANDS, route.query.get("band"), change),
      ),
      rows.node,
    ),
  );
  return { title: "Agents", node };
}

function drawList(agents, query) {
  const rows = chosen(agents, query);
  if (agents.length === 0) return empty("No agent is registered", "chancery agent register NAME --role ROLE");
  if (rows.length === 0) return empty("No agent fits the filter");
  const filter = Object.fromEntries(query);
  return table(
    plural(rows.length, "agent"),
    [
      {
        name: "Agent",
        cell: (agent) => [
          el("a", { href: href("agents", [agent.name], filter), "data-key": agent.name }, el("strong", {}, agent.name)),
          el("div.soft", {}, agent.role),
        ],
      },
      { name: "Risk", cell: ({ assessment }) => riskCell(assessment) },
      { name: "Band", cell: ({ assessment }) => assessment && badge(assessment.band.toLowerCase(), tone(assessment.band)) },
      { name: "Alerts", class: "number", cell: ({ assessment }) => assessment?.alerts.length || el("span.faint", "–") },
      { name: "Events", class: "number", cell: ({ assessment }) => number(assessment?.events) },
      { name: "Status", cell: (agent) => badge(agent.status, tone(agent.status)) },
      { name: "DID", class: "narrow-hide", cell: (agent) => copyable(agent.did, short(agent.did.split(":").at(-1), 8)) },
    ],
    rows,
  );
}

/** The agents before and after one, among what the filters of the address leave. */
async function neighbours(name, query, signal) {
  const agents = chosen(await load(signal), query);
  const at = agents.findIndex((one) => one.name === name);
  return at < 0 ? [] : [agents[at - 1], agents[at + 1]];
}
