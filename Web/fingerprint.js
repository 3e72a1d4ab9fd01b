// The six words of a proposal, worked out from its id: docs/spec/proposal.md.

import { hex, utf8 } from "./bytes.js";
import { sha3 } from "./keccak.js";
import { WORDS } from "./words.js";

const SALT = utf8("chancery/fingerprint/v1");
const COST = 1 << 15;
const BLOCK = 8;

/** What names a signed body: SHA3-256 of its canonical text. */
export const idOf = (text) => hex(sha3(utf8(text)));

/** PBKDF2-HMAC-SHA-256 with one round, as scrypt uses it. */
async function stretch(secret, salt, bytes) {
  const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const terms = { name: "PBKDF2", hash: "SHA-256", salt, iterations: 1 };
  return new Uint8Array(await crypto.subtle.deriveBits(terms, key, bytes * 8));
}

const rotate = (value, by) => (value << by) | (value >>> (32 - by));

/** Four rows of four words each turn in columns, then in rows. */
const TURNS = [
  [0, 4, 8, 12], [5, 9, 13, 1], [10, 14, 2, 6], [15, 3, 7, 11], [0, 1, 2, 3], [5, 6, 7, 4], [10, 11, 8, 9], [15, 12, 13, 14],
];

/** Salsa20/8 in place: RFC 7914 §3. */
function salsa(words, x) {
  x.set(words);
  for (let round = 0; round < 4; round++) {
    for (const [a, b, c, d] of TURNS) {
      x[b] ^= rotate(x[a] + x[d], 7);
      x[c] ^= rotate(x[b] + x[a], 9);
      x[d] ^= rotate(x[c] + x[b], 13);
      x[a] ^= rotate(x[d] + x[c], 18);
    }
  }
  for (let index = 0; index < 16; index++) words[index] += x[index];
}

/** Mixes a block of `2 · BLOCK` parts of 16 words: RFC 7914 §4. */
function mixBlock(block, output, part, scratch) {
  part.set(block.subarray(block.length - 16));
  for (let index = 0; index < 2 * BLOCK; index++) {
    for (let word = 0; word < 16; word++) part[word] ^= block[index * 16 + word];
    salsa(part, scratch);
    // Even parts go to the first half, odd ones to the second.
    output.set(part, ((index >> 1) + (index & 1) * BLOCK) * 16);
  }
  block.set(output);
}

/** RFC 7914 §5: fills a table, then reads it in an order that depends on what was read. */
function mix(bytes) {
  const length = 32 * BLOCK;
  const block = new Int32Array(bytes.buffer);
  const [output, part, scratch] = [new Int32Array(length), new Int32Array(16), new Int32Array(16)];
  const table = new Int32Array(COST * length);
  for (let step = 0; step < COST; step++) {
    table.set(block, step * length);
    mixBlock(block, output, part, scratch);
  }
  for (let step = 0; step < COST; step++) {
    const from = (block[length - 16] & (COST - 1)) * length;
    for (let word = 0; word < length; word++) block[word] ^= table[from + word];
    mixBlock(block, output, part, scratch);
  }
  return bytes;
}

/** Six words for an id of 32 bytes. Takes a moment, on purpose. */
export async function wordsOf(id) {
  const mixed = mix(await stretch(id, SALT, 128 * BLOCK));
  const found = await stretch(id, mixed, 9);
  const bits = Array.from(found, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return Array.from({ length: 6 }, (_, index) => WORDS[parseInt(bits.slice(index * 11, index * 11 + 11), 2)]);
}
