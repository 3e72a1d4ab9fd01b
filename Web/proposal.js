// One proposal: what was signed, the six words to compare, and the votes as they come.

import { get, segment } from "./api.js";
import { canonical, fromHex } from "./bytes.js";
import { badge, card, command, copyable, el, facts, table } from "./dom.js";
import { idOf, wordsOf } from "./fingerprint.js";
import { away, number, short, stamp, tone } from "./format.js";
import { icon } from "./icons.js";
import * as live from "./live.js";
import { party } from "./names.js";
import { quorum } from "./quorum.js";
import { href } from "./router.js";
import { paced, region } from "./view.js";

/** Where the federation stands, who its members are, and what they are called. */
export async function loadFederation(signal) {
  const [standing, committee] = await Promise.all([get("/v1/federation/status", {}, signal), get("/v1/governance/members", {}, signal)]);
  const names = new Map(committee.members.map((member) => [member.did, { name: member.name, isAgent: false }]));
  return { standing, committee, names, total: committee.members.reduce((sum, member) => sum + member.weight, 0) };
}

/** A standing as the server words it: `open`, `rejected`, `decided in slot 7`. */
export const standingBadge = (standing) => badge(standing, standing.startsWith("decided") ? "good" : tone(standing));

export function proposal(route, signal) {
  const [id] = route.path;
  let federation;
  const title = el("h1", "Proposal");
  const body = region(
    signal,
    async () => {
      federation ??= await loadFederation(signal);
      return get(`/v1/governance/proposals/${segment(id)}`, {}, signal);
    },
    (found) => {
      title.textContent = found.title;
      return drawProposal(found, federation);
    },
  );
  // The stream of one proposal tells each vote at once.
  const stream = new EventSource(`/v1/governance/proposals/${segment(id)}/watch`);
  stream.addEventListener("standing", () => body.refresh());
  stream.onerror = () => stream.readyState === EventSource.CLOSED || stream.close();
  signal.addEventListener("abort", () => stream.close());
  live.on("records", paced(1000, signal, body.refresh), signal);
  const back = el(
    "div.actions",
    el("a.button", { href: href("governance", [], Object.fromEntries(route.query)) }, "All proposals"),
  );
  return { title: "Proposal", node: el("div.page", el("header", title, back), body.node) };
}

function drawProposal(found, { committee, names }) {
  const isOpen = found.standing === "open";
  return el(
    "div.grid",
    el(
      "div.two-thirds.stack",
      card(
        "Votes",
        standingBadge(found.standing),
        found.weights ? quorum(found.weights, found.kind, committee) : el("p.soft", "The voting is of an earlier roster."),
        ballots(found, committee),
      ),
      card("What was signed", el("small", found.kind.replaceAll("-", " ")), el("pre.code", {}, found.rendering)),
    ),
    el(
      "div.third.stack",
      card(
        "Compare these six words",
        null,
        words(found),
        el(
          "p.soft",
          "They are the same on the command line and on every other member's screen. If one differs, somebody sees another proposal: do not vote.",
        ),
      ),
      card(
        "Proposal",
        null,
        facts([
          ["Id", copyable(found.id, short(found.id, 20))],
          ["Proposer", party(names, found.proposer)],
          ["Expires", `${stamp(found.expires)}, ${away(found.expires)}`],
        ]),
      ),
      isOpen && card(
        "Vote",
        null,
        el("p.soft", "A ballot is signed with your own key, on the machine that has it. This page holds none."),
        command(`chancery governance vote ${found.id} approve --fingerprint "${found.fingerprint}"`),
        command(`chancery governance vote ${found.id} reject --fingerprint "${found.fingerprint}"`),
      ),
    ),
  );
}

/** Words take a moment to work out, and a proposal's never change. */
const worked = new Map();

/** The six words, worked out here from the terms that are shown. */
function words(found) {
  const { id } = found;
  const list = el("ol.words", { "aria-label": "Fingerprint" });
  const verdict = el("ul.checks", el("li", icon("open"), "Working them out…"));
  if (!worked.has(id)) worked.set(id, wordsOf(fromHex(id)));
  worked.get(id).then(
    (six) => {
      const isOwn = idOf(canonical(found.terms)) === id;
      const isTold = six.join(" ") === found.fingerprint.split(/[\s-]+/).join(" ");
      const state = isOwn && isTold ? "good" : "bad";
      const text = isOwn ? (isTold ? "Worked out in this browser from the terms" : "The server tells other words") : "The id is not that of these terms";
      list.replaceChildren(...six.map((word) => el("li", word)));
      verdict.replaceChildren(el(`li.${state}`, icon(state), text));
    },
    (error) => {
      worked.delete(id);
      verdict.replaceChildren(el("li.warn", icon("warn"), `Not worked out: ${error.message}`));
    },
  );
  return [list, verdict];
}

function ballots(found, committee) {
  const choices = new Map(found.ballots.map((ballot) => [ballot.voter, ballot.choice]));
  return table(
    "Members and their votes",
    [
      { name: "Member", cell: (member) => member.name },
      { name: "Weight", class: "number", cell: (member) => number(member.weight) },
      {
        name: "Vote",
        cell: (member) => (
          choices.has(member.did) ? badge(
            choices.get(member.did),
            { approve: "good", reject: "bad" }[choices.get(member.did)],
          ) : el("span.faint", "not yet")
        ),
      },
    ],
    [...committee.members].sort((left, right) => left.name.localeCompare(right.name)),
  );
}
