// Programs that nobody holds: the custodians, what is ready, what is spent, and how well clients could copy a model.

import { get, optional } from "./api.js";
import { curves, legend, meter } from "./chart.js";
import { badge, card, command, copyable, el, facts, table } from "./dom.js";
import { number, plural, short } from "./format.js";
import { refine } from "./router.js";
import { empty, every, region, search } from "./view.js";

export default function compute(route, signal) {
  const status = region(
    signal,
    () => optional("/v1/compute/status", () => load(signal)),
    (found) => (
      found ? drawStatus(found, route, signal) : card(
        "No coordinator",
        null,
        empty("This server does not know a coordinator", "Start custodians and a coordinator, and name it:"),
        command("chancery serve --compute http://127.0.0.1:8440"),
      )
    ),
  );
  every(5000, signal, status.refresh);
  const node = el(
    "div.page",
    el(
      "header",
      el("h1", "Compute"),
      el(
        "p.lead",
        "A secret program runs on custodians of whom any few learn nothing. ",
        "What is counted here is what each of them enforces by its own books.",
      ),
    ),
    status.node,
    extraction(),
  );
  return { title: "Compute", node };
}

async function load(signal) {
  const [custodians, roster] = await Promise.all([get("/v1/compute/status", {}, signal), get("/v1/compute/roster", {}, signal)]);
  return { custodians, roster };
}

function drawStatus({ custodians, roster }, route, signal) {
  const total = roster?.custodians?.length ?? custodians.length;
  const reached = custodians.filter((one) => !one.error);
  const programs = new Map();
  for (const one of reached) for (const program of one.programs ?? []) programs.set(
    program.program,
    [...(programs.get(program.program) ?? []), { number: one.number, ...program }],
  );
  return [
    card(
      "Custodians",
      badge(
        `${reached.length} of ${total} reached`,
        reached.length === total ? "good" : reached.length > (roster?.threshold ?? 0) ? "warn" : "bad",
      ),
      reached.length === 0 ? empty("No custodian answers") : table("Custodians", [
        { name: "Number", class: "number", cell: (one) => one.number },
        { name: "Custodian", cell: (one) => copyable(one.custodian, short(one.custodian.split(":").at(-1), 16)) },
        { name: "Sees", cell: (one) => one.live.join(", ") },
        { name: "Epoch", class: "number", cell: (one) => one.epoch },
        { name: "Sessions", class: "number", cell: (one) => number(one.sessions) },
        {
          name: "State",
          cell: (one) => (
            one.retired ? badge(one.retired, "bad") : one.agreed ? badge("agreed", "good") : badge("no keys agreed", "warn")
          ),
        },
      ], reached),
    ),
    ...[...programs].map(([id, copies]) => programCard(id, copies, route, signal)),
    programs.size === 0 && card("Programs", null, empty("No program is installed", "chancery compute install PACKAGE")),
  ];
}

function programCard(id, copies, route, signal) {
  const most = Math.max(1, ...copies.map((copy) => copy.material));
  const client = route.query.get("client") ?? "";
  const budget = region(
    signal,
    () => (client ? get(`/v1/compute/programs/${id}/standing`, { client }, signal) : null),
    (standings) => drawBudget(standings, client),
  );
  return card(
    copies[0].version,
    badge(
      copies.every((copy) => copy.serving) ? "serving" : copies.some((copy) => copy.activation) ? "active" : "not activated",
      copies.every((copy) => copy.serving) ? "good" : "warn",
    ),
    facts([
      ["Program", copyable(id)],
      ["Activation", copies[0].activation && copyable(copies[0].activation, short(copies[0].activation, 24))],
    ]),
    table("What each custodian has ready", [
      { name: "Custodian", class: "number", cell: (copy) => copy.number },
      {
        name: "Ready evaluations",
        cell: (copy) => el("div.risk", number(copy.material), meter(`${copy.material} ready`, [copy.material / most])),
      },
      { name: "Noted evaluations", class: "number", cell: (copy) => number(copy.events) },
      {
        name: "Secrets",
        cell: (copy) => (copy.secrets ? copyable(copy.secrets, short(copy.secrets, 8)) : el("span.faint", "none")),
      },
      { name: "Forks", cell: (copy) => (copy.forked.length ? badge(copy.forked.join(", "), "bad") : el("span.faint", "none")) },
    ], copies),
    el(
      "div.filters",
      search(
        "client",
        "Budget of a client: the id of its key",
        client,
        (changes) => { refine(changes); route.query.set("client", changes.client); },
        { wide: true },
      ),
    ),
    budget.node,
  );
}

function drawBudget(standings, client) {
  if (!client) return null;
  if (!standings?.length) return empty("No custodian knows this client");
  return table("What the client may still ask for", [
    { name: "Custodian", class: "number", cell: (one) => one.number },
    { name: "Evaluations left", class: "number", cell: (one) => number(one.standing.remaining) },
    { name: "Of the program", class: "number", cell: (one) => number(one.standing.program) },
    { name: "Bits left", class: "number", cell: (one) => number(one.standing.bits) },
    { name: "Rank left", class: "number", cell: (one) => number(one.standing.rank) },
  ], standings);
}

// MARK: the extraction curve

/** Draws what `chancery compute extract --json` wrote; the file stays in this browser. */
function extraction() {
  const result = el("div.stack");
  const input = el(
    "input.unseen",
    {
      type: "file",
      accept: ".json,application/json",
      "aria-label": "File of chancery compute extract --json",
      onchange: () => input.files[0] && read(input.files[0]),
    },
  );
  const zone = el(
    "div.drop",
    {
      ondragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
      ondragleave: () => zone.classList.remove("over"),
      ondrop: dropped,
    },
    el(
      "p",
      "Drop the file of ",
      el("code", "chancery compute extract MODEL --policy POLICY --json"),
      " here, or ",
      el("button", { type: "button", onclick: () => input.click() }, "choose it"),
    ),
    input,
  );
  return card("How well could clients copy a model?", el("small", "the file stays in this browser"), zone, result);

  function dropped(event) {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
  }

  async function read(file) {
    try {
      if (file.size > 4 << 20) throw new Error("the file is too long");
      result.replaceChildren(...[drawReport(JSON.parse(await file.text()))].flat());
    } catch (error) {
      result.replaceChildren(el("p.note-box.bad", `This is no extraction report: ${error.message}`));
    }
  }
}

const foundText = ({ attack, point }) =>
  `The attack ${attack} reaches ${Math.round(Number(point.agreement) * 100)} % agreement after ${plural(point.queries, "answer")}.`;

function drawReport({ client, program, curves: list, finding }) {
  const shown = list.filter((curve) => curve.points.length).map(
    (curve) => ({
      name: curve.attack,
      isPossible: curve.possible,
      points: curve.points.map((point) => ({ x: point.queries, y: Number(point.agreement) })),
    }),
  );
  if (shown.length === 0) throw new Error("it has no curve");
  return [
    el(
      `p.note-box.${finding ? "bad" : "good"}`,
      finding ? foundText(finding) : "No attack makes a copy that passes the owner's limit within the budgets.",
    ),
    legend(shown.map((curve) => (curve.isPossible ? curve.name : `${curve.name} (not possible under this policy)`))),
    curves("Agreement of a copy with the model, by answers asked for", shown, { limit: client, unit: "answers" }),
    el(
      "p.soft",
      client === null ? "No limit for each client." : `The dashed line is what one client may ask for: ${number(client)}.`,
      program === null ? "" : ` All together: ${number(program)}.`,
    ),
  ];
}
