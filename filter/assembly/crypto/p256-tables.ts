/**
 * Tables of multiples of one point: those of P, 2^65 P, 2^130 P and 2^195 P, by which a product takes 65 doublings
 * (Handbook of Elliptic Curve Cryptography, section 9.3.3).
 */
import { double, ENTRY_BYTES, makeTable, POINT_BYTES } from "./p256-point";

/** Digits of a scalar that one table serves. */
export const SPAN: i32 = 65;
/** Tables of a point: together they serve all digits. */
export const SPLITS: i32 = 4;

const shifted: usize = memory.data(120, 8);
const changing: usize = memory.data(120, 8);

/** Bytes of all tables of a point, for each of which odd multiples up to 2 * entries - 1 are kept. */
export function bytesOfTables(entries: i32): usize {
  return <usize>(SPLITS * entries) * ENTRY_BYTES;
}

/** Fills the tables of a point. */
export function makeTables(tables: usize, point: usize, entries: i32): void {
  memory.copy(shifted, point, POINT_BYTES);
  for (let split = 0; split < SPLITS; split++) {
    memory.copy(changing, shifted, POINT_BYTES);
    makeTable(tables + <usize>(split * entries) * ENTRY_BYTES, changing, entries);
    for (let i = 0; i < SPAN; i++) double(shifted);
  }
}
