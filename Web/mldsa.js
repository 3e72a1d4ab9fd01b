// Verification of ML-DSA-44 (FIPS 204), so that a checkpoint's post-quantum line is checked by whoever reads the page.
// It handles public values only: nothing here needs to run in constant time.

import { concat, equal } from "./bytes.js";
import { shake, shake256 } from "./keccak.js";

const Q = 8_380_417;
const [N, K, L] = [256, 4, 4];
const GAMMA1 = 1 << 17;
const GAMMA2 = (Q - 1) / 88;
const [TAU, BETA, OMEGA, DROPPED] = [39, 78, 80, 13];
const CHALLENGE = 32;
const KEY_BYTES = 32 + K * 320;
const SIGNATURE_BYTES = CHALLENGE + L * 576 + OMEGA + K;

const mod = (value) => ((value % Q) + Q) % Q;

/** Powers of 1753 in bit-reversed order. */
const ZETAS = Int32Array.from({ length: N }, (_, index) => {
  let exponent = 0;
  for (let bit = 0; bit < 8; bit++) exponent |= ((index >> bit) & 1) << (7 - bit);
  let power = 1;
  for (let step = 0; step < exponent; step++) power = (power * 1753) % Q;
  return power;
});

function ntt(poly) {
  let place = 0;
  for (let length = 128; length > 0; length >>= 1) {
    for (let start = 0; start < N; start += 2 * length) {
      const zeta = ZETAS[++place];
      for (let index = start; index < start + length; index++) {
        const turned = (zeta * poly[index + length]) % Q;
        poly[index + length] = mod(poly[index] - turned);
        poly[index] = (poly[index] + turned) % Q;
      }
    }
  }
  return poly;
}

function inverseNtt(poly) {
  let place = N;
  for (let length = 1; length < N; length <<= 1) {
    for (let start = 0; start < N; start += 2 * length) {
      const zeta = Q - ZETAS[--place];
      for (let index = start; index < start + length; index++) {
        const kept = poly[index];
        poly[index] = (kept + poly[index + length]) % Q;
        poly[index + length] = (zeta * mod(kept - poly[index + length])) % Q;
      }
    }
  }
  return poly.map((value) => (value * 8_347_681) % Q);
}

/** Numbers of `width` bits, least significant first. */
function unpack(bytes, width) {
  const values = new Int32Array(N);
  let [buffer, held, at] = [0, 0, 0];
  for (let index = 0; index < N; index++) {
    while (held < width) {
      buffer |= bytes[at++] << held;
      held += 8;
    }
    values[index] = buffer & ((1 << width) - 1);
    buffer >>>= width;
    held -= width;
  }
  return values;
}

/** A polynomial of the matrix: FIPS 204 algorithm 30. */
function matrixPoly(rho, column, row) {
  const sponge = shake(128).take(rho).take([column, row]);
  const poly = new Int32Array(N);
  for (let index = 0; index < N; ) {
    const [low, middle, high] = sponge.give(3);
    const value = low | (middle << 8) | ((high & 0x7f) << 16);
    if (value < Q) poly[index++] = value;
  }
  return poly;
}

/** The challenge: τ coefficients of ±1. FIPS 204 algorithm 29. */
function challengePoly(seed) {
  const sponge = shake(256).take(seed);
  const signs = sponge.give(8);
  const poly = new Int32Array(N);
  for (let index = N - TAU; index < N; index++) {
    let place = sponge.give(1)[0];
    while (place > index) place = sponge.give(1)[0];
    const bit = index + TAU - N;
    poly[index] = poly[place];
    poly[place] = (signs[bit >> 3] >> (bit & 7)) & 1 ? Q - 1 : 1;
  }
  return poly;
}

/** The hints, or null where they are not written in their one form. FIPS 204 algorithm 21. */
function unpackHints(bytes) {
  const hints = Array.from({ length: K }, () => new Uint8Array(N));
  let at = 0;
  for (let row = 0; row < K; row++) {
    const end = bytes[OMEGA + row];
    if (end < at || end > OMEGA) return null;
    for (const first = at; at < end; at++) {
      if (at > first && bytes[at] <= bytes[at - 1]) return null;
      hints[row][bytes[at]] = 1;
    }
  }
  return bytes.subarray(at, OMEGA).some((byte) => byte !== 0) ? null : hints;
}

/** The high part of `value` after its hint: FIPS 204 algorithms 36 and 40. */
function useHint(hint, value) {
  let low = value % (2 * GAMMA2);
  if (low > GAMMA2) low -= 2 * GAMMA2;
  const isTop = value - low === Q - 1;
  const high = isTop ? 0 : (value - low) / (2 * GAMMA2);
  if (isTop) low -= 1;
  if (!hint) return high;
  return (high + (low > 0 ? 1 : 43)) % 44;
}

/** Four values of six bits in three bytes. */
function packHigh(poly) {
  const bytes = new Uint8Array(192);
  for (let group = 0; group < 64; group++) {
    const [a, b, c, d] = poly.subarray(group * 4, group * 4 + 4);
    bytes.set([a | (b << 6), (b >> 2) | (c << 4), (c >> 4) | (d << 2)], group * 3);
  }
  return bytes;
}

/**
 * Whether `signature` is `key`'s over `message`, with a context of at most 255 bytes. FIPS 204 algorithms 3 and 8.
 * @param {Uint8Array} key
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 */
export function verify(key, message, signature, context = new Uint8Array()) {
  if (key.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES || context.length > 255) return false;
  const hints = unpackHints(signature.subarray(CHALLENGE + L * 576));
  if (!hints) return false;
  const response = Array.from({ length: L }, (_, index) => {
    const start = CHALLENGE + index * 576;
    return unpack(signature.subarray(start, start + 576), 18).map((value) => GAMMA1 - value);
  });
  if (response.some((poly) => poly.some((value) => Math.abs(value) >= GAMMA1 - BETA))) return false;

  const rho = key.subarray(0, 32);
  const seed = signature.subarray(0, CHALLENGE);
  const digest = shake256(64, shake256(64, key), [0, context.length], context, message);
  const challenge = ntt(challengePoly(seed));
  const turned = response.map((poly) => ntt(poly.map(mod)));
  const high = Array.from({ length: K }, (_, row) => {
    const top = ntt(unpack(key.subarray(32 + row * 320, 32 + row * 320 + 320), 10).map((value) => value << DROPPED));
    const sum = new Int32Array(N);
    for (let column = 0; column < L; column++) {
      const entry = matrixPoly(rho, column, row);
      for (let index = 0; index < N; index++) sum[index] = (sum[index] + entry[index] * turned[column][index]) % Q;
    }
    for (let index = 0; index < N; index++) sum[index] = mod(sum[index] - ((challenge[index] * top[index]) % Q));
    return packHigh(inverseNtt(sum).map((value, index) => useHint(hints[row][index], value)));
  });
  return equal(shake256(CHALLENGE, digest, concat(...high)), seed);
}
