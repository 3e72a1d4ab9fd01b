// SHAKE and SHA3-256 (FIPS 202). Lanes are pairs of 32-bit words, low word first.

const ROUNDS = 24;
const ROTATIONS = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
const LANES = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

/** The round constants come from the register of FIPS 202 §3.2.5, so that no table has to be believed. */
const CONSTANTS = (() => {
  const words = new Int32Array(ROUNDS * 2);
  let register = 1;
  for (let round = 0; round < ROUNDS; round++) {
    for (let bit = 0; bit < 7; bit++) {
      if (register & 1) {
        const place = (1 << bit) - 1;
        words[round * 2 + (place >> 5)] ^= 1 << (place & 31);
      }
      register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    }
  }
  return words;
})();

const column = new Int32Array(10);
const row = new Int32Array(10);

function permute(state) {
  for (let round = 0; round < ROUNDS; round++) {
    // θ
    for (let x = 0; x < 10; x++) column[x] = state[x] ^ state[x + 10] ^ state[x + 20] ^ state[x + 30] ^ state[x + 40];
    for (let x = 0; x < 5; x++) {
      const [next, before] = [((x + 1) % 5) * 2, ((x + 4) % 5) * 2];
      const low = column[before] ^ ((column[next] << 1) | (column[next + 1] >>> 31));
      const high = column[before + 1] ^ ((column[next + 1] << 1) | (column[next] >>> 31));
      for (let y = x * 2; y < 50; y += 10) {
        state[y] ^= low;
        state[y + 1] ^= high;
      }
    }
    // ρ and π
    let [low, high] = [state[2], state[3]];
    for (let step = 0; step < 24; step++) {
      const place = LANES[step] * 2;
      let [from, to] = ROTATIONS[step] < 32 ? [low, high] : [high, low];
      const by = ROTATIONS[step] & 31;
      const [kept, keptHigh] = [state[place], state[place + 1]];
      state[place] = by ? (from << by) | (to >>> (32 - by)) : from;
      state[place + 1] = by ? (to << by) | (from >>> (32 - by)) : to;
      [low, high] = [kept, keptHigh];
    }
    // χ
    for (let y = 0; y < 50; y += 10) {
      for (let x = 0; x < 10; x++) row[x] = state[y + x];
      for (let x = 0; x < 10; x++) state[y + x] ^= ~row[(x + 2) % 10] & row[(x + 4) % 10];
    }
    // ι
    state[0] ^= CONSTANTS[round * 2];
    state[1] ^= CONSTANTS[round * 2 + 1];
  }
}

/** Takes bytes in, gives as many as are asked for. */
class Sponge {
  #state = new Int32Array(50);
  #bytes = new Uint8Array(this.#state.buffer);
  #at = 0;
  #isGiving = false;

  constructor(rate, suffix) {
    this.rate = rate;
    this.suffix = suffix;
  }

  take(bytes) {
    for (const byte of bytes) {
      this.#bytes[this.#at++] ^= byte;
      if (this.#at === this.rate) this.#turn();
    }
    return this;
  }

  give(count) {
    if (!this.#isGiving) {
      this.#bytes[this.#at] ^= this.suffix;
      this.#bytes[this.rate - 1] ^= 0x80;
      this.#turn();
      this.#isGiving = true;
    }
    const output = new Uint8Array(count);
    for (let index = 0; index < count; index++) {
      if (this.#at === this.rate) this.#turn();
      output[index] = this.#bytes[this.#at++];
    }
    return output;
  }

  #turn() {
    permute(this.#state);
    this.#at = 0;
  }
}

export const shake = (strength) => new Sponge(200 - strength / 4, 0x1f);
export const sha3 = (bytes) => new Sponge(136, 0x06).take(bytes).give(32);

export function shake256(length, ...parts) {
  const sponge = shake(256);
  parts.forEach((part) => sponge.take(part));
  return sponge.give(length);
}
