import { decodeForm, equalsDecoded } from "../bytes/form-decoding";
import { place, placedLength, read } from "./text";

const target: usize = memory.data(64);

function decoded(text: string): string {
  const at = place(text);
  return read(target, decodeForm(at, placedLength, target));
}

describe("form decoding", () => {
  it("resolves what is encoded, and leaves the rest", () => {
    expect(decoded("a%2Eb%2ec")).toBe("a.b.c");
    expect(decoded("a+b")).toBe("a b");
    expect(decoded("%%41%4%zz%")).toBe("%A%4%zz%");
    expect(decoded("%2541")).toBe("%41");
    expect(decoded("")).toBe("");
  });

  it("compares what it decodes to", () => {
    const length = decodeForm(place("token"), placedLength, target);
    const same = ["token", "%74oken", "toke%6E", "%74%6f%6B%65%6e"];
    for (let i = 0; i < same.length; i++) {
      expect(equalsDecoded(target, length, place(same[i]), placedLength)).toBe(true, same[i]);
    }
    const others = ["", "toke", "tokens", "Token", "token%00", "%2574oken"];
    for (let i = 0; i < others.length; i++) {
      expect(equalsDecoded(target, length, place(others[i]), placedLength)).toBe(false, others[i]);
    }
  });
});
