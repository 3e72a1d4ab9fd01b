// What happens, as it happens: one stream for all pages. Records arrive in batches and are handed on once per frame, so a
// busy server does not make a busy page.

import { get } from "./api.js";

/**
 * A record as the stream tells of it: `agent` is a name, or null for what is no agent of this home; `chain` is the id that
 * the record belongs to.
 * @typedef {{position: number, kind: string, agent: ?string, chain: string, event_type: ?string, sequence: ?number,
 *   session: ?string, time: string, hash: string}} LiveRecord
 */

const listeners = new Map([["records", new Set()], ["state", new Set()], ["standing", new Set()]]);
let source = null;
let position = null;
let waiting = [];
let isDue = false;
let retry = null;
let isWanted = false;
let rest = null;
let delay = 500;

let standing = "offline";

/**
 * Calls `listener` until `signal` ends it: with batches of `records`, with each `state` (`{frozen, alerts, pending, size}`),
 * or with the `standing` of the stream: `live`, `waiting` or `offline`.
 */
export function on(what, listener, signal) {
  listeners.get(what).add(listener);
  signal?.addEventListener("abort", () => listeners.get(what).delete(listener));
}

const tell = (what, value) => listeners.get(what).forEach((listener) => listener(value));

function stand(word) {
  if (word === standing) return;
  standing = word;
  tell("standing", word);
}

/** Begins after a position, or goes on where it was. */
export function start(after = -1) {
  stop();
  position ??= after < 0 ? null : after;
  isWanted = true;
  stand("waiting");
  source = new EventSource(position === null ? "/v1/live" : `/v1/live?after=${position}`);
  source.onopen = () => {
    delay = 500;
    stand("live");
  };
  source.addEventListener("record", (event) => receive(JSON.parse(event.data), event.lastEventId));
  source.addEventListener("state", (event) => tell("state", JSON.parse(event.data)));
  source.onerror = () => {
    // A stream that ends by itself is taken up again by the browser; one that was refused is not.
    stand(navigator.onLine ? "waiting" : "offline");
    if (source.readyState !== EventSource.CLOSED) return;
    stand("offline");
    // Whether the session is over, a stream does not say.
    get("/v1/dashboard/session").catch(() => {});
    retry = setTimeout(() => start(), delay);
    delay = Math.min(delay * 2, 15_000);
  };
}

export function stop() {
  isWanted = false;
  clearTimeout(retry);
  source?.close();
  source = null;
  stand("offline");
}

// Browsers open six connections to a server, for all their tabs: one that nobody looks at lets its own go after a while.
document.addEventListener("visibilitychange", () => {
  clearTimeout(rest);
  if (document.hidden) rest = setTimeout(pause, 20_000);
  else if (isWanted && source === null) start();
});

function pause() {
  if (!isWanted) return;
  stop();
  isWanted = true;
}

function receive(data, id) {
  for (const record of [data].flat()) {
    // After a reconnect the stream may begin with what is known.
    if (position !== null && record.position <= position) continue;
    position = record.position;
    waiting.push(record);
  }
  if (Number(id) > (position ?? -1)) position = Number(id);
  if (isDue || waiting.length === 0) return;
  isDue = true;
  // Hidden pages get no frames.
  if (document.hidden) setTimeout(flush, 200);
  else requestAnimationFrame(flush);
}

function flush() {
  isDue = false;
  const records = waiting;
  waiting = [];
  tell("records", records);
}
