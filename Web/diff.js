// Which lines differ between two texts.

/**
 * The lines of both texts in order, each `same`, `removed` or `added`. The common beginning and end are set aside; of the
 * rest the longest common part is found where that is cheap, else all of it counts as replaced.
 * @returns {["same" | "removed" | "added", string][]}
 */
export function changes(before, after) {
  const [old, fresh] = [before.replace(/\n$/, "").split("\n"), after.replace(/\n$/, "").split("\n")];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++;
  let end = 0;
  while (end < old.length - start && end < fresh.length - start && old.at(-1 - end) === fresh.at(-1 - end)) end++;
  return [
    ...old.slice(0, start).map((line) => ["same", line]),
    ...middle(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)),
    ...old.slice(old.length - end).map((line) => ["same", line]),
  ];
}

function middle(old, fresh) {
  if (old.length * fresh.length > 4_000_000) return [
    ...old.map((line) => ["removed", line]),
    ...fresh.map((line) => ["added", line])
  ];
  const lengths = Array.from({ length: old.length + 1 }, () => new Uint32Array(fresh.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      lengths[i][j] = old[i] === fresh[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const parts = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      parts.push(["same", old[i++]]);
      j++;
    } else if (i < old.length && (j === fresh.length || lengths[i + 1][j] >= lengths[i][j + 1])) parts.push(["removed", old[i++]]);
    else parts.push(["added", fresh[j++]]);
  }
  return parts;
}
