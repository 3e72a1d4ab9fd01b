// How numbers, times and names are written.

const numbers = new Intl.NumberFormat("en-GB");
const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });

export const number = (value) => (value === null || value === undefined ? "–" : numbers.format(value));
export const brief = (value) => (value < 10_000 ? numbers.format(value) : compact.format(value));
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** Whatever somebody else put where a text belongs, as a text. */
export const said = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : String(value));

/** A hash or id, short enough to read; the whole is copied or linked. */
export function short(value, length = 12) {
  if (value === null || value === undefined) return "–";
  const text = said(value);
  return text.length > length + 2 ? `${text.slice(0, length)}…` : text;
}

const isHex = (value, digits) => typeof value === "string" && value.length === digits && /^[0-9a-f]*$/.test(value);

/** Whether something names a decision of the gate, and may stand in an address. */
export const isDecision = (value) => isHex(value, 128);

/** Whether something names a signed record by the SHA3-256 of its body, as proposals are named. */
export const isRecordId = (value) => isHex(value, 64);

/** A score in millionths as the decimal that policies compare with. */
export const score = (millionths) => (millionths === null || millionths === undefined ? "–" : (millionths / 1e6).toFixed(3));

export function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let index = 0;
  for (; bytes >= 1024 && index < units.length - 1; index++) bytes /= 1024;
  return `${index ? bytes.toFixed(1) : bytes} ${units[index]}`;
}

/** Of a moment in Unix seconds, milliseconds or RFC 3339. */
export const moment = (value) => new Date(typeof value === "number" && value < 1e11 ? value * 1000 : value);

const pad = (value, width = 2) => String(value).padStart(width, "0");
export const clock = (value) => {
  const time = moment(value);
  return `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
};
export const day = (value) => {
  const time = moment(value);
  return `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
};
export const stamp = (value) => (value ? `${day(value)} ${clock(value)}` : "–");

/** A span from now, in its largest unit: `in 5 min`, `3 h ago`. */
export function away(value, now = Date.now()) {
  const seconds = Math.round((moment(value) - now) / 1000);
  const length = Math.abs(seconds);
  const [unit, text] =
    length < 90 ? [1, "s"] : length < 5400 ? [60, "min"] : length < 129_600 ? [3600, "h"] : [86_400, "days"];
  const span = `${Math.round(length / unit)} ${text}`;
  return seconds > 0 ? `in ${span}` : `${span} ago`;
}

/** Characters that nobody sees, or that turn what stands beside them around. */
const HIDDEN = /[\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

const escaped = (text) =>
  Array.from({ length: text.length }, (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, "0")}`).join("");

/** A text in one line, with what hides written out. */
export const plain = (text) => said(text).replace(HIDDEN, escaped);

/** JSON for people who answer for it: what hides is written out. */
export const written = (value) => JSON.stringify(value, null, 2)?.replace(HIDDEN, escaped);

export const TONES = {
  SAFE: "good", LOW: "good", NOMINAL: "good", WATCH: "warn", MEDIUM: "warn", ALERT: "bad", HIGH: "bad", CRITICAL: "bad",
  ALLOW: "good", ALLOW_WITH_LOG: "good", RESTRICTED: "warn", REQUIRE_HUMAN: "accent", BLOCK: "bad", active: "good",
  retired: "", passed: "accent", open: "accent", rejected: "bad", expired: "", superseded: "", approved: "good",
  redeemed: "good", blocked: "bad", lapsed: "warn", waiting: "accent", allowed: "good", unlocked: "good", locked: "warn",
};
export const tone = (word) => TONES[word] ?? "";

/** The last part of a type, where the reader knows the rest: `chancery/vote/v1` → `vote`. */
export const kindName = (kind) => kind.replace(/^chancery\//, "").replace(/\/v\d+$/, "");
