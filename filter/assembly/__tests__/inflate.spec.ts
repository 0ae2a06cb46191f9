import { inflate } from "../bytes/inflate";
import { read } from "./text";

/** What the bytes, in hexadecimal, inflate to, or "refused". */
function inflated(hex: string, size: i32): string {
  const length = hex.length >> 1;
  const source = heap.alloc(length + 1);
  for (let i = 0; i < length; i++) {
    store<u8>(source + i, <u8>parseInt(hex.substr(i * 2, 2), 16));
  }
  const target = heap.alloc(size + 1);
  store<u8>(target + size, 0x7e);
  const written = inflate(source, length, target, size);
  assert(load<u8>(target + size) == 0x7e, "wrote behind the target");
  return written < 0 ? "refused" : read(target, written);
}

describe("inflate", () => {
  it("reads stored blocks", () => {
    expect(inflated("010000ffff", 0)).toBe("");
    expect(inflated("010300fcff616263", 3)).toBe("abc");
    expect(inflated("000100feff61010200fdff6263", 3)).toBe("abc");
  });

  it("reads blocks with the fixed codes", () => {
    expect(inflated("0300", 0)).toBe("");
    expect(inflated("4b4c4a0600", 3)).toBe("abc");
    expect(inflated("4b040100", 5)).toBe("aaaaa");
    expect(inflated("cb48cdc9c957c8409000", 17)).toBe("hello hello hello");
  });

  it("reads several blocks, aligned to bytes or not", () => {
    expect(inflated("4a4c4a06000000ffff0300", 3)).toBe("abc");
  });

  it("refuses what does not fit", () => {
    expect(inflated("4b4c4a0600", 4)).toBe("abc");
    expect(inflated("4b4c4a0600", 2)).toBe("refused");
    expect(inflated("4b040100", 4)).toBe("refused");
    expect(inflated("010300fcff616263", 2)).toBe("refused");
  });

  it("refuses what is cut short and what goes on behind the last block", () => {
    expect(inflated("", 0)).toBe("refused");
    expect(inflated("4b4c4a06", 3)).toBe("refused");
    expect(inflated("010300fcff6162", 3)).toBe("refused");
    expect(inflated("030000", 0)).toBe("refused");
    expect(inflated("010000ffff00", 0)).toBe("refused");
  });

  it("refuses what RFC 1951 does not allow", () => {
    expect(inflated("07", 0)).toBe("refused", "block type 3");
    expect(inflated("010300fdff616263", 3)).toBe("refused", "length and its complement");
    expect(inflated("030200", 3)).toBe("refused", "distance before the start");
    expect(inflated("fd0f000000000000", 0)).toBe("refused", "too many codes");
  });
});
