// Agents: who they are, how they behave, and everything they did.

import { all, get, optional, segment } from "./api.js";
import { areas, legend, meter } from "./chart.js";
import { badge, card, copyable, el, facts, table } from "./dom.js";
import { away, clock, day, moment, number, plural, score, short, stamp, tone } from "./format.js";
import * as live from "./live.js";
import { decisionTable } from "./decisions.js";
import { current, href, recordHref, refine, refined } from "./router.js";
import { timeline } from "./timeline.js";
import { choice, empty, paced, region, search, tabs } from "./view.js";

const PARTS = ["trust", "stability", "collusion", "chain"];
const BANDS = [["", "Every band"], ["alerts", "With alerts"], ["CRITICAL", "Critical"], ["ALERT", "Alert"], ["WATCH", "Watch"], ["SAFE", "Safe"], ["UNKNOWN", "Unknown"]];

export default function agents(route, signal) {
  return route.path.length ? one(route, signal) : list(route, signal);
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
    .sort((left, right) => (right.assessment?.risk ?? -1) - (left.assessment?.risk ?? -1) || left.name.localeCompare(right.name));
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
    el("header", el("h1", "Agents"), el("p.lead", "Scores follow from what the log proves of an agent. Looking changes nothing.")),
    el(
      "section.card",
      el("div.filters", search("find", "Find", route.query.get("find"), change, { placeholder: "Name, role or DID", wide: true }), choice("band", "Band", BANDS, route.query.get("band"), change)),
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
      { name: "Agent", cell: (agent) => [el("a", { href: href("agents", [agent.name], filter), "data-key": agent.name }, el("strong", agent.name)), el("div.soft", agent.role)] },
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

const contributions = (assessment) => PARTS.map((part) => (assessment.contributions?.[part] ?? 0) / 1e6);

function riskCell(assessment) {
  if (!assessment || assessment.risk === null) return el("span.faint", "unknown");
  return el("div.risk", score(assessment.risk), meter(PARTS.map((part) => `${part} ${score(assessment.contributions[part])}`).join(", "), contributions(assessment)));
}

// MARK: one agent

const TABS = [["timeline", "Timeline"], ["risk", "Risk"], ["decisions", "Decisions"], ["chain", "Chains"]];

function one(route, signal) {
  const [name] = route.path;
  const chosenTab = route.query.get("tab") ?? "timeline";
  const steps = el("div.actions");
  const body = region(
    signal,
    () => Promise.all([get(`/v1/agents/${segment(name)}`, {}, signal), optional(`/v1/vigil/agents/${segment(name)}`, (path) => get(path, {}, signal))]),
    ([found, assessment]) => [
      head(found.agent, assessment),
      tabs("Parts of the agent", chosenTab, TABS.map(([key, text]) => [key, text, refined({ tab: key })])),
      { timeline: timelineTab, risk: riskTab, decisions: decisionsTab, chain: chainTab }[chosenTab]?.(found, assessment, route, signal),
    ],
  );
  load(signal).then((all) => neighbours(steps, chosen(all, route.query), name, route.query), () => {});
  const node = el("div.page", el("header", el("h1", name), steps), body.node);
  return { title: name, node };
}

/** Previous and next, among what the filters of the list leave. */
function neighbours(node, agents, name, query) {
  const at = agents.findIndex((agent) => agent.name === name);
  const filter = Object.fromEntries(query);
  const step = (agent, text, mark) =>
    agent ? el("a.button", { href: href("agents", [agent.name], filter), [mark]: true, title: agent.name }, text) : el("button", { type: "button", disabled: true }, text);
  const { tab, ...rest } = filter;
  node.replaceChildren(
    el("a.button", { href: href("agents", [], rest) }, "All agents"),
    step(at > 0 ? agents[at - 1] : null, "Previous", "data-previous"),
    step(at >= 0 ? agents[at + 1] : null, "Next", "data-next"),
  );
}

function head(agent, assessment) {
  return el(
    "section.card",
    facts([
      ["Role", [agent.role, " ", badge(agent.status, tone(agent.status)), " ", assessment && badge(assessment.band.toLowerCase(), tone(assessment.band))]],
      ["Risk", riskCell(assessment)],
      ["DID", copyable(agent.did)],
      ["Agent id", copyable(agent.agent_id)],
      ["Registered", stamp(agent.time)],
      ...Object.entries(agent.metadata).map(([key, value]) => [key, value]),
    ]),
  );
}

function timelineTab(found, assessment, route, signal) {
  const chains = found.chains;
  if (chains.length === 0) return empty("Nothing yet", "This agent has stamped no event.");
  const id = route.query.get("chain") ?? chains[0].agent_id;
  const chain = chains.find((chain) => chain.agent_id === id) ?? chains[0];
  const view = timeline({ agent: chain.agent_id, count: chain.count, type: route.query.get("type") ?? "", signal });
  return card(
    `${plural(chain.count, "event")}`,
    view.status,
    el(
      "div.filters",
      search("type", "Event type", route.query.get("type"), (changes) => { refine(changes); view.filter(changes.type); }, { placeholder: "tool_call" }),
      chains.length > 1 && choice("chain", "Chain", chains.map((chain) => [chain.agent_id, `${chain.profile} (${number(chain.count)})`]), id, (changes) => (location.hash = refined(changes))),
    ),
    view.node,
  );
}

function riskTab(found, assessment, route, signal) {
  if (!assessment) return empty("Nobody watches this agent yet", "chancery vigil status");
  const history = region(
    signal,
    () => optional(`/v1/vigil/agents/${segment(found.agent.name)}/history`, (path) => get(path, { points: 120, from: since(found.agent) }, signal)),
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
    el("p", el("strong", score(assessment.risk)), el("span.soft", assessment.held ? " held critical: somebody tampered" : " the sum of its parts")),
    facts(PARTS.map((part) => [part, el("div.risk", score(assessment.contributions[part]), meter(part, [assessment.contributions[part] / 1e6]))])),
    facts([
      ["Trust", `${score(assessment.trust)}, ${assessment.tier.toLowerCase()}`],
      ["Stability", `${assessment.stability.state.toLowerCase()} since ${assessment.stability.since ? away(assessment.stability.since) : "–"}`],
      ["As of", el("a", { href: recordHref(assessment.as_of) }, `record ${number(assessment.as_of)}`)],
      ["Engine", el("code", assessment.engine)],
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
      { name: "Evidence", cell: (alert) => alert.evidence.slice(0, 6).map((text, index) => [index ? ", " : "", /^\d+$/.test(text) ? el("a", { href: recordHref(text) }, number(Number(text))) : copyable(text, short(text))]) },
    ],
    alerts,
  );
}

function decisionsTab(found, assessment, route, signal) {
  const rows = region(signal, () => optional("/v1/gate/decisions", (path) => get(path, { agent: found.agent.did, limit: 200 }, signal)), (page) => decisionTable(page?.decisions ?? []));
  live.on("records", paced(3000, signal, rows.refresh), signal);
  return card("Decisions of the gate", null, rows.node);
}

function chainTab(found) {
  if (found.chains.length === 0) return empty("No chain yet");
  return card(
    "Chains",
    null,
    table(
      "Chains of this agent",
      [
        { name: "Profile", cell: (chain) => badge(chain.profile, chain.ended ? "" : "good") },
        { name: "Agent id", cell: (chain) => copyable(chain.agent_id, short(chain.agent_id, 20)) },
        { name: "Events", class: "number", cell: (chain) => number(chain.count) },
        { name: "Head", cell: (chain) => [copyable(chain.head, short(chain.head, 20)), " ", el("a", { href: href("log", [], { agent: chain.agent_id }) }, "records")] },
        { name: "State", cell: (chain) => (chain.ended ? "ended" : "open") },
      ],
      found.chains,
    ),
  );
}
