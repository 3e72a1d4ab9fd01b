// C2SP signed notes, checkpoints and proofs, checked in the browser: docs/spec/transparency-log.md.

import { bigEndian64, concat, equal, fromStrictBase64, hex, sha256, utf8 } from "./bytes.js";
import * as mldsa from "./mldsa.js";

export const ED25519 = 1;
export const MLDSA44 = 6;
export const SUITES = { [ED25519]: "Ed25519", [MLDSA44]: "ML-DSA-44" };

/** A verifier key `name+id+base64(type ‖ key)`; the id must be that of the key. */
export async function readKey(text) {
  const [name, id, ...rest] = text.split("+");
  const bytes = fromStrictBase64(rest.join("+"));
  const [kind, key] = [bytes[0], bytes.slice(1)];
  const digest = await sha256(utf8(name), Uint8Array.of(10), bytes);
  if (hex(digest.slice(0, 4)) !== id) throw new Error(`the id of the key \`${name}\` is not that of its bytes`);
  return { name, id, kind, key };
}

/** A note: its text, and signature lines with key names and ids. */
export function readNote(text) {
  const blank = text.lastIndexOf("\n\n");
  if (blank < 0 || !text.endsWith("\n")) throw new Error("the note has no signature lines");
  const lines = text.slice(blank + 2, -1).split("\n").map((line) => {
    const match = /^\u2014 (\S+) (\S+)$/.exec(line);
    if (!match) throw new Error("a signature line is malformed");
    const bytes = fromStrictBase64(match[2]);
    return { name: match[1], id: hex(bytes.slice(0, 4)), signature: bytes.slice(4) };
  });
  return { text: text.slice(0, blank + 1), lines };
}

/** Origin, size and root of a checkpoint's text. */
export function readCheckpoint(text) {
  const note = readNote(text);
  const [origin, size, root, ...rest] = note.text.slice(0, -1).split("\n");
  if (rest.length || !/^(0|[1-9]\d{0,15})$/.test(size ?? "")) throw new Error("a checkpoint has an origin, a size and a root");
  return { origin, size: Number(size), root: fromStrictBase64(root), note, bytes: text };
}

/** A `.tlog-proof`: index, path and checkpoint. */
export function readProof(text) {
  const blank = text.indexOf("\n\n");
  const [header, index, ...path] = text.slice(0, blank).split("\n");
  const place = /^index (\d+)$/.exec(index ?? "");
  if (header !== "c2sp.org/tlog-proof@v1" || !place) throw new Error("the proof is malformed");
  return { index: Number(place[1]), path: path.map(fromStrictBase64), checkpoint: readCheckpoint(text.slice(blank + 2)) };
}

async function isSignedByEd25519(key, message, signature) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** What a log's ML-DSA-44 line signs. */
function cosignedMessage({ origin, size, root }, name, timestamp) {
  const [from, to] = [utf8(name), utf8(origin)];
  return concat(
    utf8("subtree/v1\n\0"), Uint8Array.of(from.length), from, timestamp, Uint8Array.of(to.length), to, bigEndian64(0),
    bigEndian64(size), root,
  );
}

/**
 * Checks the log's two lines under its keys.
 * @returns {Promise<{kind: number, name: string, state: "valid" | "false" | "missing" | "unchecked", detail: string, time: ?number}[]>}
 */
export async function checkLines(checkpoint, keys) {
  const results = [];
  for (const key of keys) {
    const line = checkpoint.note.lines.find((line) => line.name === key.name && line.id === key.id);
    results.push({ kind: key.kind, name: key.name, time: null, ...(await checkLine(checkpoint, key, line)) });
  }
  return results;
}

async function checkLine(checkpoint, key, line) {
  if (!line) return { state: "missing", detail: "the checkpoint has no such line" };
  if (key.name !== checkpoint.origin) return { state: "false", detail: "the key has another name than the log" };
  try {
    if (key.kind === ED25519) {
      const isValid = await isSignedByEd25519(key.key, utf8(checkpoint.note.text), line.signature);
      return verdict(isValid, "checked here by WebCrypto");
    }
    if (key.kind === MLDSA44) {
      const timestamp = line.signature.slice(0, 8);
      const time = Number(new DataView(timestamp.buffer).getBigUint64(0));
      const message = cosignedMessage(checkpoint, key.name, timestamp);
      return { ...verdict(mldsa.verify(key.key, message, line.signature.slice(8)), "checked here"), time };
    }
  } catch (error) {
    return { state: "unchecked", detail: `this browser cannot check it (${error.message}); \`chancery log verify\` does` };
  }
  return { state: "unchecked", detail: "a kind of key that this page does not know" };
}

const verdict = (isValid, how) => (
  isValid ? { state: "valid", detail: how } : { state: "false", detail: "the signature is false" }
);

/** Whether two checkpoints say the same tree. */
export const isSameHead = (left, right) => left.size === right.size && equal(left.root, right.root);
