// Who decides, what is proposed, how the votes stand against the bar, and what was decided.

import { all, get, optional } from "./api.js";
import { badge, card, command, copyable, el, facts, table } from "./dom.js";
import { number, plural, short, stamp } from "./format.js";
import { party } from "./names.js";
import { loadFederation, proposal, standingBadge } from "./proposal.js";
import { quorum } from "./quorum.js";
import { current, href, recordHref, refine } from "./router.js";
import { choice, empty, paced, region, search, tabs } from "./view.js";
import * as live from "./live.js";

const TABS = [["proposals", "Proposals"], ["decisions", "Decisions"], ["members", "Members"], ["audit", "Audit"]];
const STANDINGS = [
  ["", "Every standing"],
  ["open", "Open"],
  ["passed", "Passed"],
  ["decided", "Decided"],
  ["over", "Rejected, expired, superseded"],
];

export default function governance(route, signal) {
  if (route.path.length) return proposal(route, signal);
  const tab = route.query.get("tab") ?? "proposals";
  const page = el(
    "div.page",
    el(
      "header",
      el("h1", "Governance"),
      el("p.lead", "A quorum decides what may run. Every decision carries its votes, and anyone recomputes it from one file."),
    ),
  );
  const body = region(signal, () => optional("/v1/federation/status", () => loadFederation(signal)), (federation) => {
    if (!federation) {
      return card(
        "No federation",
        null,
        empty("This home belongs to no federation", "Members enrol, and one genesis names them:"),
        command("chancery governance enrol --help"),
      );
    }
    const draw = { proposals, decisions, members, audit }[tab] ?? proposals;
    return [
      status(federation),
      tabs("Parts of governance", tab, TABS.map(([key, text]) => [key, text, href("governance", [], { tab: key })])),
      draw(federation, route, signal),
    ];
  });
  page.append(body.node);
  return { title: "Governance", node: page };
}

function status({ standing, committee }) {
  return el(
    "section.card",
    facts([
      ["Federation", copyable(standing.federation)],
      ["Stands at", `slot ${number(standing.slot)}, epoch ${standing.epoch}, ${stamp(standing.time)}`],
      ["Decision", copyable(standing.decision, short(standing.decision, 24))],
      ["State root", copyable(standing.state_root, short(standing.state_root, 24))],
      [
        "This node",
        standing.recovering ? badge("recovering", "warn") : [badge("takes part", "good"), refusals(standing.refusals)],
      ],
    ]),
  );
}

const refusals = (counts) => {
  const entries = Object.entries(counts);
  return entries.length ? el("span.soft", ` refused: ${entries.map(([code, count]) => `${code} ${count}`).join(", ")}`) : null;
};

// MARK: proposals

const isOver = (standing) => ["rejected", "expired", "superseded", "no-quorum"].includes(standing);
const fits = (standing, wanted) => !wanted || (wanted === "over" ? isOver(standing) : standing.startsWith(wanted));

function proposals(federation, route, signal) {
  let found = [];
  const load = async () => {
    found = (await all("/v1/governance/proposals", "proposals", {}, { signal })).reverse();
    // Bars for what is still open; the others have their word.
    const open = found.filter((one) => one.standing === "open").slice(0, 20);
    const full = await Promise.all(open.map((one) => get(`/v1/governance/proposals/${one.id}`, {}, signal)));
    full.forEach((one, index) => (open[index].full = one));
    return found;
  };
  const rows = region(signal, load, () => drawProposals(found, federation));
  const change = (changes) => {
    refine(changes);
    rows.node.replaceChildren(drawProposals(found, federation));
  };
  live.on("records", paced(1000, signal, rows.refresh), signal);
  const { query } = route;
  return el(
    "section.card",
    el(
      "div.filters",
      search("find", "Find", query.get("find"), change, { placeholder: "Title, kind or id", wide: true }),
      choice("standing", "Standing", STANDINGS, query.get("standing"), change),
    ),
    rows.node,
  );
}

function drawProposals(found, federation) {
  const { query } = current();
  const text = (query.get("find") ?? "").toLowerCase();
  const rows = found.filter(
    (one) => fits(one.standing, query.get("standing")) && [one.title, one.kind, one.id].some(
      (field) => field.toLowerCase().includes(text),
    ),
  );
  if (found.length === 0) return empty("Nothing was proposed yet", "chancery governance propose --help");
  if (rows.length === 0) return empty("No proposal fits the filter");
  return table(
    "Proposals, newest first",
    [
      {
        name: "Proposal",
        cell: (one) => [
          el(
            "a",
            { href: href("governance", [one.id], Object.fromEntries(query)), "data-key": one.id },
            el("strong", {}, one.title),
          ),
          el("div.soft", one.kind.replaceAll("-", " ")),
        ],
      },
      {
        name: "Votes",
        cell: (one) => one.full?.weights ? quorum(one.full.weights, one.kind, federation.committee) : el("span.faint", "–"),
      },
      { name: "Standing", cell: (one) => standingBadge(one.standing) },
      { name: "Id", class: "narrow-hide", cell: (one) => copyable(one.id, short(one.id, 8)) },
    ],
    rows,
  );
}

// MARK: decisions, members, audit

function decisions({ committee }, route, signal) {
  const rows = region(signal, () => all("/v1/governance/decisions", "decisions", {}, { signal }), (found) => {
    if (found.length === 0) return empty("Nothing was decided yet");
    return table(
      "Decisions, newest first",
      [
        { name: "Slot", class: "number", cell: (one) => number(one.slot) },
        { name: "When", class: "tight", cell: (one) => stamp(one.time) },
        {
          name: "Decided",
          cell: (one) => one.proposals.length ? one.proposals.map(
            (item) => el(
              "div",
              el("a", { href: href("governance", [item.id]), "data-key": item.id + one.slot }, item.kind.replaceAll("-", " ")),
              " ",
              el("code.faint", short(item.id, 8)),
            ),
          ) : el("span.faint", "nothing: the slot is empty"),
        },
        { name: "State root", class: "narrow-hide", cell: (one) => copyable(one.state_root, short(one.state_root, 10)) },
        {
          name: "File",
          cell: (one) => el(
            "a",
            { href: `/v1/governance/decisions/${one.slot}/file`, download: `decision-${one.slot}.json` },
            "download",
          ),
        },
      ],
      [...found].reverse(),
    );
  });
  return card(
    "Decisions",
    el("small", `epoch ${committee.epoch}`),
    rows.node,
    command("chancery governance certificate verify decision.json --federation ID"),
  );
}

const share = ({ num, den, strict }) => `${strict ? "more than" : "at least"} ${num}/${den}`;
const rule = ({ approval, participation }) =>
  participation
    ? `${share(approval)} of the votes cast, when ${share(participation)} voted`
    : `${share(approval)} of the total weight`;

function members({ committee, total }, route, signal) {
  const broken = region(signal, () => all("/v1/governance/equivocations", "equivocations", {}, { signal }), (found) =>
    found.length === 0
      ? el("p.soft", "Nobody contradicted themselves.")
      : table("Contradictions", [
          { name: "Member", cell: (one) => one.name },
          { name: "State", cell: (one) => badge(one.excluded ? "excluded" : "seen", "bad") },
          { name: "Proof", cell: (one) => el("a", { href: recordHref(one.position) }, `record ${number(one.position)}`) },
        ], found));
  return el(
    "div.grid",
    el("div.two-thirds", card("Members", el("small", `total weight ${number(total)}`), table("Members", [
      { name: "Member", cell: (member) => el("strong", {}, member.name) },
      {
        name: "Weight",
        class: "number",
        cell: (member) => `${number(member.weight)} (${Math.round((100 * member.weight) / total)} %)`,
      },
      { name: "DID", cell: (member) => copyable(member.did, short(member.did.split(":").at(-1), 16)) },
    ], committee.members))),
    el(
      "div.third.stack",
      card(
        "Thresholds",
        null,
        facts([
          ["Standard", rule(committee.thresholds.standard)],
          ...Object.entries(committee.thresholds.kinds).map(([kind, one]) => [kind.replaceAll("-", " "), rule(one)]),
        ]),
      ),
      card("Contradictions", null, broken.node),
    ),
  );
}

function audit({ names }, route, signal) {
  const rows = region(signal, () => all("/v1/governance/operations", "operations", {}, { signal }), (found) =>
    found.length === 0
      ? empty("Nothing happened yet")
      : table(plural(found.length, "operation"), [
          { name: "When", class: "tight", cell: (one) => stamp(one.timestamp) },
          { name: "Operation", cell: (one) => one.operation },
          { name: "By", cell: (one) => party(names, one.actor_did) },
          {
            name: "About",
            cell: (one) => one.proposal_id ? el(
              "a",
              { href: href("governance", [one.proposal_id]) },
              one.kind?.replaceAll("-", " ") ?? short(one.proposal_id, 8),
            ) : (one.subject_id ?? "–"),
          },
          {
            name: "Record",
            class: "number",
            cell: (one) => el("a", { href: recordHref(one.position), "data-key": String(one.position) }, number(one.position)),
          },
        ], [...found].reverse()));
  live.on("records", paced(2000, signal, rows.refresh), signal);
  return card("What happened, in the order in which this node learned of it", null, rows.node);
}
