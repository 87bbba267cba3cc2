/*
 * SHA-256 and HMAC (FIPS 180-4, RFC 2104) for runtimes without synchronous ones, as browsers are. Written here because
 * the libraries for it are larger than all the rest of the SDK. Where there are native ones, they are used instead.
 */

const BLOCK = 64;

/** The first 32 bits of the fractions of roots of the first primes: of the standard's constants there is no list to mistype. */
function fractionsOfRoots(count: number, degree: 2 | 3): Int32Array {
  const fractions = new Int32Array(count);
  for (let prime = 2, found = 0; found < count; prime++) {
    if (Array.from({ length: prime - 2 }, (_, n) => prime % (n + 2)).includes(0)) continue;
    const power = BigInt(prime) << BigInt(32 * degree);
    // What floating point says, which is one off at most, made exact.
    let root = BigInt(Math.floor(prime ** (1 / degree) * 2 ** 32)) + 1n;
    while (root ** BigInt(degree) > power) root--;
    fractions[found++] = Number(BigInt.asIntN(32, root));
  }
  return fractions;
}

/** Where the state begins, and what each round adds; computed once, when first needed. */
let constants: { start: Int32Array; rounds: Int32Array } | undefined;

/** The SHA-256 of these bytes, one part after the other. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // A one bit, zeros, and the length in bits as 64 bits, to whole blocks.
  const padded = new Uint8Array((((length + 8) / BLOCK) | 0) * BLOCK + BLOCK);
  let at = 0;
  for (const part of parts) {
    padded.set(part, at);
    at += part.length;
  }
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, length / 2 ** 29);
  view.setUint32(padded.length - 4, length * 8);

  constants ??= { start: fractionsOfRoots(8, 2), rounds: fractionsOfRoots(64, 3) };
  const state = constants.start.slice();
  const words = new Int32Array(64);
  for (let block = 0; block < padded.length; block += BLOCK) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(block + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = word(words, i - 15);
      const b = word(words, i - 2);
      const sum = (turned(a, 7) ^ turned(a, 18) ^ (a >>> 3)) + (turned(b, 17) ^ turned(b, 19) ^ (b >>> 10));
      words[i] = sum + word(words, i - 7) + word(words, i - 16);
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [
      ...[number, number, number, number],
      ...[number, number, number, number],
    ];
    for (let i = 0; i < 64; i++) {
      const chosen = (e & f) ^ (~e & g);
      const first =
        h +
        (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) +
        chosen +
        word(constants.rounds, i) +
        word(words, i);
      const major = (a & b) ^ (a & c) ^ (b & c);
      const second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + major;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = word(state, i) + value;
  }
  const digest = new DataView(new ArrayBuffer(32));
  for (const [i, value] of state.entries()) digest.setInt32(4 * i, value);
  return new Uint8Array(digest.buffer);
}

/** The HMAC-SHA256 of these bytes, one part after the other. */
export function hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const block = new Uint8Array(BLOCK);
  block.set(key.length > BLOCK ? sha256(key) : key);
  const inner = sha256(
    block.map((byte) => byte ^ 0x36),
    ...parts,
  );
  return sha256(
    block.map((byte) => byte ^ 0x5c),
    inner,
  );
}

function turned(value: number, bits: number): number {
  return (value >>> bits) | (value << (32 - bits));
}

function word(words: Int32Array, index: number): number {
  return words[index] as number;
}
