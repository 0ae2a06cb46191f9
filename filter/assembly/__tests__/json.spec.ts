import * as json from "../bytes/json";
import { place, placedLength, read } from "./text";

/** Whether a text is one well-formed document. */
function isDocument(text: string): bool {
  const at = place(text);
  json.open(at, placedLength);
  return json.skipValue() && json.isAtEnd();
}

/** The string that a document is. */
function stringOf(text: string): string {
  const at = place(text);
  json.open(at, placedLength);
  return json.readString() && json.isAtEnd() ? read(json.textAt, json.textLength) : "refused";
}

/** The number that a document is; NaN where it is refused. */
function numberOf(text: string): f64 {
  const at = place(text);
  json.open(at, placedLength);
  return json.readNumber() && json.isAtEnd() ? json.number : NaN;
}

describe("well-formed documents", () => {
  it("accepts what RFC 8259 allows", () => {
    const texts = [
      "{}",
      "[]",
      " { } ",
      "[1]",
      "null",
      "true",
      "false",
      '""',
      "0",
      "-0",
      "1.5e-7",
      '{"a":{"b":[{},[],""]}}',
      "\t[1,\n2 , 3\r]",
      '{"":1}',
      '{"a":1,"b":{"a":1}}',
      '["\\u0000"]',
      '["\\ud83d\\ude00"]',
      '["😀é\u2028"]',
    ];
    for (let i = 0; i < texts.length; i++) expect(isDocument(texts[i])).toBe(true, texts[i]);
  });

  it("refuses everything else", () => {
    const texts = [
      "",
      " ",
      "{",
      "}",
      "[",
      "]",
      "[1,]",
      "[,1]",
      "[1 2]",
      "{,}",
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      "{a:1}",
      "{1:1}",
      "[1]x",
      "{}{}",
      "tru",
      "truex",
      "nul",
      "True",
      "'a'",
      '"',
      '"a',
      '"\\"',
      '"\\x"',
      '"\\u12"',
      '"\\u12g4"',
      '"\n"',
      '"\t"',
      "01",
      "1.",
      ".5",
      "+1",
      "-",
      "1e",
      "1e+",
      "0x1",
      "NaN",
      "Infinity",
      "/**/1",
      "\ufeff{}",
      '"\\ud800"',
      '"\\udc00"',
      '"\\ud800\\u0041"',
      '"\\ud800\\ud800"',
    ];
    for (let i = 0; i < texts.length; i++) expect(isDocument(texts[i])).toBe(false, texts[i]);
  });

  it("refuses a name that occurs twice in one object, however it is spelt", () => {
    expect(isDocument('{"alg":1,"alg":1}')).toBe(false);
    expect(isDocument('{"alg":1,"\\u0061lg":1}')).toBe(false);
    expect(isDocument('{"a":{"b":1,"c":2,"b":3}}')).toBe(false);
    expect(isDocument('[{"a":1},{"a":1}]')).toBe(true);
  });

  it("bounds nesting and the members of one object", () => {
    expect(isDocument("[".repeat(16) + "]".repeat(16))).toBe(true);
    expect(isDocument("[".repeat(17) + "]".repeat(17))).toBe(false);
    expect(isDocument("[".repeat(100_000))).toBe(false);
    let members = '"0":0';
    for (let i = 1; i < 512; i++) members += `,"${i.toString()}":0`;
    expect(isDocument(`{${members}}`)).toBe(true);
    expect(isDocument(`{${members},"512":0}`)).toBe(false);
  });
});

describe("UTF-8", () => {
  it("refuses overlong forms, surrogates, stray and missing continuation bytes", () => {
    const sequences: u32[] = [
      0x80c0, 0xbfc1, 0x8080e0, 0x80a0ed, 0x808080f0, 0x808090f4, 0x80, 0xff, 0xc3, 0x28c3,
    ];
    for (let i = 0; i < sequences.length; i++) {
      const at = heap.alloc(8);
      memory.fill(at, 0x22, 8);
      store<u32>(at, sequences[i], 1);
      let length = 1;
      while (length < 5 && load<u8>(at + length) != 0) length++;
      store<u8>(at + length, 0x22);
      json.open(at, length + 1);
      expect(json.readString()).toBe(false, sequences[i].toString(16));
    }
  });
});

describe("strings", () => {
  it("resolves every escape", () => {
    expect(stringOf('"a\\"\\\\\\/\\b\\f\\n\\r\\tz"')).toBe('a"\\/\b\f\n\r\tz');
    expect(stringOf('"\\u0041\\u00e9\\u20ac\\ud83d\\ude00!"')).toBe("Aé€😀!");
    expect(stringOf('"é\\u0041é"')).toBe("éAé");
  });
});

describe("numbers", () => {
  it("reads integers, fractions and exponents", () => {
    expect(numberOf("0")).toBe(0);
    expect(numberOf("1800000000")).toBe(1_800_000_000);
    expect(numberOf("9007199254740991")).toBe(9_007_199_254_740_991);
    expect(numberOf("1800000000.25")).toBe(1_800_000_000.25);
    expect(numberOf("1.8e9")).toBe(1_800_000_000);
    expect(numberOf("18000000000E-1")).toBe(1_800_000_000);
    expect(numberOf("-5")).toBe(-5);
  });

  it("makes what a double cannot hold infinite", () => {
    expect(numberOf("1e400")).toBe(Infinity);
    expect(numberOf("1e99999999999999999999")).toBe(Infinity);
    expect(numberOf("1e-99999999999999999999")).toBe(0);
  });
});
