import { createArena } from "../bytes/arena";
import { columns, GUARD_BYTES, multiplyLimbs, squareLimbs } from "../crypto/limbs";
import { createModulus, operand, raise } from "../crypto/montgomery";
import { DIGITS, recode, SCALAR_BYTES } from "../crypto/naf";
import * as numbers from "../crypto/numbers";

function placeBytes(bytes: u8[]): usize {
  const at = heap.alloc(bytes.length);
  for (let i = 0; i < bytes.length; i++) store<u8>(at + i, bytes[i]);
  return at;
}

/** Pseudo-random bytes: the same for the same seed. */
function noise(seed: u32, length: i32): usize {
  const at = heap.alloc(length);
  for (let i = 0; i < length; i++) {
    seed = seed * 1_664_525 + 1_013_904_223;
    store<u8>(at + i, <u8>(seed >> 24));
  }
  return at;
}

function equalRange(a: usize, b: usize, length: i32): bool {
  return memory.compare(a, b, length) == 0;
}

describe("numbers in limbs", () => {
  it("come back as the bytes that they were read from", () => {
    const limbs = heap.alloc(400);
    const back = heap.alloc(100);
    for (let length = 0; length <= 100; length++) {
      for (let bits = 26; bits <= 27; bits++) {
        const bytes = noise(length, length);
        const count = (length * 8 + bits - 1) / bits;
        numbers.readBigEndian(bytes, length, bits, limbs, count);
        for (let i = 0; i < count; i++) expect(load<u32>(limbs + i * 4) >> bits).toBe(0);
        numbers.writeBigEndian(limbs, count, bits, back, length);
        expect(equalRange(back, bytes, length)).toBe(true);
        numbers.readLittleEndian(bytes, length, bits, limbs, count);
        numbers.writeLittleEndian(limbs, count, bits, back, length);
        expect(equalRange(back, bytes, length)).toBe(true);
      }
    }
  });

  it("are compared from the highest limb on, and subtracted with their borrows", () => {
    const a = heap.alloc(12);
    const b = heap.alloc(12);
    numbers.readBigEndian(placeBytes([1, 0, 0, 0, 0, 0, 0, 0, 0]), 9, 27, a, 3);
    numbers.readBigEndian(placeBytes([0, 255, 255, 255, 255, 255, 255, 255, 255]), 9, 27, b, 3);
    expect(numbers.compareNumbers(a, b, 3)).toBe(1);
    expect(numbers.compareNumbers(b, a, 3)).toBe(-1);
    expect(numbers.compareNumbers(a, a, 3)).toBe(0);
    numbers.subtractNumber(a, b, 27, 3);
    expect(load<u32>(a)).toBe(1);
    expect(numbers.isZeroNumber(a + 4, 2)).toBe(true);
    numbers.subtractNumber(a, a, 27, 3);
    expect(numbers.isZeroNumber(a, 3)).toBe(true);
  });
});

describe("products of limbs", () => {
  it("of a number with itself are its square, for the largest limbs too", () => {
    const count = 304;
    const a = heap.alloc(GUARD_BYTES + count * 4) + GUARD_BYTES;
    memory.fill(a - GUARD_BYTES, 0, GUARD_BYTES);
    const product = heap.alloc(count * 16);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < count; i++)
        store<u32>(a + i * 4, round == 0 ? 0x7ffffff : ((i + 1) * 40_503_001) & 0x7ffffff);
      multiplyLimbs(a, a, count);
      memory.copy(product, columns, count * 16);
      squareLimbs(a, count);
      expect(equalRange(product, columns, count * 16)).toBe(true);
    }
    expect(load<u64>(product)).not.toBe(0);
  });
});

describe("powers modulo a number", () => {
  it("wrap around: 2^523 is 4 modulo 2^521 - 1", () => {
    const bytes = heap.alloc(66);
    memory.fill(bytes, 0xff, 66);
    store<u8>(bytes, 0x01);
    const modulus = createModulus(createArena(), bytes, 66, 521);
    numbers.readBigEndian(placeBytes([2]), 1, 27, operand, modulus.count);
    const power = raise(modulus, 523);
    expect(load<u32>(power)).toBe(4);
    expect(numbers.isZeroNumber(power + 4, modulus.count - 1)).toBe(true);
  });

  it("know no even modulus", () => {
    const modulus = createModulus(createArena(), placeBytes([0x80, 0x00]), 2, 16);
    expect(changetype<usize>(modulus)).toBe(0);
  });
});

describe("the non-adjacent form", () => {
  it("adds up to the scalar, with odd digits of the width", () => {
    const digits = heap.alloc(DIGITS);
    const scalar = heap.alloc(SCALAR_BYTES);
    const sum = new StaticArray<i32>(DIGITS + 8);
    for (let width = 2; width <= 8; width++) {
      memory.fill(scalar, 0, SCALAR_BYTES);
      memory.copy(scalar, noise(width, 32), 32);
      if (width == 8) memory.fill(scalar, 0xff, 32);
      recode(scalar, width, digits);
      let carried = 0;
      for (let i = 0; i < DIGITS; i++) {
        const digit = <i32>load<i8>(digits + i);
        expect(digit == 0 || ((digit & 1) == 1 && abs(digit) < 1 << (width - 1))).toBe(true);
        const value = digit + carried;
        sum[i] = value & 1;
        carried = value >> 1;
      }
      expect(carried).toBe(0);
      for (let i = 0; i < 256; i++) expect(sum[i]).toBe((load<u8>(scalar + (i >> 3)) >> <u8>(i & 7)) & 1);
      expect(sum[256]).toBe(0);
    }
  });
});
