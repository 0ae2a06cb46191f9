/** Public keys of P-256 (RFC 5480, section 2.2; validated by NIST SP 800-186, appendix D.1.1). */
import { Arena, allocateIn } from "../bytes/arena";
import { add, scale, subtract } from "./limbs26";
import * as field from "./p256-field";
import { POINT_BYTES, setAffine } from "./p256-point";
import { bytesOfTables } from "./p256-tables";

/** Odd multiples of a key in each of its tables. */
export const KEY_ENTRIES: i32 = 8;

/** A public key of P-256. */
@unmanaged
export class P256Key {
  point: usize;
  /** Room for the tables of multiples, which the first verification fills. */
  tables: usize;
  hasTables: bool;
}

/** The coefficient b in Montgomery's form. */
const B: usize = memory.data<i32>([
  0x04bddfd, 0x37d88a7, 0x090d89c, 0x32a210c, 0x2cf005c, 0x084bb5a, 0x220abf7, 0x20d0568, 0x1dd4874,
  0x030c018,
]);

const x: usize = memory.data(40, 8);
const y: usize = memory.data(40, 8);
const left: usize = memory.data(40, 8);
const right: usize = memory.data(40, 8);

/** Makes a key in the arena from its two coordinates of 32 bytes; 0 where they are of no point on the curve. */
export function createP256Key(arena: Arena, coordinates: usize): usize {
  if (!field.fromBytes(x, coordinates) || !field.fromBytes(y, coordinates + 32)) return 0;
  if (!isOnCurve()) return 0;
  const key = changetype<P256Key>(allocateIn(arena, offsetof<P256Key>()));
  key.point = allocateIn(arena, POINT_BYTES);
  key.tables = allocateIn(arena, bytesOfTables(KEY_ENTRIES));
  setAffine(key.point, x, y);
  return changetype<usize>(key);
}

/** Whether y^2 = x^3 - 3 x + b. */
function isOnCurve(): bool {
  field.square(left, y);
  field.square(right, x);
  field.multiply(right, right, x);
  subtract(left, left, right);
  scale(right, x, 3);
  add(left, left, right);
  subtract(left, left, B);
  return field.isZero(left);
}
