/** Ed25519 verification (RFC 8032, section 5.1.7), without the cofactor: R = [S]B - [k]A, compared as bytes. */
import { equalBytes } from "../bytes/slice";
import { Ed25519Key } from "./ed25519-key";
import * as point from "./ed25519-point";
import { columns, LIMB_BITS, LIMBS } from "./limbs26";
import { DIGITS, recode } from "./naf";
import { compareNumbers, readLittleEndian, writeLittleEndian } from "./numbers";
import { multiply, Order, reduceColumns, reduceOnce } from "./order";
import { sha512 } from "./sha2-64";

/** Most bytes of a message. */
const MAX_TEXT_BYTES: i32 = 16_384;

const L: usize = memory.data<u32>([
  0x0f5d3ed, 0x098c697, 0x1cd6581, 0x37a8bde, 0x014def9, 0x0000000, 0x0000000, 0x0000000, 0x0000000,
  0x0040000,
]);
const L_SQUARE: usize = memory.data<u32>([
  0x152d13b, 0x274997a, 0x1bea69f, 0x358f1c5, 0x3687604, 0x16f9972, 0x33d217f, 0x0f73bb1, 0x37c309a,
  0x0025046,
]);
const L_INVERSE: u32 = 0x2547e1b;

/** The base point B. */
const BASE_X: usize = memory.data<i32>([
  0x325d51a, 0x18b5823, 0x27b2c95, 0x1825496, 0x0692cc7, 0x375b717, 0x24e231f, 0x14ffb02, 0x2d3cd6e,
  0x0085a4d,
]);
const BASE_Y: usize = memory.data<i32>([
  0x2666658, 0x1999999, 0x2666666, 0x1999999, 0x2666666, 0x1999999, 0x2666666, 0x1999999, 0x2666666,
  0x0199999,
]);

const BASE_WIDTH: i32 = 7;
const BASE_ENTRIES: i32 = 32;
const KEY_WIDTH: i32 = 5;
const KEY_ENTRIES: i32 = 8;

/** B, 3 B, … 63 B, made at the first use. */
const baseTable: usize = memory.data(5120, 16);
let hasBaseTable: bool = false;
const keyTable: usize = memory.data(1280, 16);

const order: Order = changetype<Order>(memory.data(16, 8));
/** R, A and the message (RFC 8032, section 5.1.7 step 2). */
const hashed: usize = memory.data(16_448, 8);
const digest: usize = memory.data(64, 8);
/** The hash as limbs: twice as many as a scalar has. */
const wide: usize = memory.data(80, 8);
const scalar: usize = memory.data(40, 8);
const baseScalar: usize = memory.data(40, 8);
const keyScalar: usize = memory.data(40, 8);
const baseDigits: usize = memory.data(264, 8);
const keyDigits: usize = memory.data(264, 8);
const sum: usize = memory.data(160, 8);
const encoded: usize = memory.data(32, 8);

/** Whether a signature is right: 64 bytes, S in [0, L), R the canonical encoding of [S]B - [k]A. */
export function verifyEd25519(
  key: Ed25519Key,
  text: usize,
  textLength: i32,
  signature: usize,
  length: i32,
): bool {
  if (length != 64 || textLength > MAX_TEXT_BYTES) return false;
  readLittleEndian(signature + 32, 32, LIMB_BITS, scalar, LIMBS);
  if (compareNumbers(scalar, L, LIMBS) >= 0) return false;
  memory.copy(baseScalar, signature + 32, 32);
  hashToScalar(key, text, textLength, signature);
  addMultiples(key);
  point.encode(sum, encoded);
  return equalBytes(encoded, 32, signature, 32);
}

/** Sets `keyScalar` to k = SHA-512(R || A || M) modulo L (RFC 8032, section 5.1.7 step 2). */
function hashToScalar(key: Ed25519Key, text: usize, textLength: i32, signature: usize): void {
  memory.copy(hashed, signature, 32);
  memory.copy(hashed + 32, key.encoded, 32);
  memory.copy(hashed + 64, text, textLength);
  sha512(hashed, 64 + textLength, digest);
  order.limbs = L;
  order.square = L_SQUARE;
  order.inverse = L_INVERSE;
  readLittleEndian(digest, 64, LIMB_BITS, wide, 2 * LIMBS);
  for (let i: usize = 0; i < 80; i += 4) store<u64>(columns + (i << 1), <u64>load<u32>(wide + i));
  reduceColumns(order, scalar);
  multiply(order, scalar, scalar, order.square);
  reduceOnce(order, scalar);
  writeLittleEndian(scalar, LIMBS, LIMB_BITS, keyScalar, 32);
}

/** Sets `sum` to [S]B + [k](-A), both from the top digit on. */
function addMultiples(key: Ed25519Key): void {
  if (!hasBaseTable) makeBaseTable();
  memory.copy(sum, key.negative, point.POINT_BYTES);
  point.makeTable(keyTable, sum, KEY_ENTRIES);
  recode(baseScalar, BASE_WIDTH, baseDigits);
  recode(keyScalar, KEY_WIDTH, keyDigits);
  point.setNeutral(sum);
  let place = DIGITS - 1;
  while (place >= 0 && load<u8>(baseDigits + place) == 0 && load<u8>(keyDigits + place) == 0) place--;
  for (; place >= 0; place--) {
    const baseDigit = <i32>load<i8>(baseDigits + place);
    const keyDigit = <i32>load<i8>(keyDigits + place);
    point.double(sum, baseDigit != 0 || keyDigit != 0);
    if (keyDigit != 0) addDigit(keyTable, keyDigit, baseDigit != 0);
    if (baseDigit != 0) addDigit(baseTable, baseDigit, false);
  }
}

function addDigit(table: usize, digit: i32, withT: bool): void {
  const entry = table + <usize>(abs(digit) >> 1) * point.POINT_BYTES;
  point.addEntry(sum, entry, digit < 0, withT);
}

function makeBaseTable(): void {
  point.setAffine(sum, BASE_X, BASE_Y);
  point.makeTable(baseTable, sum, BASE_ENTRIES);
  hasBaseTable = true;
}
