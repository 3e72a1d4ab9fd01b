// RFC 6962 trees: leaves, inclusion and consistency proofs, and tiles to make them from. Everything is recomputed here;
// nothing that the server says about a proof is believed. Sizes stay below 2^53.

import { equal, sha256, utf8 } from "./bytes.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (entry) => sha256(LEAF, entry);
export const nodeHash = (left, right) => sha256(NODE, left, right);

const half = (value) => Math.floor(value / 2);
const isOdd = (value) => value % 2 === 1;

/** The root that a leaf and its path give; null when the path has another length than index and size ask for. */
export async function rootFromPath(index, size, leaf, path) {
  if (!(index >= 0 && index < size) || [leaf, ...path].some((hash) => hash.length !== 32)) return null;
  let [place, last, hash] = [index, size - 1, leaf];
  for (const step of path) {
    if (last === 0) return null;
    if (isOdd(place) || place === last) {
      hash = await nodeHash(step, hash);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      hash = await nodeHash(hash, step);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? hash : null;
}

export async function includes(index, size, leaf, path, root) {
  const found = await rootFromPath(index, size, leaf, path);
  return found !== null && equal(found, root);
}

/** Whether a tree of `size` and `root` continues the one of `oldSize` and `oldRoot`. RFC 9162 §2.1.4.2. */
export async function continues(oldSize, oldRoot, size, root, path) {
  if (!(oldSize > 0 && oldSize <= size)) return false;
  if (oldSize === size) return path.length === 0 && equal(oldRoot, root);
  const steps = [...path];
  let [place, last] = [oldSize - 1, size - 1];
  while (isOdd(place)) [place, last] = [half(place), half(last)];
  // Where the old tree is a whole subtree of the new one, its root begins the path and is left out of it.
  const first = place === 0 ? oldRoot : steps.shift();
  if (!first) return false;
  let [before, after] = [first, first];
  for (const step of steps) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      before = await nodeHash(step, before);
      after = await nodeHash(step, after);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      after = await nodeHash(after, step);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && equal(before, oldRoot) && equal(after, root);
}

/** The largest power of two below `size`. */
function split(size) {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/** Hashes of a tree of `size` leaves, from tiles of 256 (c2sp.org/tlog-tiles). */
export class TiledTree {
  #tiles = new Map();

  /** @param {(path: string) => Promise<Uint8Array>} read gives the bytes of a tile: `tile/0/x001/067.p/8` */
  constructor(size, read) {
    this.size = size;
    this.read = read;
  }

  static path(level, index, width) {
    let digits = String(index % 1000).padStart(3, "0");
    for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
      digits = `x${String(rest % 1000).padStart(3, "0")}/${digits}`;
    }
    return `tile/${level}/${digits}${width === 256 ? "" : `.p/${width}`}`;
  }

  async #tile(level, index) {
    const atLevel = Math.floor(this.size / 256 ** level);
    const width = Math.min(256, atLevel - index * 256);
    const path = TiledTree.path(level, index, width);
    if (!this.#tiles.has(path)) this.#tiles.set(path, this.read(path));
    const bytes = await this.#tiles.get(path);
    if (bytes.length < width * 32) throw new Error(`the tile ${path} is too short`);
    return bytes;
  }

  /** The root of the `2^height` leaves from `index · 2^height` on. */
  async #perfect(height, index) {
    const level = Math.floor(height / 8);
    const rest = height % 8;
    if (rest === 0) {
      const tile = await this.#tile(level, Math.floor(index / 256));
      const at = (index % 256) * 32;
      return tile.slice(at, at + 32);
    }
    return nodeHash(await this.#perfect(height - 1, index * 2), await this.#perfect(height - 1, index * 2 + 1));
  }

  /** The root over leaves `begin` to `end`. */
  async root(begin = 0, end = this.size) {
    const size = end - begin;
    const height = Math.log2(size);
    if (Number.isInteger(height) && begin % size === 0) return this.#perfect(height, begin / size);
    const left = split(size);
    return nodeHash(await this.root(begin, begin + left), await this.root(begin + left, end));
  }

  /** The path of a leaf, from the leaf up. */
  async inclusionPath(index, begin = 0, end = this.size) {
    if (end - begin === 1) return [];
    const middle = begin + split(end - begin);
    return index < middle
      ? [...(await this.inclusionPath(index, begin, middle)), await this.root(middle, end)]
      : [...(await this.inclusionPath(index, middle, end)), await this.root(begin, middle)];
  }

  /** What shows that this tree continues its own first `oldSize` leaves. */
  async consistencyPath(oldSize, begin = 0, end = this.size, isWhole = true) {
    if (oldSize === end) return isWhole ? [] : [await this.root(begin, end)];
    const middle = begin + split(end - begin);
    return oldSize <= middle
      ? [...(await this.consistencyPath(oldSize, begin, middle, isWhole)), await this.root(middle, end)]
      : [...(await this.consistencyPath(oldSize, middle, end, false)), await this.root(begin, middle)];
  }
}

/** The entry that the log holds about a record: docs/spec/log-entry.md. */
export const entryOf = (kind, id, digest) => utf8(`{"id":"${id}","sha256":"${digest}","type":"${kind}"}`);
