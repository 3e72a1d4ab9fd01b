// One record: its exact bytes, what they say, who signed it, and the proof that it stands in the log.

import { get, getText, Problem } from "./api.js";
import { canonical, fromBase64, hex, hexDump, sha256, textOf } from "./bytes.js";
import { badge, card, command, copyable, el, facts, table } from "./dom.js";
import { idOf } from "./fingerprint.js";
import { isDecision, isRecordId, kindName, number, plain, plural, short, size, stamp, written } from "./format.js";
import { icon } from "./icons.js";
import { directory, party } from "./names.js";
import { entryOf, leafHash, rootFromPath } from "./merkle.js";
import { checkLines, readProof, SUITES } from "./note.js";
import { href, recordHref } from "./router.js";
import { logKeys } from "./trust.js";
import { region, trouble } from "./view.js";

export function record(position, signal) {
  const body = region(signal, () => load(position, signal), (found) => draw(found, signal));
  const node = el(
    "div.page",
    el(
      "header",
      el("h1", `Record ${number(position)}`),
      el(
        "div.actions",
        el("a.button", { href: href("log") }, "The log"),
        position > 0 && el("a.button", { href: recordHref(position - 1), "data-previous": true }, "Previous"),
        el("a.button", { href: recordHref(position + 1), "data-next": true }, "Next"),
      ),
    ),
    body.node,
  );
  return { title: `Record ${position}`, node };
}

async function load(position, signal) {
  const [found, names] = await Promise.all([get(`/v1/ledger/records/${position}`, {}, signal), directory()]);
  const bytes = fromBase64(found.bytes);
  return { ...found, bytes, value: parsed(bytes), names };
}

function parsed(bytes) {
  try {
    return JSON.parse(textOf(bytes));
  } catch {
    return null;
  }
}

function draw(found, signal) {
  return el(
    "div.grid",
    el(
      "div.two-thirds.stack",
      el(
        "section.card",
        el("header", el("h2", plain(found.event_type ?? kindName(found.kind))), badge(found.kind)),
        facts([
          ["Agent", party(found.names, found.agent)],
          ["When", stamp(found.time)],
          ["Sequence", found.sequence === null || found.sequence === undefined ? null : number(found.sequence)],
          [
            "Session",
            found.session ? el("a", { href: href("log", [], { session: found.session }) }, short(found.session, 24)) : null,
          ],
          ["Id", copyable(found.id)],
          ...links(found),
        ]),
      ),
      card(
        "What it says",
        null,
        el("pre.code", { tabindex: 0 }, written(content(found.value)) ?? textOf(found.bytes)),
      ),
      signatures(found),
      card(
        "Exact bytes",
        el("small", `${size(found.bytes.length)} `, save(found)),
        el("details", el("summary", "As text"), el("pre.code", { tabindex: 0 }, textOf(found.bytes))),
        el("details", el("summary", "As bytes"), el("pre.code.hex", { tabindex: 0 }, hexDump(found.bytes))),
      ),
    ),
    el("div.third.stack", proofCard(found, signal)),
  );
}

/** Whether it is a record of this system: docs/spec/record.md. An event may have a member `body` besides what it says. */
const isOwnRecord = (value) => Boolean(value?.body) && Array.isArray(value.signatures) && value.payload === undefined;

/** The body without what is signed about it. */
function content(value) {
  if (value === null || typeof value !== "object") return value;
  if (isOwnRecord(value)) return value.body;
  const { signatures: _, signature: __, ...rest } = value;
  return rest;
}

/** Where the things that it names are shown. Whoever wrote it chose the names: only what has the form of one leads there. */
function links(found) {
  const payload = (isOwnRecord(found.value) ? found.value.body : found.value?.payload) ?? {};
  const rows = [];
  const leads = (name, address, text) => rows.push([name, el("a", { href: address }, text)]);
  if (found.event_type === "gate_decision") leads("Decision", href("approvals", [found.id]), "what was decided, and from what");
  if (isDecision(payload.decision)) leads("Decision", href("approvals", [payload.decision]), short(payload.decision, 24));
  if (found.kind.startsWith("chancery/proposal/")) leads("Proposal", href("governance", [found.id]), "votes and fingerprint");
  if (isRecordId(payload.proposal)) leads("Proposal", href("governance", [payload.proposal]), short(payload.proposal, 24));
  return rows;
}

function signatures(found) {
  const value = found.value ?? {};
  const list = Array.isArray(value.signatures) ? value.signatures.filter((one) => one?.value) : Object.entries(value.signatures ?? {}).map(
    ([suite, text]) => ({ suite, value: typeof text === "string" ? text : JSON.stringify(text) }),
  );
  if (typeof value.signature === "string") list.push({ suite: "Ed25519", value: value.signature });
  if (list.length === 0) return card(
    "Signatures",
    null,
    el(
      "p.soft",
      "It is sealed in a batch: one signature of its agent covers it and others, and the seal is a record of its own.",
    ),
  );
  return card(
    "Signatures",
    el("small", plural(list.length, "signature")),
    table("Signatures", [
      { name: "Suite", cell: (one) => badge(one.suite ?? one.algorithm ?? "–", "accent") },
      { name: "Key", cell: (one) => (one.key ? copyable(one.key, short(one.key, 20)) : el("span.faint", "of the identity")) },
      { name: "Value", cell: (one) => copyable(one.value, short(one.value, 28)) },
    ], list),
    el(
      "p.soft",
      "This page checks that the record stands in the log. Whether the agent's own signature is valid under its identity is checked by ",
    ),
    command("chancery verify FILE --identity DOCUMENT"),
  );
}

function save(found) {
  const url = URL.createObjectURL(new Blob([found.bytes], { type: "application/octet-stream" }));
  return el("a", { href: url, download: `record-${found.position}.json` }, "save");
}

// MARK: the proof

function proofCard(found, signal) {
  const list = el("ul.checks", el("li", icon("open"), "Working it out…"));
  const aside = el("small", "checked in this browser");
  prove(found, signal).then(
    (steps) => list.replaceChildren(
      ...steps.map(
        ([state, title, ...details]) => el(
          `li.${state}`,
          icon(state),
          el("span", {}, title),
          details.filter(Boolean).map((detail) => el("small", {}, detail)),
        ),
      )
    ),
    (error) => error.name === "AbortError" || list.replaceChildren(trouble(error)),
  );
  return card(
    "Stands in the log",
    aside,
    list,
    el(
      "details",
      el("summary", "Check it without this page"),
      el(
        "div.stack",
        command(`chancery log prove ${found.position} --record-out record.json --out record.tlog-proof`),
        command("chancery log verify record.tlog-proof --record record.json --log-keys KEYS"),
      ),
    ),
  );
}

/** The way from the bytes to the signed root, each step recomputed. */
async function prove(found, signal) {
  const digest = hex(await sha256(found.bytes));
  const entry = entryOf(found.kind, found.id, digest);
  const leaf = await leafHash(entry);
  const steps = [["good", "SHA-256 of the bytes", copyable(digest)], ["good", "Leaf of the log", copyable(hex(leaf))]];
  if (found.entry !== undefined && found.entry !== textOf(entry)) steps.push(["bad", "The server states another entry for these bytes"]);
  if (isOwnRecord(found.value) && found.id.length === 64) {
    const isOwn = idOf(canonical(found.value.body)) === found.id;
    steps.push(isOwn ? ["good", "The id is SHA3-256 of the body"] : ["bad", "The id is not that of the body"]);
  }
  let text;
  try {
    text = await getText(`/v1/log/proofs/${found.position}`, {}, signal);
  } catch (error) {
    if (error instanceof Problem && error.isAbsent) return [
      ...steps,
      ["warn", "No checkpoint covers it yet", "chancery log checkpoint signs the next one"],
    ];
    throw error;
  }
  const proof = readProof(text);
  const { checkpoint } = proof;
  const root = await rootFromPath(proof.index, checkpoint.size, leaf, proof.path);
  const leads = proof.index === found.position && root !== null && hex(root) === hex(checkpoint.root);
  steps.push(
    leads ? [
      "good",
      `The path of ${plural(proof.path.length, "hash", "hashes")} leads to the root`,
      copyable(hex(root)),
    ] : ["bad", "The path does not lead to the root of the checkpoint"],
  );
  const lines = await checkLines(checkpoint, await logKeys(signal));
  for (const line of lines) {
    const state = { valid: "good", unchecked: "warn" }[line.state] ?? "bad";
    steps.push([state, `${SUITES[line.kind]} line of the checkpoint: ${line.state}`, line.detail]);
  }
  steps.push(["open", `Checkpoint of ${number(checkpoint.size)} records`, `origin ${checkpoint.origin}`]);
  return steps;
}
