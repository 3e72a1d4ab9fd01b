// The policy that decides now, what was in force before, and a place to try another one before anybody is bound by it.

import { all, get, optional, post } from "./api.js";
import { badge, card, command, copyable, el, facts, table } from "./dom.js";
import { verdict } from "./decisions.js";
import { changes } from "./diff.js";
import { number, short, stamp } from "./format.js";
import { href, refined } from "./router.js";
import { empty, region, settled, tabs } from "./view.js";

const TABS = [["active", "Active"], ["try", "Lint and dry run"], ["history", "History"]];
const DRAFT = "policy-draft";

export default function policy(route, signal) {
  const tab = route.query.get("tab") ?? "active";
  const body = region(
    signal,
    () => activePolicy(signal),
    (found) => ({ active, try: workshop, history })[tab]?.(found, signal),
  );
  const node = el(
    "div.page",
    el("header", el("h1", "Policy"), el("p.lead", "Decides every action of every agent. Without one, everything is denied.")),
    tabs("Parts of the policy page", tab, TABS.map(([key, text]) => [key, text, refined({ tab: key })])),
    body.node,
  );
  return { title: "Policy", node };
}

/** Null where none is active: only the list of them is asked for what may be absent. */
async function activePolicy(signal) {
  const known = await optional("/v1/gate/policies", (path) => get(path, { limit: 1 }, signal), { policies: [] });
  return known.policies.length ? get("/v1/gate/policy", {}, signal) : null;
}

function active(found) {
  if (!found) return card(
    "No policy",
    badge("everything is denied", "bad"),
    empty("No policy is active", "Until one is, the gate denies every action."),
    command("chancery policy activate FILE"),
  );
  return [
    card(
      found.name,
      badge("in force", "good"),
      facts([
        ["Version", found.version],
        ["Hash", copyable(found.policy)],
        ["Since", `${stamp(found.activated_at)}, by ${short(found.activated_by, 24)}`],
        ["Why", found.comment || null],
        ["Voted in", found.proposal ? el("a", { href: href("governance", [found.proposal]) }, short(found.proposal)) : null],
      ]),
    ),
    card("Text", el("small", `${number(found.text.split("\n").length)} lines`), numbered(found.text)),
  ];
}

const numbered = (text, marked = new Set()) =>
  el(
    "pre.code.numbered",
    { tabindex: 0 },
    text.replace(/\n$/, "").split("\n").map((line, index) => el(marked.has(index + 1) ? "span.marked" : "span", line || " ")),
  );

function history(found, signal) {
  const rows = region(signal, () => optional("/v1/gate/policies", (path) => all(path, "policies", {}, { signal }), []), (policies) =>
    policies.length === 0
      ? empty("No policy was ever active")
      : table("Policies, newest first", [
          { name: "In force from", class: "tight", cell: (one) => stamp(one.activated_at) },
          {
            name: "Policy",
            cell: (one) => [
              el("strong", {}, one.name),
              " ",
              el("span.soft", {}, one.version),
              one.policy === found?.policy ? [" ", badge("active", "good")] : null,
            ],
          },
          { name: "Why", cell: (one) => one.comment || el("span.faint", "–") },
          { name: "By", cell: (one) => short(one.activated_by, 16) },
          { name: "Hash", cell: (one) => copyable(one.policy, short(one.policy)) },
        ], policies));
  return card("Every policy that was ever active", null, rows.node);
}

// MARK: lint and dry run

function workshop(found, signal) {
  const text = el(
    "textarea",
    {
      rows: 22,
      spellcheck: "false",
      name: "policy",
      "aria-label": "Policy text",
      wrap: "off",
      value: sessionStorage.getItem(DRAFT) ?? found?.text ?? "",
      oninput: () => changed(),
    },
  );
  const findings = el("div.stack", { role: "status" });
  const difference = el("div");
  const lint = settled(400, async () => {
    try {
      drawFindings(await post("/v1/gate/policies/lint", { text: text.value }, signal));
    } catch (error) {
      if (error.name === "AbortError") return;
      findings.replaceChildren(el("p.note-box.warn", error.message));
    }
  });
  const changed = () => {
    sessionStorage.setItem(DRAFT, text.value);
    drawDifference();
    lint();
  };

  function drawFindings({ loads, findings: list, policy }) {
    findings.replaceChildren(
      el(
        `p.note-box.${loads ? "good" : "bad"}`,
        loads ? ["It loads. Its hash is ", copyable(policy, short(policy, 16)), "."] : "It does not load.",
      ),
      list.length ? table("Findings", [
        {
          name: "Line",
          class: "number",
          cell: (one) => el("button.copy", { type: "button", onclick: () => show(one) }, `${one.line}:${one.column}`),
        },
        { name: "Severity", cell: (one) => badge(one.severity, { error: "bad", warning: "warn" }[one.severity]) },
        { name: "What", cell: (one) => [one.message ?? one.text, " ", el("code.faint", {}, one.code)] },
      ], list) : "",
    );
  }

  /** Puts the cursor where a finding is. */
  function show({ line, column }) {
    const start = text.value.split("\n").slice(0, line - 1).reduce((sum, part) => sum + part.length + 1, 0) + column - 1;
    text.focus();
    text.setSelectionRange(start, start + 1);
  }

  function drawDifference() {
    const parts = changes(found?.text ?? "", text.value);
    const isSame = parts.every(([kind]) => kind === "same");
    difference.replaceChildren(
      isSame ? el("p.soft", "The text is the active policy.") : el(
        "pre.code.numbered",
        { tabindex: 0 },
        near(parts).map(([kind, line]) => el(kind === "same" ? "span" : `span.${kind}`, line || " ")),
      ),
    );
  }

  drawDifference();
  lint();
  return el(
    "div.grid",
    el(
      "div.half.stack",
      card(
        "Text",
        el(
          "button.quiet",
          { type: "button", onclick: () => { text.value = found?.text ?? ""; changed(); } },
          "Start from the active one",
        ),
        text,
      ),
      card("Lint", null, findings),
    ),
    el(
      "div.half.stack",
      dryRun(() => text.value, found, signal),
      card("Against the active policy", null, difference),
      forceCard(() => text.value),
    ),
  );
}

/** Changed lines with a little around them. */
function near(parts, around = 2) {
  const keep = new Set();
  parts.forEach(([kind], index) => {
    if (kind !== "same") for (let at = index - around; at <= index + around; at++) keep.add(at);
  });
  return parts.filter((_, index) => keep.has(index));
}

function dryRun(text, found, signal) {
  const result = el("div", { role: "status" });
  const agents = el("select", { name: "agent" });
  all("/v1/agents", "agents", {}, { signal }).then(
    (list) => agents.replaceChildren(...list.map((agent) => el("option", { value: agent.name }, agent.name))),
    () => {},
  );
  const form = el(
    "form.stack",
    { onsubmit: run },
    el(
      "div.filters",
      el("label", "Agent", agents),
      el("label", "Action", el("input", { name: "action", required: true, value: "read_db", spellcheck: "false" })),
      el("label", "Target", el("input", { name: "target", placeholder: "host, if any", spellcheck: "false" })),
    ),
    el("label", "Payload", el("textarea", { name: "payload", rows: 4, spellcheck: "false", value: '{"query": "SELECT 1"}' })),
    el(
      "div.row",
      el("label.row", el("input", { type: "checkbox", name: "edited" }), "by the text at the left"),
      el("button.primary", "Decide, for trial"),
    ),
    result,
  );
  return card("Dry run", el("small", "stores nothing, allows nothing"), form);

  async function run(event) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    let payload;
    try {
      payload = JSON.parse(fields.payload || "{}");
    } catch (error) {
      return result.replaceChildren(el("p.note-box.bad", `The payload is no JSON: ${error.message}`));
    }
    const action = { agent: fields.agent, action: fields.action, payload, ...(fields.target && { target: fields.target }) };
    try {
      const answer = fields.edited
        ? await post("/v1/gate/policies/simulate", { text: text(), ...action }, signal)
        : await post("/v1/gate/decisions", { ...action, dry_run: true }, signal);
      result.replaceChildren(verdict(answer));
    } catch (error) {
      if (error.name !== "AbortError") result.replaceChildren(el("p.note-box.bad", error.message));
    }
  }
}

function forceCard(text) {
  const note = el("p", { role: "status" });
  const form = el(
    "form.stack",
    { onsubmit: activate },
    el("p.soft", "Where a committee exists it must have voted for this very text, by its hash."),
    el("label", "Why, for the record", el("input", { name: "comment", maxlength: 1024, required: true, autocomplete: "off" })),
    el("div.row", el("button.danger", "Put in force…")),
    note,
  );
  return card("Put it in force", null, form);

  async function activate(event) {
    event.preventDefault();
    if (!confirm("From now on the gate decides by this text. Go on?")) return;
    try {
      const activation = await post("/v1/gate/policies", { text: text(), comment: new FormData(form).get("comment") });
      sessionStorage.removeItem(DRAFT);
      note.className = "note-box good";
      note.textContent = `${activation.name} ${activation.version} is in force.`;
    } catch (error) {
      note.className = "note-box bad";
      note.textContent = error.message;
    }
  }
}
