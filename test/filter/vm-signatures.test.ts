import {
  constants,
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  generatePrimeSync,
  type JsonWebKey,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
} from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Algorithm } from "../../controller/api/algorithms.ts";
import { createKey, type SigningKey, signText } from "./config.ts";
import { VmSignatures } from "./vm-signatures.ts";

const vm = await VmSignatures.create();
const TEXT = "text";
const hash = createHash("sha256").update(TEXT).digest();

function verifies(algorithm: Algorithm, spki: Uint8Array, signature: Uint8Array): boolean {
  return vm.verify(algorithm, spki, signature, Buffer.from(TEXT));
}

const der = (key: SigningKey): Buffer => Buffer.from(key.spki, "base64url");
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const toBytes = (value: bigint, length: number): Buffer => hex(value.toString(16).padStart(length * 2, "0"));

/** 1/a modulo n, by Euclid's algorithm. */
function inverse(a: bigint, n: bigint): bigint {
  let [r, next, x, y] = [n, a % n, 0n, 1n];
  while (next > 0n) [r, next, x, y] = [next, r % next, y, x - (r / next) * y];
  return ((x % n) + n) % n;
}

describe("RSA", () => {
  const DIGEST_INFO = hex("3031300d060960864801650304020105000420");
  const rsa = createKey("r", "RS256");
  const cubic = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 });
  const modulus = (key: KeyObject): bigint =>
    toBigInt(Buffer.from(key.export({ format: "jwk" }).n ?? "", "base64url"));

  const spkiOf = (n: bigint, e: bigint): Buffer => {
    const integer = (value: bigint) =>
      Buffer.from(value.toString(16).padStart((value.toString(16).length + 1) & ~1, "0"), "hex").toString(
        "base64url",
      );
    const jwk = { kty: "RSA", n: integer(n), e: integer(e) };
    return createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "der" });
  };

  /** A key whose modulus has exactly that many bits, which OpenSSL rounds down to an even number. */
  const rsaKeyOf = (bits: number): KeyObject => {
    const e = 65537n;
    const base64 = (value: bigint) =>
      toBytes(value, Math.ceil(value.toString(16).length / 2)).toString("base64url");
    for (;;) {
      const p = generatePrimeSync(Math.ceil(bits / 2), { bigint: true });
      const q = generatePrimeSync(Math.floor(bits / 2), { bigint: true });
      const order = (p - 1n) * (q - 1n);
      if ((p * q).toString(2).length !== bits || order % e === 0n) continue;
      const d = inverse(e, order);
      const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
      const members = Object.entries(numbers).map(([name, value]) => [name, base64(value)]);
      return createPrivateKey({ key: { kty: "RSA", ...Object.fromEntries(members) }, format: "jwk" });
    }
  };

  /** An encoded message of the key's length: what is given, with FF where `fill` stands. */
  const signEncoded = (key: KeyObject, ...parts: (Buffer | "fill")[]): Buffer => {
    const length = 256 - parts.reduce((sum, part) => sum + (part === "fill" ? 0 : part.length), 0);
    const encoded = Buffer.concat(parts.map((part) => (part === "fill" ? Buffer.alloc(length, 0xff) : part)));
    return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded);
  };

  test.each([
    ["the right one", true, hex("0001"), "fill", hex("00"), DIGEST_INFO, hash],
    ["another first byte", false, hex("0101"), "fill", hex("00"), DIGEST_INFO, hash],
    ["another block type", false, hex("0002"), "fill", hex("00"), DIGEST_INFO, hash],
    ["a zero in the padding", false, hex("0001ffff00"), "fill", hex("00"), DIGEST_INFO, hash],
    ["no separator", false, hex("0001"), "fill", hex("ff"), DIGEST_INFO, hash],
    ["no NULL", false, hex("0001"), "fill", hex("00302f300b0609608648016503040201"), hex("0420"), hash],
    [
      "another hash algorithm",
      false,
      hex("0001"),
      "fill",
      hex("003031300d060960864801650304020205000420"),
      hash,
    ],
    ["another hash", false, hex("0001"), "fill", hex("00"), DIGEST_INFO, Buffer.alloc(32)],
    ["bytes behind the hash", false, hex("0001"), "fill", hex("00"), DIGEST_INFO, hash, hex("00")],
    ["no DigestInfo", false, hex("0001"), "fill", hex("00"), hash],
  ] as const)("the encoded message must be the only one: %s", (_, expected, ...parts) => {
    expect(verifies("RS256", der(rsa), signEncoded(rsa.privateKey, ...(parts as unknown as Buffer[])))).toBe(
      expected,
    );
  });

  /** A signature that still has the length of the modulus when the modulus is added. */
  const signWithRoom = (key: SigningKey, n: bigint): { text: Buffer; signature: Buffer } => {
    for (let counter = 0; counter < 5_000; counter++) {
      const signature = signText(key, `${counter}`);
      if (toBigInt(signature) + n < 1n << 2048n) return { text: Buffer.from(`${counter}`), signature };
    }
    throw new Error("no signature leaves room");
  };

  test.each(["RS256", "PS256"] as const)(
    "%s: a signature has the length of the modulus and is below it",
    (algorithm) => {
      const n = modulus(createPublicKey(rsa.privateKey));
      const { text, signature } = signWithRoom({ ...rsa, algorithm }, n);
      expect(vm.verify(algorithm, der(rsa), signature, text)).toBe(true);
      for (const wrong of [
        Buffer.concat([hex("00"), signature]),
        signature.subarray(0, 255),
        toBytes(toBigInt(signature) + n, 256),
        toBytes(n, 256),
        Buffer.alloc(256),
        Buffer.alloc(0),
      ]) {
        expect(vm.verify(algorithm, der(rsa), wrong, text)).toBe(false);
      }
    },
  );

  test("the exponent 3 is taken, and gives no room for Bleichenbacher's forgery", () => {
    const spki = cubic.publicKey.export({ type: "spki", format: "der" });
    const key = { kid: "c", algorithm: "RS256", privateKey: cubic.privateKey, spki: "" } as const;
    expect(verifies("RS256", spki, signText(key, TEXT))).toBe(true);
    const start = Buffer.concat([hex("0001ffffffffffffffff00"), DIGEST_INFO, hash]);
    const target = toBigInt(Buffer.concat([start, Buffer.alloc(256 - start.length)]));
    let root = 0n;
    for (let bit = 683n; bit >= 0n; bit--) if ((root ^ (1n << bit)) ** 3n <= target) root ^= 1n << bit;
    const forged = toBytes(root + 1n, 256);
    expect(toBytes((root + 1n) ** 3n, 256).subarray(0, start.length)).toEqual(start);
    expect(verifies("RS256", spki, forged)).toBe(false);
  });

  test.each([
    ["1", 1n],
    ["even", 65538n],
    ["above 32 bits", (1n << 32n) + 3n],
  ])("an exponent that is %s makes no key", (_, e) => {
    const n = modulus(createPublicKey(rsa.privateKey));
    expect(vm.isKey(spkiOf(n, 3n))).toBe(true);
    expect(vm.isKey(spkiOf(n, e))).toBe(false);
  });

  test.each([
    ["even", (n: bigint) => n - 1n],
    ["one bit short", (n: bigint) => (n >> 1n) | 1n],
    ["one bit too long", (n: bigint) => (1n << 8192n) | n],
  ])("a modulus that is %s makes no key", (_, change) => {
    const n = change(modulus(createPublicKey(rsa.privateKey)));
    expect(vm.isKey(spkiOf(n, 3n))).toBe(false);
  });

  test.each([2048, 2049, 2050, 2055, 2056, 2057, 2106, 2107, 3001])(
    "a modulus of %i bits",
    (modulusLength) => {
      const privateKey = rsaKeyOf(modulusLength);
      const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
      for (const algorithm of ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const) {
        const key = { kid: "k", algorithm, privateKey, spki: "" };
        expect(verifies(algorithm, spki, signText(key, TEXT)), algorithm).toBe(true);
      }
    },
  );

  test("by PSS the bit of a modulus that the encoded message leaves out is zero", () => {
    const privateKey = rsaKeyOf(2049);
    const publicKey = createPublicKey(privateKey);
    const key = { kid: "k", algorithm: "PS256", privateKey, spki: "" } as const;
    const spki = publicKey.export({ type: "spki", format: "der" });
    const n = modulus(publicKey);
    for (let counter = 0; counter < 5_000; counter++) {
      const text = Buffer.from(`${counter}`);
      const signature = signText(key, `${counter}`);
      const encoded = publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature);
      encoded.writeUInt8(1, 0);
      if (toBigInt(encoded) >= n) continue;
      const wrong = privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encoded);
      expect(vm.verify("PS256", spki, signature, text)).toBe(true);
      expect(vm.verify("PS256", spki, wrong, text)).toBe(false);
      return;
    }
    throw new Error("no encoded message leaves room");
  });

  describe("SubjectPublicKeyInfo is read by the letter of DER", () => {
    const n = Buffer.from(rsa.privateKey.export({ format: "jwk" }).n ?? "", "base64url");
    const ALGORITHM = hex("300d06092a864886f70d0101010500");
    const long = (tag: number, content: Buffer) =>
      Buffer.concat([Buffer.of(tag, 0x81, content.length), content]);
    const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
      const content = Buffer.concat(parts);
      const length = content.length < 0x80 ? Buffer.of(content.length) : toBytes(BigInt(content.length), 2);
      const form = content.length < 0x80 ? [] : [Buffer.of(0x82)];
      return Buffer.concat([Buffer.of(tag), ...form, length, content]);
    };
    const N = tlv(2, hex("00"), n);
    const E = tlv(2, hex("010001"));
    const spki = (integers: Buffer[], algorithm = ALGORITHM, bits = hex("00")) =>
      tlv(0x30, algorithm, tlv(3, bits, tlv(0x30, ...integers)));

    test("the right form", () => {
      expect(spki([N, E])).toEqual(der(rsa));
      expect(vm.isKey(spki([N, E]))).toBe(true);
    });

    test.each([
      ["nothing", Buffer.alloc(0)],
      ["bytes behind it", Buffer.concat([spki([N, E]), hex("00")])],
      ["the last byte missing", spki([N, E]).subarray(0, -1)],
      ["a third integer", spki([N, E, E])],
      ["one integer", spki([N])],
      ["a length that is too long a form", spki([N, long(2, hex("010001"))])],
      [
        "a sequence of indefinite length",
        Buffer.concat([hex("3080"), spki([N, E]).subarray(4), hex("0000")]),
      ],
      ["a length of three bytes", Buffer.concat([hex("3083000122"), spki([N, E]).subarray(4)])],
      ["a negative modulus", spki([tlv(2, n), E])],
      ["a modulus with a zero too many", spki([tlv(2, hex("0000"), n), E])],
      ["an exponent with a zero too many", spki([N, tlv(2, hex("00010001"))])],
      ["an empty exponent", spki([N, tlv(2)])],
      ["an exponent of another type", spki([N, tlv(4, hex("010001"))])],
      ["another algorithm", spki([N, E], hex("300d06092a864886f70d01010a0500"))],
      ["no parameters", spki([N, E], hex("300b06092a864886f70d010101"))],
      ["unused bits", spki([N, E], ALGORITHM, hex("01"))],
      ["no bits", tlv(0x30, ALGORITHM, tlv(3))],
      ["bytes behind the integers", tlv(0x30, ALGORITHM, tlv(3, hex("00"), tlv(0x30, N, E), hex("00")))],
      ["bytes behind the bits", tlv(0x30, ALGORITHM, tlv(3, hex("00"), tlv(0x30, N, E)), hex("0500"))],
    ])("refused: %s", (_, bytes) => {
      expect(vm.isKey(bytes)).toBe(false);
    });
  });
});

describe("ES256", () => {
  const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const key = createKey("e", "ES256");
  const signature = signText(key, TEXT);

  test("r and s lie in [1, n - 1]", () => {
    expect(verifies("ES256", der(key), signature)).toBe(true);
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
    for (const wrong of [0n, N, N + 1n, (1n << 256n) - 1n]) {
      expect(verifies("ES256", der(key), Buffer.concat([toBytes(wrong, 32), s]))).toBe(false);
      expect(verifies("ES256", der(key), Buffer.concat([r, toBytes(wrong, 32)]))).toBe(false);
      expect(verifies("ES256", der(key), Buffer.concat([toBytes(wrong, 32), toBytes(wrong, 32)]))).toBe(
        false,
      );
    }
    expect(verifies("ES256", der(key), Buffer.concat([r, toBytes(N - toBigInt(s), 32)]))).toBe(true);
  });

  test("a point that is not on the curve, or not in this form, makes no key", () => {
    const spki = der(key);
    const flipped = Buffer.from(spki);
    flipped.writeUInt8(flipped.readUInt8(90) ^ 1, 90);
    const compressed = Buffer.concat([
      hex("3039301306072a8648ce3d020106082a8648ce3d030107032200"),
      Buffer.of(2 + (spki.readUInt8(90) & 1)),
      spki.subarray(27, 59),
    ]);
    for (const wrong of [
      flipped,
      compressed,
      Buffer.concat([spki, hex("00")]),
      Buffer.concat([spki.subarray(0, 27), Buffer.alloc(64)]),
    ]) {
      expect(vm.isKey(wrong)).toBe(false);
    }
    expect(vm.isKey(spki)).toBe(true);
  });

  test.each([
    ["G", 1n],
    ["-G", N - 1n],
    ["2 G", 2n],
    ["3 G", 3n],
  ])("sums that meet the exceptions of the addition: the key %s", (_, d) => {
    const pair = createECDH("prime256v1");
    pair.setPrivateKey(toBytes(d, 32));
    const [x, y] = [pair.getPublicKey().subarray(1, 33), pair.getPublicKey().subarray(33)].map((coordinate) =>
      coordinate.toString("base64url"),
    );
    const jwk = { kty: "EC", crv: "P-256", d: toBytes(d, 32).toString("base64url"), x, y } as const;
    const signer = { ...key, privateKey: createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" }) };
    const spki = createPublicKey(signer.privateKey).export({ type: "spki", format: "der" });
    for (let counter = 0; counter < 500; counter++) {
      const text = `${counter}`;
      expect(vm.verify("ES256", spki, signText(signer, text), Buffer.from(text)), text).toBe(true);
    }
  });

  test("a coordinate is below p", () => {
    const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
    const prefix = der(key).subarray(0, 27);
    const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
    const power = (base: bigint, exponent: bigint): bigint => {
      let result = 1n;
      for (let e = exponent; e > 0n; e >>= 1n, base = (base * base) % P)
        if (e & 1n) result = (result * base) % P;
      return result;
    };
    let x = 0n;
    let y = 0n;
    do {
      x++;
      y = power((x ** 3n - 3n * x + B + 3n * P) % P, (P + 1n) / 4n);
    } while ((y * y - x ** 3n + 3n * x - B) % P !== 0n);
    expect(vm.isKey(Buffer.concat([prefix, toBytes(x, 32), toBytes(y, 32)]))).toBe(true);
    expect(vm.isKey(Buffer.concat([prefix, toBytes(x + P, 32), toBytes(y, 32)]))).toBe(false);
  });
});

describe("EdDSA", () => {
  const P = 2n ** 255n - 19n;
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const key = createKey("o", "EdDSA");
  const signature = signText(key, TEXT);
  const little = (value: bigint): Buffer => toBytes(value, 32).reverse();
  const fromLittle = (bytes: Uint8Array): bigint => toBigInt(Buffer.from(bytes).reverse());
  const sha512 = (...parts: Uint8Array[]): Buffer =>
    createHash("sha512").update(Buffer.concat(parts)).digest();
  const spkiOf = (point: Uint8Array): Buffer => Buffer.concat([hex("302a300506032b6570032100"), point]);

  /** A signature with R the neutral element in the given encoding, right by the equation. */
  const signWithNeutral = (r: Buffer): Buffer => {
    const seed = Buffer.from(key.privateKey.export({ format: "jwk" }).d ?? "", "base64url");
    const half = fromLittle(sha512(seed).subarray(0, 32));
    const secret = (half & ((1n << 254n) - 8n)) | (1n << 254n);
    const k = fromLittle(sha512(r, der(key).subarray(12), Buffer.from(TEXT)));
    return Buffer.concat([r, little((k * secret) % L)]);
  };

  test("S lies in [0, L)", () => {
    expect(verifies("EdDSA", der(key), signature)).toBe(true);
    const s = fromLittle(signature.subarray(32));
    for (const wrong of [s + L, s + 2n * L, L, (1n << 256n) - 1n]) {
      const bytes = Buffer.concat([signature.subarray(0, 32), little(wrong)]);
      expect(verifies("EdDSA", der(key), bytes)).toBe(false);
    }
  });

  test("R must be in its canonical encoding", () => {
    expect(verifies("EdDSA", der(key), signWithNeutral(little(1n)))).toBe(true);
    expect(verifies("EdDSA", der(key), signWithNeutral(little(P + 1n)))).toBe(false);
    expect(verifies("EdDSA", der(key), signWithNeutral(little(1n | (1n << 255n))))).toBe(false);
  });

  test.each([
    ["the neutral element", 1n],
    ["the point of order 2", P - 1n],
    ["a point of order 4", 0n],
    ["a point of order 8", 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n],
  ])("a key of small order verifies nothing: %s", (_, y) => {
    for (const sign of [0n, 1n << 255n]) {
      const point = little(y | sign);
      for (let counter = 0; counter < 32; counter++) {
        const text = Buffer.from(`text ${counter}`);
        const forged = Buffer.concat([little(1n), Buffer.alloc(32)]);
        expect(vm.verify("EdDSA", spkiOf(point), forged, text)).toBe(false);
      }
    }
  });

  test("a key is the canonical encoding of a point", () => {
    expect(vm.isKey(der(key))).toBe(true);
    const small = Array.from({ length: 19 }, (_, index) => BigInt(index));
    const points = small.filter((y) => vm.isKey(spkiOf(little(y))));
    expect(points.length).toBeGreaterThan(3);
    for (const y of points) expect(vm.isKey(spkiOf(little(P + y)))).toBe(false);
    expect(vm.isKey(spkiOf(little(2n)))).toBe(false);
    expect(vm.isKey(Buffer.concat([der(key), hex("00")]))).toBe(false);
    expect(vm.isKey(der(key).subarray(0, -1))).toBe(false);
  });

  test("texts of every length up to some blocks, and of the largest token", () => {
    for (const length of [...Array.from({ length: 300 }, (_, index) => index), 16_384]) {
      const text = "x".repeat(length);
      expect(vm.verify("EdDSA", der(key), signText(key, text), Buffer.from(text)), `${length}`).toBe(true);
    }
  });
});
