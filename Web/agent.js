// One agent: what it did, how it behaves, what was decided about it, and its chains.

import { get, optional, segment } from "./api.js";
import { badge, card, copyable, el, facts, table } from "./dom.js";
import { decisionTable } from "./decisions.js";
import { number, plural, short, stamp, tone } from "./format.js";
import * as live from "./live.js";
import { riskCell, riskTab } from "./risk.js";
import { href, refine, refined } from "./router.js";
import { timeline } from "./timeline.js";
import { choice, empty, paced, region, search, tabs } from "./view.js";

const TABS = [["timeline", "Timeline"], ["risk", "Risk"], ["decisions", "Decisions"], ["chain", "Chains"]];

/** @param neighbours gives the agents before and after this one, as the list has them */
export function agent(route, signal, neighbours) {
  const [name] = route.path;
  const chosenTab = route.query.get("tab") ?? "timeline";
  const steps = el("div.actions");
  const body = region(
    signal,
    () =>
      Promise.all([
        get(`/v1/agents/${segment(name)}`, {}, signal),
        optional(`/v1/vigil/agents/${segment(name)}`, (path) => get(path, {}, signal)),
      ]),
    ([found, assessment]) => [
      head(found.agent, assessment),
      tabs("Parts of the agent", chosenTab, TABS.map(([key, text]) => [key, text, refined({ tab: key })])),
      {
        timeline: timelineTab,
        risk: riskTab,
        decisions: decisionsTab,
        chain: chainTab,
      }[chosenTab]?.(found, assessment, route, signal),
    ],
  );
  neighbours(name, route.query, signal).then((found) => drawSteps(steps, found, route.query), () => {});
  const node = el("div.page", el("header", el("h1", name), steps), body.node);
  return { title: name, node };
}

/** Previous and next, among what the filters of the list leave. */
function drawSteps(node, [before, after], query) {
  const filter = Object.fromEntries(query);
  const { tab: _, ...rest } = filter;
  const step = (other, text, mark) =>
    other
      ? el("a.button", { href: href("agents", [other.name], filter), [mark]: true, title: other.name }, text)
      : el("button", { type: "button", disabled: true }, text);
  node.replaceChildren(
    el("a.button", { href: href("agents", [], rest) }, "All agents"),
    step(before, "Previous", "data-previous"),
    step(after, "Next", "data-next"),
  );
}

function head(agent, assessment) {
  return el(
    "section.card",
    facts([
      [
        "Role",
        [
          agent.role,
          " ",
          badge(agent.status, tone(agent.status)),
          " ",
          assessment && badge(assessment.band.toLowerCase(), tone(assessment.band)),
        ],
      ],
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
      search(
        "type",
        "Event type",
        route.query.get("type"),
        (changes) => { refine(changes); view.filter(changes.type); },
        { placeholder: "tool_call" },
      ),
      chains.length > 1 && choice(
        "chain",
        "Chain",
        chains.map((chain) => [chain.agent_id, `${chain.profile} (${number(chain.count)})`]),
        id,
        (changes) => (location.hash = refined(changes)),
      ),
    ),
    view.node,
  );
}

function decisionsTab(found, assessment, route, signal) {
  const rows = region(
    signal,
    () => optional("/v1/gate/decisions", (path) => get(path, { agent: found.agent.did, limit: 200 }, signal)),
    (page) => decisionTable(page?.decisions ?? []),
  );
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
        {
          name: "Head",
          cell: (chain) => [
            copyable(chain.head, short(chain.head, 20)),
            " ",
            el("a", { href: href("log", [], { agent: chain.agent_id }) }, "records"),
          ],
        },
        { name: "State", cell: (chain) => (chain.ended ? "ended" : "open") },
      ],
      found.chains,
    ),
  );
}
