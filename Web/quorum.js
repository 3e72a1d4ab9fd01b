// Votes against the bar that they must reach.

import { el } from "./dom.js";
import { number } from "./format.js";

const ONE_THIRD = { num: 1, den: 3, strict: true };

/** The threshold of a kind of proposal: its own, else the standard one; a freeze takes more than a third. */
function thresholdOf(kind, { thresholds }) {
  const own = thresholds.kinds[kind];
  if (own) return own;
  return kind === "emergency-freeze" ? { approval: ONE_THIRD, participation: null } : thresholds.standard;
}

/** The least weight that meets a share of `total`. */
export function needed({ num, den, strict }, total) {
  return strict ? Math.floor((num * total) / den) + 1 : Math.ceil((num * total) / den);
}

/** @param {{approve: number, reject: number, abstain: number, total: number}} weights */
export function quorum(weights, kind, committee) {
  const threshold = thresholdOf(kind, committee);
  // Under pbft-classic the bar depends on who votes: of those who did.
  const base = threshold.participation ? Math.max(
    weights.approve + weights.reject,
    needed(threshold.participation, weights.total),
  ) : weights.total;
  const bar = needed(threshold.approval, base);
  const missing = Math.max(0, bar - weights.approve);
  const text = `${number(weights.approve)} of ${number(weights.total)} approve, ${missing ? `${number(missing)} more needed` : "the bar is reached"}`;
  const part = (name) => el(`i.${name}`, { style: { "--part": weights[name] / weights.total } });
  return el(
    "div.quorum",
    el(
      "div.bar",
      { role: "img", "aria-label": `${text}; ${weights.reject} reject, ${weights.abstain} abstain` },
      part("approve"),
      part("reject"),
      part("abstain"),
      el("b", { style: { "--needed": Math.min(1, bar / weights.total) } }),
    ),
    el(
      "small",
      text,
      weights.reject ? `, ${number(weights.reject)} reject` : "",
      weights.abstain ? `, ${number(weights.abstain)} abstain` : "",
    ),
  );
}
