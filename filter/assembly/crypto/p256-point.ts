/**
 * Points of P-256 (NIST SP 800-186, section 3.2.1.3) in Jacobian coordinates X, Y, Z, 40 bytes each; Z is 0 for the
 * point at infinity only, and then all its limbs are. Table entries have Z^2 and Z^3 behind them.
 */

import { add, copy, LIMBS, scale, subtract } from "./limbs26";
import { isZeroNumber } from "./numbers";
import * as field from "./p256-field";

export const POINT_BYTES: usize = 120;
export const ENTRY_BYTES: usize = 200;

const Y: usize = 40;
export const Z: usize = 80;
const ZZ: usize = 120;
const ZZZ: usize = 160;

const zz: usize = memory.data(40, 8);
const zzz: usize = memory.data(40, 8);
const u: usize = memory.data(40, 8);
const s: usize = memory.data(40, 8);
const h: usize = memory.data(40, 8);
const r: usize = memory.data(40, 8);
const hh: usize = memory.data(40, 8);
const hhh: usize = memory.data(40, 8);
const v: usize = memory.data(40, 8);
const doubled: usize = memory.data(120, 8);
const doubledEntry: usize = memory.data(200, 8);

export function setInfinity(point: usize): void {
  memory.fill(point, 0, POINT_BYTES);
}

export function isInfinity(point: usize): bool {
  return isZeroNumber(point + Z, LIMBS);
}

/** Sets a point from its affine coordinates. */
export function setAffine(point: usize, x: usize, y: usize): void {
  copy(point, x);
  copy(point + Y, y);
  copy(point + Z, field.ONE);
}

/** Doubles a point in place, a = -3 (Explicit-Formulas Database, dbl-2001-b). X and Y stay within [-0.01 p, 1.01 p]. */
export function double(point: usize): void {
  const delta = zz;
  const gamma = zzz;
  const beta = u;
  const alpha = s;
  field.square(delta, point + Z);
  field.square(gamma, point + Y);
  field.multiply(beta, point, gamma);
  subtract(h, point, delta);
  scale(h, h, 3);
  add(r, point, delta);
  field.multiply(alpha, h, r);
  scale(h, point + Y, 2);
  field.multiply(point + Z, h, point + Z);
  scale(beta, beta, 4);
  field.square(point, alpha);
  subtract(point, point, beta);
  subtract(point, point, beta);
  field.tighten(point);
  subtract(h, beta, point);
  field.multiply(h, h, alpha);
  field.square(gamma, gamma);
  scale(gamma, gamma, 8);
  subtract(point + Y, h, gamma);
  field.tighten(point + Y);
}

/** Adds a table entry, or subtracts it, in place (Explicit-Formulas Database, add-1998-cmo-2, with its exceptions). */
export function addEntry(point: usize, entry: usize, negative: bool): void {
  if (isInfinity(point)) {
    memory.copy(point, entry, POINT_BYTES);
    if (negative) scale(point + Y, point + Y, -1);
    return;
  }
  field.square(zz, point + Z);
  field.multiply(zzz, zz, point + Z);
  field.multiply(u, point, entry + ZZ);
  field.multiply(s, point + Y, entry + ZZZ);
  field.multiply(h, entry, zz);
  field.multiply(r, entry + Y, zzz);
  if (negative) scale(r, r, -1);
  subtract(h, h, u);
  subtract(r, r, s);
  if (!field.isZero(h)) addDistinct(point, entry);
  else if (field.isZero(r)) double(point);
  else setInfinity(point);
}

/** The rest of an addition of points with different x, from U1, S1, H and R in `u`, `s`, `h` and `r`. */
function addDistinct(point: usize, entry: usize): void {
  field.square(hh, h);
  field.multiply(hhh, h, hh);
  field.multiply(v, u, hh);
  field.square(point, r);
  subtract(point, point, hhh);
  subtract(point, point, v);
  subtract(point, point, v);
  field.tighten(point);
  subtract(v, v, point);
  field.multiply(v, v, r);
  field.multiply(s, s, hhh);
  subtract(point + Y, v, s);
  field.tighten(point + Y);
  field.multiply(point + Z, point + Z, entry + Z);
  field.multiply(point + Z, point + Z, h);
}

function setEntry(entry: usize, point: usize): void {
  memory.copy(entry, point, POINT_BYTES);
  field.square(entry + ZZ, point + Z);
  field.multiply(entry + ZZZ, entry + ZZ, point + Z);
}

/** Fills a table with the entries of P, 3 P, 5 P, …; the point is changed. */
export function makeTable(table: usize, point: usize, count: i32): void {
  setEntry(table, point);
  memory.copy(doubled, point, POINT_BYTES);
  double(doubled);
  setEntry(doubledEntry, doubled);
  for (let i = 1; i < count; i++) {
    addEntry(point, doubledEntry, false);
    setEntry(table + <usize>i * ENTRY_BYTES, point);
  }
}
