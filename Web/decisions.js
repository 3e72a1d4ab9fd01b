// Decisions of the gate, as the agent page, the inbox and the policy page show them.

import { badge, copyable, el, facts, table } from "./dom.js";
import { plain, short, stamp, tone } from "./format.js";
import { href, recordHref } from "./router.js";
import { empty } from "./view.js";

const EFFECTS = {
  ALLOW: "allowed",
  ALLOW_WITH_LOG: "allowed, logged",
  RESTRICTED: "restricted",
  REQUIRE_HUMAN: "asks a person",
  BLOCK: "denied",
};

export const effect = (word) => badge(EFFECTS[word] ?? word, tone(word));

/** Decisions as a list, newest first. */
export function decisionTable(decisions, { chosen } = {}) {
  if (decisions.length === 0) return empty("No decision yet");
  return table(
    "Decisions",
    [
      { name: "When", class: "tight", cell: (decision) => stamp(decision.time) },
      {
        name: "Action",
        cell: (decision) => el(
          "a",
          { href: href("approvals", [decision.decision]), "data-key": decision.decision },
          plain(decision.action?.action ?? decision.action),
        ),
      },
      { name: "Target", class: "narrow-hide", cell: (decision) => (decision.action?.target ? plain(decision.action.target) : el("span.faint", "–")) },
      { name: "Decision", cell: (decision) => effect(decision.effect) },
      { name: "Why", cell: ({ reason, rule }) => [el("span.soft", {}, reason), " ", el("code.faint", {}, rule)] },
    ],
    decisions,
    { chosen },
  );
}

/** The facts that the daemon knew, in a line. */
function knownOf({ risk, stability, role, authorized, frozen }) {
  const parts = [
    `risk ${risk ?? "unknown"}`, `stability ${stability?.toLowerCase() ?? "unknown"}`, `role ${role ?? "unknown"}`,
    authorized ? "authorised" : "not authorised",
  ];
  return [...parts, ...(frozen ? ["frozen"] : [])].join(", ");
}

/** What was decided and from what: for a decision on record and for a rehearsal. */
export function verdict(decision) {
  const known = decision.facts ?? {};
  return facts([
    ["Decision", [effect(decision.effect), " ", decision.reason]],
    [
      "Rule",
      [el("code", {}, decision.rule), decision.rules?.length > 1 ? el("span.soft", ` of ${decision.rules.join(", ")}`) : null],
    ],
    [
      "Obligations",
      decision.obligations?.length ? decision.obligations.map((obligation) => el("code", JSON.stringify(obligation))) : null,
    ],
    ["Policy", decision.policy ? copyable(decision.policy, short(decision.policy, 16)) : "none: everything is denied"],
    [
      "Facts",
      knownOf(known),
    ],
    ["Labels", known.labels?.length ? known.labels.join(", ") : null],
  ]);
}

/** What followed a decision, in order. */
export function following(events) {
  if (!events?.length) return null;
  return el(
    "ul.feed",
    events.map(
      (event) => el(
        "li",
        el("time", stamp(event.time).slice(11)),
        el("span", el("strong", event.event_type.replace("gate_", "")), " ", el("span.soft", told(event))),
      ),
    ),
  );
}

function told(event) {
  const parts = [event.choice && `${event.choice} by ${event.name}`, event.status, event.code, event.detail];
  return parts.filter(Boolean).join(", ");
}

export const recordOf = (decision) =>
  decision.position === undefined ? null : el("a", { href: recordHref(decision.position) }, `record ${decision.position}`);
