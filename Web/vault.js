// The vault: what it holds, in which versions, who was let in, and which keys are due.

import { all, get, optional, segment } from "./api.js";
import { badge, card, command, copyable, el, facts, table } from "./dom.js";
import { away, number, plural, short, size, stamp, tone } from "./format.js";
import * as live from "./live.js";
import { current, href, refine } from "./router.js";
import { choice, empty, every, paced, region, search, tabs } from "./view.js";

const KINDS = [
  ["", "Every kind"], ["model-weights", "Model weights"], ["lora-adapter", "LoRA adapters"], ["tokenizer", "Tokenizers"],
  ["credential", "Credentials"], ["biometric-template", "Biometric templates"], ["inference-cache", "Inference caches"],
  ["safety-model", "Safety models"], ["other", "Other"],
];
const TABS = [["artifacts", "Artifacts"], ["keys", "Keys"], ["access", "Access policy"]];

export default function vault(route, signal) {
  if (route.path.length) return artifact(route, signal);
  const tab = route.query.get("tab") ?? "artifacts";
  const standing = region(signal, () => statusOf(signal), drawStanding);
  every(10_000, signal, standing.refresh);
  const node = el(
    "div.page",
    el(
      "header",
      el("h1", "Vault"),
      el(
        "p.lead",
        "Models and credentials that open only for whoever holds a live writ. This page shows what is there, never what is in it.",
      ),
    ),
    standing.node,
    tabs("Parts of the vault", tab, TABS.map(([key, text]) => [key, text, href("vault", [], { tab: key })])),
    { artifacts, keys, access }[tab]?.(route, signal),
  );
  return { title: "Vault", node };
}

const statusOf = (signal) => optional("/v1/vault/status", (path) => get(path, {}, signal));

/** What a vault says that is unlocked; null of any other, which says nothing and refuses on record. */
async function whileOpen(signal, ask) {
  const status = await statusOf(signal);
  return status?.state === "unlocked" ? ask(status) : null;
}

const locked = () => empty(
  "The vault is locked",
  "What it holds is shown while it is unlocked: chancery vault unlock --socket PATH",
);

function drawStanding(status) {
  if (!status || status.state === "closed") return el(
    "section.card",
    empty("No vault is open here", "Make one, and serve from this home:"),
    command("chancery vault init"),
  );
  return el(
    "div.tiles",
    tile(
      "State",
      status.state,
      status.state === "unlocked" ? `locks in ${Math.ceil(status.remaining / 60)} min` : "chancery vault unlock",
      status.state === "unlocked" ? "" : "warn",
    ),
    tile("Versions", number(status.versions), "sealed"),
    tile("Keys", number(status.keys), status.due ? `${number(status.due)} due` : "none due", status.due ? "warn" : ""),
    tile(
      "Access policy",
      status.policy ? "set" : "none",
      status.policy ? "and a writ decide" : "nobody is let in",
      status.policy ? "" : "warn",
    ),
  );
}

const tile = (name, figure, note, kind = "") => el(
  `div.tile${kind && `.${kind}`}`,
  el("span.name", {}, name),
  el("span.figure", {}, figure),
  el("span.note", {}, note),
);

function artifacts(route, signal) {
  let found = [];
  const rows = region(
    signal,
    async () => (found = await whileOpen(signal, () => all("/v1/vault/artifacts", "artifacts", {}, { signal }))),
    () => drawArtifacts(found),
  );
  const change = (changes) => {
    refine(changes);
    rows.node.replaceChildren(drawArtifacts(found));
  };
  live.on("records", paced(2000, signal, rows.refresh), signal);
  return el(
    "section.card",
    el(
      "div.filters",
      search("find", "Find", route.query.get("find"), change, { placeholder: "Name or manifest", wide: true }),
      choice("kind", "Kind", KINDS, route.query.get("kind"), change),
    ),
    rows.node,
  );
}

function drawArtifacts(found) {
  if (!found) return locked();
  const { query } = current();
  const [text, kind] = [(query.get("find") ?? "").toLowerCase(), query.get("kind")];
  const rows = found.filter(
    (entry) => (!kind || entry.kind === kind) && [entry.name, entry.manifest].some(
      (field) => field.toLowerCase().includes(text),
    ),
  );
  if (found.length === 0) return empty("Nothing was put", "chancery vault put NAME FILE");
  if (rows.length === 0) return empty("Nothing fits the filter");
  return table(
    plural(rows.length, "version"),
    [
      {
        name: "Artifact",
        cell: (entry) => [
          el(
            "a",
            { href: href("vault", [entry.name], { version: entry.version }), "data-key": entry.manifest },
            el("strong", {}, entry.name),
          ),
          el("span.soft", ` v${entry.version}`),
        ],
      },
      { name: "Kind", cell: (entry) => badge(entry.kind) },
      { name: "Tier", class: "number", cell: (entry) => entry.tier },
      { name: "Size", class: "number", cell: (entry) => size(entry.length) },
      { name: "Put", class: "tight", cell: (entry) => stamp(entry.put) },
      { name: "Status", cell: (entry) => badge(entry.status, { live: "good", unlinked: "warn" }[entry.status]) },
      { name: "Manifest", class: "narrow-hide", cell: (entry) => copyable(entry.manifest, short(entry.manifest, 10)) },
    ],
    rows,
  );
}

// MARK: one artifact

function artifact(route, signal) {
  const [name] = route.path;
  const version = route.query.get("version");
  const path = `/v1/vault/artifacts/${segment(name)}`;
  const ask = () => Promise.all([get(path, { version }, signal), all(`${path}/versions`, "versions", {}, { signal })]);
  const body = region(signal, () => whileOpen(signal, ask), (found) => (found ? drawArtifact(...found) : locked()));
  const node = el(
    "div.page",
    el("header", el("h1", name), el("div.actions", el("a.button", { href: href("vault") }, "The vault"))),
    body.node,
  );
  return { title: name, node };
}

function drawArtifact(found, versions) {
  return el(
    "div.grid",
    el(
      "div.two-thirds.stack",
      card(`Version ${found.version}`, badge(found.status, { live: "good", unlinked: "warn" }[found.status]), facts([
        ["Kind", `${found.kind}, tier ${found.tier}`],
        ["Size", size(found.length)],
        ["Put", stamp(found.put)],
        ["Manifest", copyable(found.manifest)],
        ["Artifact", copyable(found.artifact)],
        ["Wrapping key", copyable(found.wrapping_key)],
        ["Description", found.description || null],
        ["Tags", found.tags.length ? found.tags.join(", ") : null],
      ])),
      card("Files", el("small", plural(found.files.length, "file")), table("Files", [
        { name: "Path", cell: (file) => el("code", {}, file.path || "–") },
        { name: "Size", class: "number", cell: (file) => size(file.length) },
        { name: "Tree", cell: (file) => copyable(file.tree, short(file.tree, 16)) },
      ], found.files)),
    ),
    el(
      "div.third.stack",
      card("Who was let in", null, found.grants.length ? table("Grants", [
        {
          name: "Agent",
          cell: (grant) => el("a", { href: href("agents", [grant.agent]) }, short(grant.agent.split(":").at(-1), 16)),
        },
        { name: "Until", cell: (grant) => `${stamp(grant.until)}, ${away(grant.until)}` },
      ], found.grants) : empty("Nobody", "A writ or a grant opens it.")),
      card("Versions", null, table("Versions", [
        {
          name: "Version",
          cell: (entry) => el("a", { href: href("vault", [entry.name], { version: entry.version }) }, `v${entry.version}`),
        },
        { name: "Put", cell: (entry) => stamp(entry.put) },
        { name: "Status", cell: (entry) => badge(entry.status, { live: "good", unlinked: "warn" }[entry.status]) },
      ], versions, { chosen: (entry) => entry.version === found.version })),
    ),
  );
}

// MARK: keys and access

function keys(route, signal) {
  const rows = region(
    signal,
    () => whileOpen(
      signal,
      () => Promise.all([all("/v1/vault/keys", "keys", {}, { signal }), all("/v1/vault/keys/due", "keys", {}, { signal })]),
    ),
    (found) => (found ? drawKeys(found[0], new Map(found[1].map((key) => [key.key, key.step]))) : locked()),
  );
  return card("Keys", el("small", "private halves are never shown"), rows.node);
}

function drawKeys(found, due) {
  if (found.length === 0) return empty("No keys are shown", "The vault is closed, or has none yet.");
  const idOf = (key) => key.id ?? key.key;
  const rows = [...found].sort((left, right) => due.has(idOf(right)) - due.has(idOf(left)));
  return [
    due.size > 0 && el("p.note-box.warn", `${plural(due.size, "key")} due: `, el("code", "chancery keys rotate --due")),
    table("Keys of the vault", [
      { name: "Key", cell: (key) => copyable(idOf(key), short(idOf(key), 22)) },
      {
        name: "State",
        cell: (key) => [
          badge(key.state ?? key.status ?? "–", tone(key.state ?? key.status)),
          due.has(idOf(key)) ? [" ", badge(due.get(idOf(key)).replaceAll("_", " "), "warn")] : null,
        ],
      },
      { name: "Algorithm", cell: (key) => key.algorithm ?? "–" },
      { name: "Generation", class: "number", cell: (key) => key.generation ?? "–" },
      {
        name: "Rotate by",
        class: "tight",
        cell: (key) => key.rotate_by ? `${stamp(key.rotate_by).slice(0, 10)}, ${away(key.rotate_by)}` : "–",
      },
      { name: "Expires", class: "tight", cell: (key) => (key.expires ? stamp(key.expires).slice(0, 10) : "–") },
    ], rows),
  ];
}

function access(route, signal) {
  const ask = (status) => (status.policy ? get("/v1/vault/policy", {}, signal) : {});
  const shown = region(signal, () => whileOpen(signal, ask), drawPolicy);
  return card("Who may open what", el("small", "and a writ, or a grant, besides"), shown.node);
}

function drawPolicy(policy) {
  if (!policy) return locked();
  if (!policy.rules) return empty("No access policy", "chancery vault policy FILE; until then nobody is let in.");
  return el("pre.code", { tabindex: 0 }, JSON.stringify(policy, null, 2));
}
