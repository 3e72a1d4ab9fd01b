// Programs that nobody holds: the custodians, what is ready, what is spent, and how well clients could copy a model.

import { get, optional, segment } from "./api.js";
import { fromBase64, textOf } from "./bytes.js";
import { curves, legend, meter } from "./chart.js";
import { badge, card, command, copyable, el, facts, table } from "./dom.js";
import { number, plural, short } from "./format.js";
import { current, refine } from "./router.js";
import { empty, every, region, search } from "./view.js";

export default function compute(route, signal) {
  const status = region(
    signal,
    () => optional("/v1/compute/status", () => load(signal), null),
    (found) => (found ? drawStatus(found) : absent()),
  );
  const change = (changes) => {
    refine(changes);
    status.refresh();
  };
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
    card(
      "A client's budget",
      el("small", "by each custodian's own books"),
      search("client", "Id of the client's key", route.query.get("client"), change, { placeholder: "64 hexadecimal digits" }),
    ),
    extraction(),
  );
  return { title: "Compute", node };
}

const absent = () =>
  card(
    "No coordinator",
    null,
    empty("This server does not know a coordinator", "Start custodians and a coordinator, and name it:"),
    command("chancery serve --compute http://127.0.0.1:8440"),
  );

/** Packages never change: their id is their hash. */
const packages = new Map();

async function packageOf(id, signal) {
  if (!packages.has(id)) {
    const { package: text } = await get(`/v1/compute/programs/${segment(id)}`, {}, signal);
    packages.set(id, JSON.parse(textOf(fromBase64(text))));
  }
  return packages.get(id);
}

async function load(signal) {
  const [custodians, roster] = await Promise.all([get("/v1/compute/status", {}, signal), get("/v1/compute/roster", {}, signal)]);
  const copies = new Map();
  for (const one of custodians) {
    for (const copy of one.programs) copies.set(
      copy.program,
      [...(copies.get(copy.program) ?? []), { number: one.number, ...copy }],
    );
  }
  const client = current().query.get("client") ?? "";
  const isClient = /^[0-9a-f]{64}$/.test(client);
  const programs = await Promise.all(
    [...copies].map(async ([id, list]) => ({
      id,
      copies: list,
      terms: await packageOf(id, signal),
      standings: isClient ? await get(`/v1/compute/programs/${segment(id)}/standing`, { client }, signal).catch(() => []) : null,
    })),
  );
  return { custodians, roster, programs };
}

function drawStatus({ custodians, roster, programs }) {
  const total = roster.custodians.length;
  const tone = custodians.length === total ? "good" : custodians.length > roster.threshold ? "warn" : "bad";
  return [
    card(
      "Custodians",
      badge(`${custodians.length} of ${total} reached`, tone),
      custodians.length === 0 ? empty("No custodian answers") : table("Custodians", CUSTODIAN, custodians),
    ),
    programs.map(programCard),
    programs.length === 0 && card("Programs", null, empty("No program is installed", "chancery compute install PACKAGE")),
  ];
}

const CUSTODIAN = [
  { name: "Number", class: "number", cell: (one) => one.number },
  { name: "Custodian", cell: (one) => copyable(one.custodian, short(one.custodian.split(":").at(-1), 16)) },
  { name: "Sees", cell: (one) => one.live.join(", ") },
  { name: "Epoch", class: "number", cell: (one) => one.epoch },
  { name: "Sessions", class: "number", cell: (one) => number(one.sessions) },
  { name: "State", cell: custodianState },
];

function custodianState(one) {
  if (one.retired) return badge(one.retired, "bad");
  return one.agreed ? badge("agreed", "good") : badge("no keys agreed", "warn");
}

function programCard({ id, copies, terms, standings }) {
  const most = Math.max(1, ...copies.map((copy) => copy.material));
  const isServing = copies.every((copy) => copy.serving);
  const { policy } = terms;
  const used = Math.max(...copies.map((copy) => copy.events));
  return card(
    ["Program ", short(id, 12), el("small", ` version ${terms.version}`)],
    badge(isServing ? "serving" : "not everywhere active", isServing ? "good" : "warn"),
    facts([
      ["Id", copyable(id)],
      ["Asks for", terms.inputs.map(ranged).join(", ")],
      ["Answers", terms.outputs.map((one) => `${one.name} (${one.reading})`).join(", ")],
      ["Nobody holds", plural(terms.secrets.length, "value")],
      [
        "All clients",
        [
          `${number(used)} of ${number(policy.program_budget)} evaluations `,
          meter("evaluations used", [used], policy.program_budget),
        ],
      ],
      ["Each client", `${plural(policy.client_budget, "evaluation")}, ${number(policy.evaluations_per_minute)} a minute`],
      ["Ledgers", `bits ${policy.bits ?? "not counted"}, rank ${policy.rank ?? "not counted"}`],
      ["Activation", copies[0].activation && copyable(copies[0].activation, short(copies[0].activation, 24))],
    ]),
    table(
      "What each custodian has ready",
      [
        { name: "Custodian", class: "number", cell: (copy) => copy.number },
        {
          name: "Ready",
          cell: (copy) => el("div.risk", number(copy.material), meter(`${copy.material} ready`, [copy.material / most])),
        },
        { name: "Noted", class: "number", cell: (copy) => number(copy.events) },
        {
          name: "Secrets",
          cell: (copy) => (copy.secrets ? copyable(copy.secrets, short(copy.secrets, 8)) : el("span.faint", "none")),
        },
        { name: "Forks", cell: (copy) => (copy.forked.length ? badge(copy.forked.join(", "), "bad") : el("span.faint", "none")) },
      ],
      copies,
    ),
    standings && budgets(standings),
  );
}

const ranged = ({ name, range }) => `${name} ${range.join("…")}`;

function budgets(standings) {
  if (standings.length === 0) return el("p.note-box.warn", "No custodian knows this client.");
  return table(
    "What the client may still ask for",
    [
      { name: "Custodian", class: "number", cell: (one) => one.number },
      { name: "Left to the client", class: "number", cell: (one) => number(one.standing.remaining) },
      { name: "Left of the program", class: "number", cell: (one) => number(one.standing.program) },
      { name: "Now at once", class: "number", cell: (one) => number(one.standing.tokens) },
      { name: "Bits left", class: "number", cell: (one) => number(one.standing.bits) },
      { name: "Rank left", class: "number", cell: (one) => number(one.standing.rank) },
    ],
    standings,
  );
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
