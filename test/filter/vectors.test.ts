import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { ensureVectors } from "../../tools/setup/vectors.ts";
import { nistEcdsa, nistRsa, type SignatureCase, wycheproof } from "./vectors.ts";
import { VmSignatures } from "./vm-signatures.ts";

const folder = await ensureVectors();
const vm = await VmSignatures.create();

function expectVerdicts(cases: SignatureCase[], valid: number, invalid: number): void {
  const wrong = cases.filter(
    ({ algorithm, spki, signature, text, valid }) => vm.verify(algorithm, spki, signature, text) !== valid,
  );
  expect(wrong.map(({ name }) => name)).toEqual([]);
  const right = cases.filter((each) => each.valid).length;
  expect([right, cases.length - right]).toEqual([valid, invalid]);
}

test.each([
  ["rsa_signature_2048_sha256_test.json", 9, 250],
  ["rsa_signature_2048_sha384_test.json", 7, 251],
  ["rsa_signature_2048_sha512_test.json", 8, 251],
  ["rsa_signature_3072_sha256_test.json", 8, 251],
  ["rsa_signature_3072_sha384_test.json", 7, 252],
  ["rsa_signature_3072_sha512_test.json", 8, 252],
  ["rsa_signature_4096_sha256_test.json", 7, 251],
  ["rsa_signature_4096_sha384_test.json", 7, 252],
  ["rsa_signature_4096_sha512_test.json", 7, 252],
  ["rsa_signature_8192_sha256_test.json", 7, 251],
  ["rsa_pss_2048_sha256_mgf1_32_test.json", 63, 45],
  ["rsa_pss_2048_sha384_mgf1_48_test.json", 95, 46],
  ["rsa_pss_3072_sha256_mgf1_32_test.json", 63, 45],
  ["rsa_pss_4096_sha256_mgf1_32_test.json", 63, 45],
  ["rsa_pss_4096_sha384_mgf1_48_test.json", 95, 46],
  ["rsa_pss_4096_sha512_mgf1_64_test.json", 132, 47],
  ["ecdsa_secp256r1_sha256_p1363_test.json", 173, 89],
])("Wycheproof: %s", (file, valid, invalid) => {
  expectVerdicts(wycheproof(folder, file), valid, invalid);
});

test("Wycheproof: Ed25519; keys of small order are none, others with a torsion part are taken", () => {
  expectVerdicts(wycheproof(folder, "ed25519_test.json", ["MixedOrderPublicKey"]), 138, 72);
});

test("Wycheproof: a PSS salt of another length than the hash is refused", () => {
  const cases = ["rsa_pss_4096_sha512_mgf1_32_test.json", "rsa_pss_2048_sha256_mgf1_0_test.json"]
    .flatMap((file) => wycheproof(folder, file))
    .filter(({ valid }) => valid);
  expect(cases.length).toBeGreaterThan(100);
  expect(cases.filter((each) => vm.verify(each.algorithm, each.spki, each.signature, each.text))).toEqual([]);
});

test("NIST: RSASSA-PKCS1-v1_5", () => {
  expectVerdicts(nistRsa(folder, "PKCS1-v1.5/SigVer15_186-3.rsp", "RS"), 18, 90);
});

test("NIST: RSASSA-PSS; only with 3072 bits are the salts as long as the hash", () => {
  expectVerdicts(nistRsa(folder, "PKCS1-PSS/SigVerPSS_186-3.rsp", "PS"), 9, 99);
});

test("NIST: ECDSA with P-256", () => {
  expectVerdicts(nistEcdsa(folder, "ECDSA/SigVer.rsp"), 3, 12);
});

test.each([32, 48, 64])("SHA-2 with %i bytes hashes texts of every length as OpenSSL does", (hashLength) => {
  for (let length = 0; length < 600; length++) {
    const text = Buffer.from(Array.from({ length }, (_, index) => (index * 167 + length) & 0xff));
    const expected = createHash(`sha${hashLength * 8}`)
      .update(text)
      .digest("hex");
    expect(vm.hash(hashLength, text).toString("hex"), `${length} bytes`).toBe(expected);
  }
});
