import { createArena } from "../bytes/arena";
import { createStringTable, numberString } from "../bytes/string-table";
import { Alg, DENY_CODES, Deny } from "../contract";
import * as claims from "../jose/claims";
import * as compact from "../jose/compact";
import { writeDerSignature } from "../jose/ecdsa";
import * as header from "../jose/header";
import { place, placedLength, read } from "./text";

describe("compact serialization", () => {
  it("takes exactly three parts that are not empty", () => {
    const at = place("aaa.bb.c");
    expect(compact.splitCompact(at, placedLength)).toBe(true);
    expect(read(compact.payloadAt, compact.payloadLength)).toBe("bb");
    expect(read(compact.signatureAt, compact.signatureLength)).toBe("c");
    expect(compact.signingInputLength()).toBe(6);
  });

  it("refuses every other number of parts", () => {
    const texts = [
      "",
      ".",
      "..",
      "...",
      "a",
      "a.b",
      "a.b.",
      "a..c",
      ".b.c",
      "a.b.c.",
      ".a.b.c",
      "a.b.c.d",
      "a.b.c.d.e",
    ];
    for (let i = 0; i < texts.length; i++) {
      const at = place(texts[i]);
      expect(compact.splitCompact(at, placedLength)).toBe(false, texts[i]);
    }
  });
});

function headerCode(document: string): string {
  const at = place(document);
  return DENY_CODES[header.readHeader(at, placedLength)];
}

describe("protected header", () => {
  it("reads algorithm and key id", () => {
    expect(headerCode('{"alg":"ES384","typ":"at+jwt","kid":"a\\u002fb"}')).toBe("");
    expect(header.algorithm).toBe(Alg.ES384);
    expect(read(header.kidAt, header.kidLength)).toBe("a/b");
  });

  it("refuses algorithms that it does not verify", () => {
    const names = [
      "none",
      "None",
      "nOnE",
      "",
      "HS256",
      "ES256K",
      "Ed25519",
      "eddsa",
      "PS224",
      "rs256",
      "RS256 ",
      "RS2560",
    ];
    for (let i = 0; i < names.length; i++) {
      expect(headerCode(`{"alg":"${names[i]}"}`)).toBe("alg_not_allowed", names[i]);
    }
  });

  it("refuses what is not a header", () => {
    const documents = [
      "",
      "[]",
      "null",
      '"RS256"',
      "{}",
      '{"alg":null}',
      '{"alg":["RS256"]}',
      '{"alg":"RS256","kid":7}',
      '{"alg":"RS256","alg":"none"}',
      '{"alg":"RS256","\\u0061lg":"none"}',
      '{"alg":"RS256"}x',
      '{"alg":"RS256",}',
      '{"alg":"RS256","jku":"https://a"}',
      '{"alg":"RS256","jwk":{}}',
      '{"alg":"RS256","x5c":[]}',
      '{"alg":"RS256","x5u":"https://a"}',
    ];
    for (let i = 0; i < documents.length; i++) {
      expect(headerCode(documents[i])).toBe("header_invalid", documents[i]);
    }
  });

  it("refuses extensions", () => {
    expect(headerCode('{"alg":"RS256","crit":["exp"]}')).toBe("crit_unsupported");
    expect(headerCode('{"alg":"RS256","crit":[]}')).toBe("crit_unsupported");
    expect(headerCode('{"b64":false,"alg":"RS256"}')).toBe("crit_unsupported");
  });
});

const known = createStringTable(createArena(), 4);
const READ = number("read");
const WRITE = number("write");
const API = number("api");

function number(text: string): u32 {
  const at = place(text);
  return numberString(known, at, placedLength);
}

function claimsCode(document: string): string {
  const at = place(document);
  return DENY_CODES[claims.readClaims(at, placedLength, known)];
}

function holds(numbers: usize, count: i32, wanted: u32): bool {
  for (let i = 0; i < count; i++) if (load<u32>(numbers + ((<usize>i) << 2)) == wanted) return true;
  return false;
}

describe("claims set", () => {
  it("takes the union of the scope claims, as text or array", () => {
    expect(claimsCode('{"scope":" other  read","scp":["write",7,null,"x y"],"scopes":{}}')).toBe("");
    expect(holds(claims.scopes, claims.scopeCount, READ)).toBe(true);
    expect(holds(claims.scopes, claims.scopeCount, WRITE)).toBe(true);
    expect(claims.scopeCount).toBe(2);
  });

  it("does not split an element of an array, nor an audience", () => {
    expect(claimsCode('{"scp":["read write"],"aud":"api read"}')).toBe("");
    expect(claims.scopeCount).toBe(0);
    expect(claims.audienceCount).toBe(0);
  });

  it("reads one audience or several", () => {
    expect(claimsCode('{"aud":"api"}')).toBe("");
    expect(holds(claims.audiences, claims.audienceCount, API)).toBe(true);
    expect(claimsCode('{"aud":["x","api"]}')).toBe("");
    expect(holds(claims.audiences, claims.audienceCount, API)).toBe(true);
    expect(claimsCode('{"aud":[]}')).toBe("");
    expect(claims.audienceCount).toBe(0);
  });

  it("reads times with fractions and without", () => {
    expect(claimsCode('{"exp":1800000000.5,"nbf":1.7e9}')).toBe("");
    expect(claims.expires).toBe(1_800_000_000.5);
    expect(claims.notBefore).toBe(1_700_000_000);
    expect(claimsCode("{}")).toBe("");
    expect(claims.expires).toBe(Infinity);
    expect(claims.notBefore).toBe(0);
  });

  it("refuses claims of the wrong kind", () => {
    const documents = [
      "",
      "[]",
      "null",
      '{"iss":7}',
      '{"iss":["a"]}',
      '{"iss":null}',
      '{"exp":"1800000000"}',
      '{"exp":null}',
      '{"exp":-1}',
      '{"exp":1e400}',
      '{"exp":9007199254740992}',
      '{"exp":1e20}',
      '{"nbf":"soon"}',
      '{"nbf":-1}',
      '{"aud":7}',
      '{"aud":null}',
      '{"aud":["a",7]}',
      '{"sub":"a","sub":"b"}',
      '{"iss":"a"}{}',
      '{"x":{"y":1,"y":2}}',
    ];
    for (let i = 0; i < documents.length; i++) {
      expect(claimsCode(documents[i])).toBe("claims_invalid", documents[i]);
    }
  });
});

/** Bytes of a signature from two coordinates, each the low byte of a number of `half` bytes. */
function coordinates(half: i32, r: u8, s: u8, fill: u8): usize {
  const at = heap.alloc(half * 2);
  memory.fill(at, fill, half * 2);
  store<u8>(at + half - 1, r);
  store<u8>(at + half * 2 - 1, s);
  return at;
}

const der = heap.alloc(144);

describe("ECDSA signatures", () => {
  it("writes the shortest DER form", () => {
    expect(writeDerSignature(Alg.ES256, coordinates(32, 1, 0x80, 0), 64, der)).toBe(9);
    expect(load<u64>(der)).toBe(0x0002_0201_0102_0730);
    expect(load<u8>(der, 8)).toBe(0x80);
  });

  it("uses the long form of the length where it must", () => {
    const at = coordinates(66, 1, 1, 0x55);
    store<u8>(at, 1);
    store<u8>(at + 66, 1);
    expect(writeDerSignature(Alg.ES512, at, 132, der)).toBe(3 + 2 * 68);
    expect(load<u32>(der)).toBe(0x0288_8130);
  });

  it("refuses zero, the order and beyond, and other lengths", () => {
    expect(writeDerSignature(Alg.ES256, coordinates(32, 0, 1, 0), 64, der)).toBe(0);
    expect(writeDerSignature(Alg.ES256, coordinates(32, 1, 0, 0), 64, der)).toBe(0);
    expect(writeDerSignature(Alg.ES384, coordinates(48, 0xff, 0xff, 0xff), 96, der)).toBe(0);
    expect(writeDerSignature(Alg.ES512, coordinates(66, 0xff, 0xff, 0xff), 132, der)).toBe(0);
    expect(writeDerSignature(Alg.ES256, coordinates(32, 1, 1, 0), 63, der)).toBe(0);
    expect(writeDerSignature(Alg.ES384, coordinates(32, 1, 1, 0), 64, der)).toBe(0);
    expect(writeDerSignature(Alg.RS256, coordinates(32, 1, 1, 0), 64, der)).toBe(0);
  });
});
