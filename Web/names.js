// Who is behind a DID or an agent id, as far as this home knows.

import { all, optional } from "./api.js";
import { copyable, el } from "./dom.js";
import { short } from "./format.js";
import { href } from "./router.js";

const LIFETIME = 30_000;
let known = null;
let asked = 0;

/** Names by DID and agent id. Asked for again after half a minute. */
export function directory() {
  if (!known || Date.now() - asked > LIFETIME) {
    asked = Date.now();
    known = read().catch((error) => {
      known = null;
      throw error;
    });
  }
  return known;
}

async function read() {
  const [agents, identities] = await Promise.all([
    optional("/v1/agents", (path) => all(path, "agents"), []),
    optional("/v1/identities", (path) => all(path, "identities"), []),
  ]);
  const names = new Map();
  for (const identity of identities) {
    for (const id of [identity.did, identity.agent_id, identity.classical_agent_id]) names.set(id, { name: identity.name, isAgent: false });
  }
  for (const agent of agents) {
    for (const id of [agent.did, agent.agent_id]) names.set(id, { name: agent.name, isAgent: true });
  }
  return names;
}

/** The name where there is one, leading to the agent; else the id, to be copied. */
export function party(names, id) {
  const found = names.get(id);
  if (!id) return el("span.faint", "–");
  if (!found) return copyable(id, short(id.replace(/^did:pqaid:/, ""), 10));
  return found.isAgent ? el("a", { href: href("agents", [found.name]) }, found.name) : el("span", { title: id }, found.name);
}
