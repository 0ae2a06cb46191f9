import { createPublicKey } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { beforeAll, expect, test } from "vitest";
import { prepareJwks } from "./prepare.ts";

let rsa: JWK;
let otherRsa: JWK;
let privateRsa: JWK;
let weakRsa: JWK;
let p256: JWK;
let p521: JWK;
let ed25519: JWK;

beforeAll(async () => {
  const publicJwk = async (alg: string, options = {}) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
    return [await exportJWK(publicKey), await exportJWK(privateKey)] as const;
  };
  [rsa, privateRsa] = await publicJwk("RS256");
  [otherRsa] = await publicJwk("RS256");
  [p256] = await publicJwk("ES256");
  [p521] = await publicJwk("ES512");
  [ed25519] = await publicJwk("EdDSA");
  const modulus = `u${"A".repeat(170)}`;
  weakRsa = { kty: "RSA", n: modulus, e: "AQAB" };
});

const prepareOne = async (key: unknown) => prepareJwks({ keys: [key] });

test("an RSA key serves every RSA algorithm and carries its SPKI", async () => {
  const { keys, refused } = await prepareOne({ ...rsa, kid: "a", use: "sig" });
  const spki = createPublicKey({ key: rsa as never, format: "jwk" }).export({ type: "spki", format: "der" });
  expect(refused).toEqual([]);
  expect(keys).toEqual([
    {
      kid: "a",
      algorithms: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
      spki: spki.toString("base64url"),
    },
  ]);
});

test.each(["RS384", "PS512"])("an `alg` binds the key to it: %s", async (alg) => {
  const { keys } = await prepareOne({ ...rsa, alg });
  expect(keys.map((key) => key.algorithms)).toEqual([[alg]]);
});

test.each([{}, { alg: "EdDSA" }])("an Ed25519 key serves EdDSA: %j", async (members) => {
  const { keys, refused } = await prepareOne({ ...ed25519, ...members });
  const key = createPublicKey({ key: ed25519 as never, format: "jwk" });
  const spki = key.export({ type: "spki", format: "der" }).toString("base64url");
  expect(refused).toEqual([]);
  expect(keys).toEqual([{ algorithms: ["EdDSA"], spki }]);
});

test("an EC key serves the one algorithm of its curve", async () => {
  const { keys } = await prepareJwks({
    keys: [
      { ...p521, kid: "b" },
      { ...p256, kid: "a" },
    ],
  });
  expect(keys.map((key) => [key.kid, key.algorithms])).toEqual([
    ["a", ["ES256"]],
    ["b", ["ES512"]],
  ]);
});

test("keys that are not for signatures, or of an unknown type, are passed over", async () => {
  const keys = [
    { ...rsa, use: "enc" },
    { ...rsa, key_ops: ["encrypt"] },
    { kty: "OKP", crv: "X25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
    { kty: "future" },
  ];
  expect(await prepareJwks({ keys })).toEqual({ keys: [], refused: [] });
});

test.each([
  ["symmetric", () => ({ kty: "oct", k: "c2VjcmV0" })],
  ["private key", () => privateRsa],
  ["its modulus has 1024 bits", () => weakRsa],
  ["curve", () => ({ kty: "EC", crv: "secp256k1", x: p256.x, y: p256.y })],
  ["curve", () => ({ kty: "OKP", crv: "Ed448", x: ed25519.x })],
  ["curve", () => ({ kty: "EC", crv: "Ed25519", x: p256.x, y: p256.y })],
  ["`x`", () => ({ kty: "OKP", crv: "Ed25519" })],
  ["not a valid OKP", () => ({ ...ed25519, x: "AAAA" })],
  ["`alg`", () => ({ ...ed25519, alg: "ES256" })],
  ["`alg`", () => ({ ...rsa, alg: "ES256" })],
  ["`alg`", () => ({ ...p256, alg: "ES384" })],
  ["`alg`", () => ({ ...rsa, alg: "HS256" })],
  ["`alg`", () => ({ ...rsa, alg: 5 })],
  ["exponent", () => ({ ...rsa, e: "AQ" })],
  ["not a valid EC", () => ({ ...p256, y: p256.x })],
  ["base64url", () => ({ ...rsa, n: `${rsa.n}=` })],
  ["base64url", () => ({ ...rsa, n: "n" })],
  ["`kid`", () => ({ ...rsa, kid: 7 })],
  ["`kid`", () => ({ ...rsa, kid: "\ud800" })],
  ["`kty`", () => ({ n: rsa.n, e: rsa.e })],
  ["`key_ops`", () => ({ ...rsa, key_ops: "verify" })],
  ["`key_ops`", () => ({ ...rsa, key_ops: ["verify", "verify"] })],
  ["`key_ops`", () => ({ ...rsa, key_ops: ["verify", 1] })],
  ["not a JWK", () => null],
])("refused: %s", async (reason, key) => {
  const { keys, refused } = await prepareOne(key());
  expect(keys).toEqual([]);
  expect(refused.map((each) => each.reason)).toEqual([expect.stringMatching(reason)]);
});

test("a second key with the same `kid` and algorithm is refused, the same key twice is one", async () => {
  const first = { ...rsa, kid: "a" };
  const { keys, refused } = await prepareJwks({
    keys: [first, first, { ...otherRsa, kid: "a" }, { ...p256, kid: "a" }],
  });
  expect(keys.map((key) => key.algorithms[0]).sort()).toEqual(["ES256", "RS256"]);
  expect(refused).toEqual([{ kid: "a", reason: expect.stringContaining("same `kid`") }]);
});

test("the order of the set does not matter", async () => {
  const set = [{ ...rsa, kid: "z" }, { ...p256, kid: "a" }, otherRsa];
  expect((await prepareJwks({ keys: set })).keys).toEqual(
    (await prepareJwks({ keys: set.toReversed() })).keys,
  );
});

test.each([[undefined], [null], [[]], ["keys"], [{ keys: {} }]])("no JWK Set: %j", async (document) => {
  const { keys, refused } = await prepareJwks(document);
  expect(keys).toEqual([]);
  expect(refused).toEqual([{ reason: expect.stringContaining("not a JWK Set") }]);
});
