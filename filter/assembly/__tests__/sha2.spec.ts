import { hash } from "../crypto/sha2";
import { place, placedLength } from "./text";

const HEXADECIMAL = "0123456789abcdef";

/** The hash of a text in hexadecimal digits. */
function digestOf(hashLength: i32, text: string): string {
  const at = place(text);
  const digest = heap.alloc(hashLength);
  hash(hashLength, at, placedLength, digest);
  let digits = "";
  for (let i = 0; i < hashLength; i++) {
    const byte = <i32>load<u8>(digest + i);
    digits += HEXADECIMAL.charAt(byte >> 4) + HEXADECIMAL.charAt(byte & 15);
  }
  return digits;
}

const TWO_BLOCKS = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
const TWO_LONG_BLOCKS =
  "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

describe("SHA-2 hashes the examples of FIPS 180", () => {
  it("SHA-256", () => {
    expect(digestOf(32, "abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(digestOf(32, TWO_BLOCKS)).toBe("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    expect(digestOf(32, "a".repeat(1_000_000))).toBe(
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    );
  });

  it("SHA-384", () => {
    expect(digestOf(48, "abc")).toBe(
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    );
    expect(digestOf(48, TWO_LONG_BLOCKS)).toBe(
      "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039",
    );
  });

  it("SHA-512", () => {
    expect(digestOf(64, "abc")).toBe(
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    );
    expect(digestOf(64, TWO_LONG_BLOCKS)).toBe(
      "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
    );
  });
});
