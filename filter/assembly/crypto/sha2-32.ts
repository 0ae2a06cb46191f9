/** SHA-256 (FIPS 180-4, section 6.2). */

const BLOCK_BYTES: i32 = 64;
const ROUNDS: i32 = 64;

/** The constants of the rounds (FIPS 180-4, section 4.2.2). */
const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);
/** The initial hash value (FIPS 180-4, section 5.3.3). */
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

const state: usize = memory.data(32, 8);
const schedule: usize = memory.data(256, 8);
/** The last one or two blocks with their padding. */
const padded: usize = memory.data(128, 8);

/** Writes the 32 bytes of the hash of a message of at most 2^28 bytes to `target`. */
export function sha256(at: usize, length: i32, target: usize): void {
  memory.copy(state, INITIAL, 32);
  const rest = length & (BLOCK_BYTES - 1);
  const end = at + length - rest;
  for (; at < end; at += BLOCK_BYTES) compress(at);
  const paddedLength = pad(at, rest, length);
  for (let i = 0; i < paddedLength; i += BLOCK_BYTES) compress(padded + i);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(target + i, bswap(load<u32>(state + i)));
}

/** Pads the last `rest` bytes (FIPS 180-4, section 5.1.1); returns how many there are then. */
function pad(at: usize, rest: i32, length: i32): i32 {
  const paddedLength = rest < BLOCK_BYTES - 8 ? BLOCK_BYTES : 2 * BLOCK_BYTES;
  memory.fill(padded, 0, paddedLength);
  memory.copy(padded, at, rest);
  store<u8>(padded + rest, 0x80);
  store<u64>(padded + paddedLength - 8, bswap((<u64>length) << 3));
  return paddedLength;
}

/** Prepares the message schedule of one block (FIPS 180-4, section 6.2.2 step 1). */
function expand(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(schedule + i, bswap(load<u32>(block + i)));
  for (let w = schedule; w < schedule + 192; w += 4) {
    const a = load<u32>(w, 4);
    const b = load<u32>(w, 56);
    const sigma0 = rotr(a, 7) ^ rotr(a, 18) ^ (a >> 3);
    const sigma1 = rotr(b, 17) ^ rotr(b, 19) ^ (b >> 10);
    store<u32>(w, load<u32>(w) + sigma0 + load<u32>(w, 36) + sigma1, 64);
  }
}

/** Takes one block into the state (FIPS 180-4, section 6.2.2). */
function compress(block: usize): void {
  expand(block);
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let i: usize = 0; i < (<usize>ROUNDS) << 2; i += 4) {
    const sum1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const t1 = h + sum1 + ((e & f) ^ (~e & g)) + load<u32>(K + i) + load<u32>(schedule + i);
    const sum0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  addTo(0, a, b, c, d);
  addTo(16, e, f, g, h);
}

function addTo(offset: usize, a: u32, b: u32, c: u32, d: u32): void {
  const at = state + offset;
  store<u32>(at, load<u32>(at) + a);
  store<u32>(at, load<u32>(at, 4) + b, 4);
  store<u32>(at, load<u32>(at, 8) + c, 8);
  store<u32>(at, load<u32>(at, 12) + d, 12);
}
