// What waits for a person: exactly what would be done, what the agent did before, and the answer. An answer is signed
// with the person's own key; the passphrase opens it for this one signature and is forgotten.

import { all, get, optional, post, segment } from "./api.js";
import { canonical, hex, sha256, utf8 } from "./bytes.js";
import { announce, badge, card, command, copyable, el, facts } from "./dom.js";
import { decisionTable, following, recordOf, verdict } from "./decisions.js";
import { away, isDecision, plain, short, stamp, tone, written } from "./format.js";
import { icon } from "./icons.js";
import * as live from "./live.js";
import { directory, party } from "./names.js";
import { current, href } from "./router.js";
import { empty, paced, region, tabs } from "./view.js";

export default function approvals(route, signal) {
  const [chosen] = route.path;
  const view = route.query.get("view") ?? "waiting";
  const inbox = region(
    signal,
    () => (view === "waiting" ? loadWaiting(signal) : loadRecent(signal)),
    ([rows, names]) => drawInbox(rows, names, chosen, view),
  );
  const again = paced(1000, signal, inbox.refresh);
  live.on("records", (records) => records.some((record) => /gate|batch|aiss/i.test(record.kind)) && again(), signal);
  live.on("state", again, signal);
  const node = el(
    "div.page",
    el(
      "header",
      el("h1", "Approvals"),
      el("p.lead", "Actions that need a person. What you read is what is carried out, byte for byte, once."),
    ),
    el(
      "div.split",
      el(
        "section.card",
        tabs(
          "Which decisions",
          view,
          [
            ["waiting", "Waiting", href("approvals", chosen ? [chosen] : [], {})],
            ["recent", "Recent decisions", href("approvals", chosen ? [chosen] : [], { view: "recent" })],
          ],
        ),
        inbox.node,
      ),
      chosen ? decision(chosen, signal) : el(
        "section.card",
        empty("Choose a question", "Its arguments, the reasons, and what this agent did before appear here."),
      ),
    ),
  );
  return { title: "Approvals", node };
}

const loadWaiting = async (signal) => [
  await optional("/v1/gate/pending", (path) => all(path, "pending", {}, { signal }), []),
  await directory(),
];
const loadRecent = async (signal) => [
  (await optional("/v1/gate/decisions", (path) => get(path, { limit: 100 }, signal), { decisions: [] })).decisions,
  await directory(),
];

function drawInbox(rows, names, chosen, view) {
  if (rows.length === 0) return view === "waiting" ? empty(
    "Nothing waits",
    "New questions appear here by themselves.",
  ) : empty("Nothing was decided yet");
  const query = Object.fromEntries(current().query);
  return el(
    "ul.inbox",
    { "data-list": true },
    rows.map((row, index) =>
      el(
        "li",
        el(
          "a",
          {
            href: href(
              "approvals",
              [row.decision],
              query,
            ), "data-key": row.decision, "aria-current": row.decision === chosen ? "true" : null,
            "data-previous": rows[index + 1]?.decision === chosen || null, "data-next": rows[index - 1]?.decision === chosen || null,
          },
          el("strong", plain(row.action?.action ?? row.action)),
          view === "waiting" ? badge(row.standing.clearance ?? row.standing.state, "accent") : badge(
            row.effect.toLowerCase().replaceAll("_", " "),
            tone(row.effect),
          ),
          el(
            "small",
            {},
            names.get(row.agent)?.name ?? short(row.agent, 16),
            (row.target ?? row.action?.target) ? ` → ${plain(row.target ?? row.action.target)}` : "",
          ),
          el("small", view === "waiting" ? `ends ${away(row.expires)}` : away(row.time)),
        ),
      ),
    ),
  );
}

// MARK: one decision

function decision(id, signal) {
  if (!isDecision(id)) return el("section.card", empty("This names no decision", "A decision has an id of 128 hexadecimal digits."));
  let names;
  let isTyping = false;
  const shown = region(
    signal,
    async () => {
      names = await directory();
      const found = await get(`/v1/gate/decisions/${segment(id)}`, {}, signal);
      if (found.decision !== id) throw new Error("the server answers with another decision");
      return found;
    },
    (found) => drawDecision(found, names, signal, refresh, (value) => (isTyping = value)),
  );
  const refresh = () => shown.refresh();
  // What somebody types is not drawn over.
  live.on("records", paced(1500, signal, () => isTyping || shown.refresh()), signal);
  return shown.node;
}

function drawDecision(found, names, signal, refresh, typing) {
  const isWaiting = found.standing?.state === "waiting";
  const fits = hasItsHash(found);
  return [
    el(
      "section.card",
      el("header", el("h2", plain(found.action.action)), standing(found)),
      facts([
        ["Agent", party(names, found.agent)],
        ["Target", found.action.target && plain(found.action.target)],
        ["Labels", found.action.labels?.length ? found.action.labels.map(plain).join(", ") : null],
        ["Tool", toolOf(found.action)],
        ["Asked", `${stamp(found.time)} by ${short(found.caller, 20)}`],
        ["Ends", isWaiting ? `${stamp(found.expires)}, ${away(found.expires)}` : null],
        ["Decision", [copyable(found.decision, short(found.decision, 20)), " ", recordOf(found)]],
      ]),
      el("h3", "What would be carried out"),
      el("pre.code.signed", { tabindex: 0 }, written(found.action.payload)),
      hashCheck(found, fits),
    ),
    card("Why", null, verdict(found)),
    isWaiting && answerCard(found, fits, signal, refresh, typing),
    found.following?.length ? card("What followed", null, following(found.following)) : null,
    earlier(found, signal),
  ];
}

function toolOf({ tool }) {
  if (!tool) return null;
  return tool.pin ? `${tool.upstream}, pinned ${short(tool.pin)}` : tool.upstream;
}

function standing(found) {
  if (!found.standing) return badge(found.effect.toLowerCase().replaceAll("_", " "), tone(found.effect));
  const { state, by, clearance, stage } = found.standing;
  const note = [
    by && `by ${by}`,
    clearance && `for ${clearance}`,
    stage ? `stage ${stage + 1}` : null,
  ].filter(Boolean).join(", ");
  return el("span", badge(state, tone(state)), note && el("small", ` ${note}`));
}

/** Whether what is shown has the hash that an approval signs. */
const hasItsHash = async (found) => hex(await sha256(utf8(canonical(found.action)))) === found.action_hash;

function hashCheck(found, checked) {
  const item = el("ul.checks", el("li", icon("open"), "Checking the hash…"));
  checked.then(
    (fits) => {
      item.replaceChildren(
        el(
          `li.${fits ? "good" : "warn"}`,
          icon(fits ? "good" : "warn"),
          fits ? "These arguments have the hash that is approved" : "The hash cannot be recomputed here: numbers beyond what browsers keep",
          el("small", "action hash ", copyable(found.action_hash)),
        ),
      );
    },
    (error) => item.replaceChildren(el("li.warn", icon("warn"), error.message)),
  );
  return item;
}

function earlier(found, signal) {
  const rows = region(
    signal,
    () => get("/v1/gate/decisions", { agent: found.agent, before: found.position, limit: 12 }, signal),
    (page) => decisionTable(page.decisions),
  );
  return card("What this agent asked before", null, rows.node);
}

// MARK: the answer

const RANK = { L1: 1, L2: 2, L3: 3 };

function answerCard(found, fits, signal, refresh, typing) {
  const question = found.question ?? {};
  const people = region(signal, () => all("/v1/gate/approvers", "approvers", {}, { signal }), (approvers) => {
    const wanted = RANK[found.standing.clearance] ?? 3;
    const fit = approvers.filter(
      (one) => one.status === "active" && RANK[one.clearance] >= wanted && (
        !question.principals?.length || question.principals.includes(one.name)
      ),
    );
    return fit.length ? answerForm(found, fits, question, fit, refresh, typing) : empty(
      "Nobody may answer this",
      `It asks for clearance ${found.standing.clearance}: chancery approver register NAME --clearance ${found.standing.clearance} --leave`,
    );
  });
  return card(
    "Your answer",
    el("small", `clearance ${found.standing.clearance}${question.require_justification ? ", with a reason" : ""}`),
    people.node,
    el(
      "p.soft",
      "The key must have been left in this home (",
      el("code", "approver register --leave"),
      "). Its passphrase opens it for this one signature, and both are forgotten.",
    ),
    el(
      "details",
      el("summary", "Or from the command line, with the key file on your own machine"),
      el(
        "div.stack",
        command(`chancery gate approve ${found.decision} --by NAME --key FILE`),
        command(`chancery gate reject ${found.decision} --by NAME --key FILE`),
      ),
    ),
  );
}

function answerForm(found, fits, question, approvers, refresh, typing) {
  const note = el("p", { role: "status" });
  const passphrase = el("input", { type: "password", name: "passphrase", autocomplete: "off", required: true });
  const form = el(
    "form.stack",
    { onsubmit: send, oninput: () => typing(true) },
    el(
      "div.filters",
      el(
        "label",
        "Person",
        el(
          "select",
          { name: "approver", required: true },
          approvers.length > 1 && el("option", { value: "" }, "Choose…"),
          approvers.map((one) => el("option", { value: one.approver }, `${one.name} (${one.clearance})`)),
        ),
      ),
      el("label", "Passphrase of the key", passphrase),
    ),
    el(
      "label",
      question.require_justification ? "Reason" : "Reason, if you like",
      el("input", { name: "reason", maxlength: 400, required: Boolean(question.require_justification), autocomplete: "off" }),
    ),
    el(
      "div.row",
      el("button.primary", { name: "answer", value: "approve" }, "Approve once"),
      el("button.danger", { name: "answer", value: "reject" }, "Reject"),
    ),
    note,
  );
  return form;

  async function send(event) {
    event.preventDefault();
    const answer = event.submitter?.value ?? "reject";
    const fields = Object.fromEntries(new FormData(form));
    if (answer === "approve" && !(await fits.catch(() => false))) {
      say("bad", "What is shown here has not the hash that would be approved. The command line shows and signs it exactly.");
      return;
    }
    const buttons = [...form.querySelectorAll("button")];
    buttons.forEach((button) => (button.disabled = true));
    say("", "Signing…");
    try {
      await post(
        "/v1/dashboard/approvals",
        { decision: found.decision, answer, approver: fields.approver, passphrase: fields.passphrase, reason: fields.reason },
      );
      typing(false);
      announce(answer === "approve" ? "Approved" : "Rejected");
      refresh();
    } catch (error) {
      say("bad", error.message);
      buttons.forEach((button) => (button.disabled = false));
      passphrase.focus();
    } finally {
      passphrase.value = "";
    }
  }

  function say(kind, text) {
    note.className = kind ? `note-box ${kind}` : "soft";
    note.textContent = text;
  }
}
