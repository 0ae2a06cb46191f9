/** Public keys of Ed25519: points that are decoded once (RFC 8032, section 5.1.3). */
import { Arena, allocateIn } from "../bytes/arena";
import * as field from "./ed25519-field";
import { hasSmallOrder, POINT_BYTES, setAffine } from "./ed25519-point";
import { add, LIMBS, subtract } from "./limbs26";
import { compareNumbers } from "./numbers";

@unmanaged
export class Ed25519Key {
  /** The 32 bytes of the key. */
  encoded: usize;
  /** The point -A. */
  negative: usize;
}

const D: usize = memory.data<i32>([
  0x35978a3, 0x2d37284, 0x18ab75e, 0x1350507, 0x000700a, 0x1de7a26, 0x0740797, 0x3f9ce33, 0x0ee2b6f,
  0x01480db,
]);
/** A square root of -1. */
const ROOT_OF_MINUS_ONE: usize = memory.data<i32>([
  0x20ea0b0, 0x386c9d2, 0x2478c4e, 0x01ab4bf, 0x32f4318, 0x37ef5e9, 0x0d00993, 0x37c2cad, 0x0804fc1,
  0x00ae0c9,
]);
const ZERO: usize = memory.data(40, 8);
const ONE: usize = memory.data<i32>([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

const x: usize = memory.data(40, 8);
const y: usize = memory.data(40, 8);
const u: usize = memory.data(40, 8);
const v: usize = memory.data(40, 8);
const t: usize = memory.data(40, 8);
const difference: usize = memory.data(40, 8);
const doubled: usize = memory.data(160, 8);

/**
 * Makes a key in the arena from its 32 bytes. Returns its address, or 0 where they are not the canonical encoding of
 * a point, or the order of the point divides 8: signatures of such a key can be made without its private half.
 */
export function createEd25519Key(arena: Arena, encoded: usize): usize {
  if (!decode(encoded)) return 0;
  const point = allocateIn(arena, POINT_BYTES);
  subtract(x, ZERO, x);
  setAffine(point, x, y);
  memory.copy(doubled, point, POINT_BYTES);
  if (hasSmallOrder(doubled)) return 0;
  const key = changetype<Ed25519Key>(allocateIn(arena, offsetof<Ed25519Key>()));
  key.encoded = allocateIn(arena, 32);
  memory.copy(key.encoded, encoded, 32);
  key.negative = point;
  return changetype<usize>(key);
}

/** Decodes a point to `x` and `y`; false where there is none with that encoding. */
function decode(encoded: usize): bool {
  field.fromBytes(y, encoded);
  if (compareNumbers(y, field.canonicalOf(y), LIMBS) != 0) return false;
  const sign = <u32>(load<u8>(encoded, 31) >> 7);
  field.square(u, y);
  field.multiply(v, u, D);
  subtract(u, u, ONE);
  add(v, v, ONE);
  if (!findRoot()) return false;
  if (field.isZero(x)) return sign == 0;
  if ((load<u32>(field.canonicalOf(x)) & 1) != sign) subtract(x, ZERO, x);
  return true;
}

/** Sets `x` to a square root of u/v (RFC 8032, section 5.1.3 steps 2 and 3); false where there is none. */
function findRoot(): bool {
  field.square(t, v);
  field.multiply(t, t, v);
  field.multiply(x, t, u);
  field.square(t, t);
  field.multiply(t, t, v);
  field.multiply(t, t, u);
  field.raiseForRoot(t, t);
  field.multiply(x, x, t);
  field.square(t, x);
  field.multiply(t, t, v);
  subtract(difference, t, u);
  if (field.isZero(difference)) return true;
  add(difference, t, u);
  if (!field.isZero(difference)) return false;
  field.multiply(x, x, ROOT_OF_MINUS_ONE);
  return true;
}
