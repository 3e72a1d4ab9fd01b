// What this browser knows of the log: the newest checkpoint under its keys, and whether it continues the one seen last.
// The last head stays in this browser, so a log that tells two stories is found by whoever came before.

import { get, getBytes, getText } from "./api.js";
import { fromBase64, hex, toBase64 } from "./bytes.js";
import { number } from "./format.js";
import { continues, TiledTree } from "./merkle.js";
import { checkLines, isSameHead, readCheckpoint, readKey } from "./note.js";

export async function logKeys(signal) {
  const told = await get("/v1/log/keys", {}, signal);
  return Promise.all(told.keys.map(async (text) => ({ text, ...(await readKey(text)) })));
}

/** The tree of a checkpoint, from the tiles that the server publishes. */
export const treeOf = (checkpoint, signal) => new TiledTree(checkpoint.size, (path) => getBytes(`/v1/log/${path}`, signal));

/** Null when there is no log. */
export async function checkpointReport(signal) {
  const { checkpoint: size } = await get("/v1/ledger/stats", {}, signal);
  if (size === null) return null;
  const text = await getText("/v1/log/checkpoint", {}, signal);
  const checkpoint = readCheckpoint(text);
  const keys = await logKeys(signal);
  const lines = await checkLines(checkpoint, keys);
  const isSigned = lines.length > 0 && lines.every((line) => line.state === "valid");
  const growth = await growthSince(checkpoint, keys, isSigned, signal);
  return { checkpoint, keys, lines, growth, root: hex(checkpoint.root) };
}

// MARK: the head seen last

const slot = (origin) => `log-head ${origin}`;
const pinOf = (keys) => keys.map((key) => key.text).sort().join("\n");

function seen(origin) {
  try {
    const { size, root, keys } = JSON.parse(localStorage.getItem(slot(origin)));
    return { size, root: fromBase64(root), keys };
  } catch {
    return null;
  }
}

const keep = (checkpoint, keys) =>
  localStorage.setItem(
    slot(checkpoint.origin),
    JSON.stringify({ size: checkpoint.size, root: toBase64(checkpoint.root), keys: pinOf(keys) }),
  );

async function growthSince(checkpoint, keys, isSigned, signal) {
  if (!isSigned) return { state: "warn", title: "Not compared with what was seen before", detail: "its signatures come first" };
  const before = seen(checkpoint.origin);
  if (!before) {
    keep(checkpoint, keys);
    return {
      state: "open",
      title: "Seen for the first time in this browser",
      detail: "the next visit will hold the log to it",
    };
  }
  if (before.keys !== pinOf(keys)) return {
    state: "bad",
    title: "The keys of the log are others than before",
    detail: "nothing says that this is the same log",
  };
  if (isSameHead(before, checkpoint)) return {
    state: "good",
    title: "The same tree as this browser saw last",
    detail: `${number(before.size)} records`,
  };
  if (checkpoint.size <= before.size) {
    return {
      state: "bad",
      title: "The log contradicts what this browser saw",
      detail: `it showed ${number(before.size)} records, and now says ${number(checkpoint.size)} with another root`,
    };
  }
  let isContinued;
  try {
    const path = await treeOf(checkpoint, signal).consistencyPath(before.size);
    isContinued = before.size === 0 || (await continues(before.size, before.root, checkpoint.size, checkpoint.root, path));
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return {
      state: "warn",
      title: "Not compared with what was seen before",
      detail: `the tiles could not be read: ${error.message}`,
    };
  }
  if (!isContinued) return {
    state: "bad",
    title: "The log does not continue what this browser saw",
    detail: `no proof leads from ${number(before.size)} records to ${number(checkpoint.size)}`,
  };
  keep(checkpoint, keys);
  return {
    state: "good",
    title: "Continues what this browser saw last",
    detail: `from ${number(before.size)} records to ${number(checkpoint.size)}, by a consistency proof made from tiles`,
  };
}
