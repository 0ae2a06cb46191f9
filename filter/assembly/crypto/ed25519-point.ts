/**
 * Points of edwards25519 (RFC 8032, section 5.1) in extended coordinates X, Y, Z, T = XY/Z, 40 bytes each. Table
 * entries hold Y + X, Y - X, 2 Z and 2 d T instead. The formulas (RFC 8032, section 5.1.4) have no exceptions.
 */
import * as field from "./ed25519-field";
import { add, copy, scale, subtract } from "./limbs26";

export const POINT_BYTES: usize = 160;

const Y: usize = 40;
const Z: usize = 80;
const T: usize = 120;

/** 2 d. */
const TWICE_D: usize = memory.data<i32>([
  0x2b2f159, 0x1a6e509, 0x3156ebd, 0x26a0a0e, 0x000e014, 0x3bcf44c, 0x0e80f2e, 0x3f39c66, 0x1dc56df,
  0x00901b6,
]);

const a: usize = memory.data(40, 8);
const b: usize = memory.data(40, 8);
const c: usize = memory.data(40, 8);
const d: usize = memory.data(40, 8);
const e: usize = memory.data(40, 8);
const f: usize = memory.data(40, 8);
const g: usize = memory.data(40, 8);
const h: usize = memory.data(40, 8);
const x: usize = memory.data(40, 8);
const doubled: usize = memory.data(160, 8);
const doubledEntry: usize = memory.data(160, 8);

/** Sets a point to the neutral element. */
export function setNeutral(point: usize): void {
  memory.fill(point, 0, POINT_BYTES);
  store<i32>(point, 1, Y);
  store<i32>(point, 1, Z);
}

/** Sets a point from its affine coordinates. */
export function setAffine(point: usize, x: usize, y: usize): void {
  copy(point, x);
  copy(point + Y, y);
  memory.fill(point + Z, 0, 40);
  store<i32>(point, 1, Z);
  field.multiply(point + T, x, y);
}

/** Doubles a point in place; T is made only where asked for, and never read. */
export function double(point: usize, withT: bool): void {
  field.square(a, point);
  field.square(b, point + Y);
  field.square(c, point + Z);
  add(e, point, point + Y);
  field.square(d, e);
  add(h, a, b);
  subtract(e, h, d);
  subtract(g, a, b);
  add(c, c, c);
  add(f, c, g);
  combine(point, withT);
}

/** X = EF, Y = GH, Z = FG, T = EH. */
function combine(point: usize, withT: bool): void {
  field.multiply(point, e, f);
  field.multiply(point + Y, g, h);
  field.multiply(point + Z, f, g);
  if (withT) field.multiply(point + T, e, h);
}

/** Adds a table entry, or subtracts it, in place; T is made only where asked for. */
export function addEntry(point: usize, entry: usize, negative: bool, withT: bool): void {
  subtract(e, point + Y, point);
  add(h, point + Y, point);
  field.multiply(a, e, negative ? entry : entry + Y);
  field.multiply(b, h, negative ? entry + Y : entry);
  field.multiply(c, point + T, entry + T);
  field.multiply(d, point + Z, entry + Z);
  subtract(e, b, a);
  add(h, b, a);
  if (negative) {
    add(f, d, c);
    subtract(g, d, c);
  } else {
    subtract(f, d, c);
    add(g, d, c);
  }
  combine(point, withT);
}

/** Sets a table entry to a point. */
function setEntry(entry: usize, point: usize): void {
  add(entry, point + Y, point);
  subtract(entry + Y, point + Y, point);
  scale(entry + Z, point + Z, 2);
  field.multiply(entry + T, point + T, TWICE_D);
}

/** Fills a table with the entries of P, 3 P, 5 P, …; the point is changed. */
export function makeTable(table: usize, point: usize, count: i32): void {
  setEntry(table, point);
  memory.copy(doubled, point, POINT_BYTES);
  double(doubled, true);
  setEntry(doubledEntry, doubled);
  for (let i = 1; i < count; i++) {
    addEntry(point, doubledEntry, false, true);
    setEntry(table + <usize>i * POINT_BYTES, point);
  }
}

/** Whether the point is the neutral element after three doublings, that is of order 8 or less; doubles it. */
export function hasSmallOrder(point: usize): bool {
  for (let i = 0; i < 3; i++) double(point, false);
  return field.isZero(point);
}

/** Encodes a point as 32 bytes (RFC 8032, section 5.1.2); Z is not 0 on any point of the curve. */
export function encode(point: usize, target: usize): void {
  field.invert(a, point + Z);
  field.multiply(x, point, a);
  field.multiply(b, point + Y, a);
  field.toBytes(b, target);
  const sign = <u8>(load<u32>(field.canonicalOf(x)) & 1);
  store<u8>(target, load<u8>(target, 31) | (sign << 7), 31);
}
