/** ECDSA with P-256 and SHA-256 (FIPS 186-5, section 6.4.2; RFC 7518, section 3.4). */
import { add, carry, LIMB_BITS, LIMBS, subtract } from "./limbs26";
import { recode } from "./naf";
import { compareNumbers, isZeroNumber, readBigEndian, writeLittleEndian } from "./numbers";
import { multiply, Order, reduceOnce } from "./order";
import * as field from "./p256-field";
import { KEY_ENTRIES, P256Key } from "./p256-key";
import * as point from "./p256-point";
import { bytesOfTables, makeTables, SPAN, SPLITS } from "./p256-tables";
import { sha256 } from "./sha2-32";

const N: usize = memory.data<u32>([
  0x0632551, 0x272b0bf, 0x1e84f3b, 0x2b69c5e, 0x3bce6fa, 0x3ffffff, 0x3ffffff, 0x00003ff, 0x3ff0000,
  0x03fffff,
]);
const N_SQUARE: usize = memory.data<u32>([
  0x26dc3ba, 0x173037a, 0x3d8a084, 0x064a819, 0x15571bb, 0x2fb1658, 0x32392b6, 0x07f0916, 0x159d956,
  0x0384b65,
]);
const N_INVERSE: u32 = 0x200bc4f;

/** n - 2, big-endian: the exponent that inverts. */
const INVERTING: usize = memory.data<u8>([
  0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
  0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f,
]);

/** The base point G in Montgomery's form. */
const BASE_X: usize = memory.data<i32>([
  0x29143c1, 0x0c35062, 0x20179e7, 0x313fb6d, 0x35ba95f, 0x1889441, 0x3732b77, 0x1719a7e, 0x36b5375,
  0x022417d,
]);
const BASE_Y: usize = memory.data<i32>([
  0x15560a8, 0x14d5f3a, 0x05cddf2, 0x10e8679, 0x0b4ab8e, 0x087cc96, 0x08688dd, 0x36154ba, 0x18a5885,
  0x015c7fc,
]);

const BASE_WIDTH: i32 = 7;
const BASE_ENTRIES: i32 = 32;
const KEY_WIDTH: i32 = 5;

/** The tables of G, made at the first use; 0 before. */
let baseTables: usize = 0;

const order: Order = changetype<Order>(memory.data(16, 8));
const digest: usize = memory.data(32, 8);
const r: usize = memory.data(40, 8);
const s: usize = memory.data(40, 8);
const e: usize = memory.data(40, 8);
/** s^0 … s^15 in Montgomery's form. */
const powers: usize = memory.data(640, 8);
const baseScalar: usize = memory.data(40, 8);
const keyScalar: usize = memory.data(40, 8);
const baseDigits: usize = memory.data(264, 8);
const keyDigits: usize = memory.data(264, 8);
const sum: usize = memory.data(120, 8);
const x: usize = memory.data(40, 8);
const zz: usize = memory.data(40, 8);

/** Whether a signature r || s of 64 bytes is right for a key. */
export function verifyP256(key: P256Key, text: usize, textLength: i32, signature: usize, length: i32): bool {
  if (length != 64) return false;
  order.limbs = N;
  order.square = N_SQUARE;
  order.inverse = N_INVERSE;
  if (!readCoordinate(r, signature) || !readCoordinate(s, signature + 32)) return false;
  sha256(text, textLength, digest);
  readBigEndian(digest, 32, LIMB_BITS, e, LIMBS);
  invertS();
  makeScalar(baseScalar, e);
  makeScalar(keyScalar, r);
  addMultiples(key);
  return !point.isInfinity(sum) && hasCoordinateR();
}

/** Reads a number; false where it is not in [1, n - 1] (FIPS 186-5, section 6.4.2 step 1). */
function readCoordinate(target: usize, bytes: usize): bool {
  readBigEndian(bytes, 32, LIMB_BITS, target, LIMBS);
  return !isZeroNumber(target, LIMBS) && compareNumbers(target, N, LIMBS) < 0;
}

/** Sets `s` to R/s modulo n, s^(n - 2) in windows of four bits (Handbook of Applied Cryptography, 14.82). */
function invertS(): void {
  fillPowers();
  memory.copy(s, powers + <usize>(load<u8>(INVERTING) >> 4) * 40, 40);
  for (let i = 1; i < 64; i++) {
    for (let j = 0; j < 4; j++) multiply(order, s, s, s);
    const byte = <i32>load<u8>(INVERTING + (i >> 1));
    const window = (i & 1) == 0 ? byte >> 4 : byte & 15;
    if (window != 0) multiply(order, s, s, powers + <usize>window * 40);
  }
}

function fillPowers(): void {
  multiply(order, powers + 40, s, order.square);
  for (let i: usize = 80; i < 640; i += 40) multiply(order, powers + i, powers + i - 40, powers + 40);
}

/** Sets a scalar to a/s modulo n, little-endian. */
function makeScalar(target: usize, a: usize): void {
  multiply(order, x, a, s);
  reduceOnce(order, x);
  writeLittleEndian(x, LIMBS, LIMB_BITS, target, 32);
}

/** Sets `sum` to [e/s]G + [r/s]Q, all tables together from the top digits on. */
function addMultiples(key: P256Key): void {
  if (baseTables == 0) makeBaseTables();
  if (!key.hasTables) {
    makeTables(key.tables, key.point, KEY_ENTRIES);
    key.hasTables = true;
  }
  recode(baseScalar, BASE_WIDTH, baseDigits);
  recode(keyScalar, KEY_WIDTH, keyDigits);
  point.setInfinity(sum);
  for (let place = SPAN - 1; place >= 0; place--) {
    if (!point.isInfinity(sum)) point.double(sum);
    for (let split = 0; split < SPLITS; split++) {
      const at = split * SPAN + place;
      addDigit(tableOf(key.tables, split, KEY_ENTRIES), <i32>load<i8>(keyDigits + at));
      addDigit(tableOf(baseTables, split, BASE_ENTRIES), <i32>load<i8>(baseDigits + at));
    }
  }
}

function tableOf(tables: usize, split: i32, entries: i32): usize {
  return tables + <usize>(split * entries) * point.ENTRY_BYTES;
}

function addDigit(table: usize, digit: i32): void {
  if (digit == 0) return;
  point.addEntry(sum, table + <usize>(abs(digit) >> 1) * point.ENTRY_BYTES, digit < 0);
}

function makeBaseTables(): void {
  baseTables = heap.alloc(bytesOfTables(BASE_ENTRIES));
  point.setAffine(sum, BASE_X, BASE_Y);
  makeTables(baseTables, sum, BASE_ENTRIES);
}

/** Whether x of `sum` is r modulo n: X = r Z^2 or, where r + n is below p, X = (r + n) Z^2. */
function hasCoordinateR(): bool {
  field.square(zz, sum + point.Z);
  if (isCoordinate(r)) return true;
  add(r, r, N);
  carry(r);
  return compareNumbers(r, field.P, LIMBS) < 0 && isCoordinate(r);
}

function isCoordinate(a: usize): bool {
  field.enterForm(x, a);
  field.multiply(x, x, zz);
  subtract(x, x, sum);
  return field.isZero(x);
}
