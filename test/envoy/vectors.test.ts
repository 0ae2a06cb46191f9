/** Official vectors through a real Envoy: its own verifier behind the filter's conversions, and the filter's own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ALGORITHM_NAMES } from "../../controller/api/algorithms.ts";
import { compileFilter } from "../../tools/build/filter.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { ensureVectors } from "../../tools/setup/vectors.ts";
import { configOf } from "../filter/config.ts";
import { type SignatureCase, wycheproof } from "../filter/vectors.ts";
import { type Client, openClient } from "../support/client.ts";
import { type FilterGateway, startFilterGateway } from "../support/filter-gateway.ts";

const CONNECTIONS = 16;

const vectors = await ensureVectors();
let upstream: Upstream;
let gateway: FilterGateway;
let client: Client;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-vectors-"));
  const wasmFile = join(folder, "raw-signatures.wasm");
  await compileFilter("filter/assembly/testing/raw-signatures.ts", wasmFile);
  upstream = await startUpstream();
  gateway = await startFilterGateway({
    routes: [{ prefix: "/", name: "vectors" }],
    upstreamPort: upstream.port,
    config: configOf([], []),
    wasmFile,
    serves: false,
  });
  client = openClient(gateway.url, CONNECTIONS);
});
afterAll(async () => {
  client?.close();
  await gateway?.stop();
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
});

async function verifies({ algorithm, spki, signature, text }: SignatureCase): Promise<boolean> {
  const headers: [string, string][] = [
    ["host", "vectors"],
    ["x-algorithm", `${ALGORITHM_NAMES.indexOf(algorithm)}`],
    ["x-key", spki.toString("base64url")],
    ["x-signature", signature.toString("base64url")],
    ["x-text", text.toString("base64url")],
  ];
  const { status } = await client.send({ method: "GET", path: "/", headers });
  if (status !== 200 && status !== 401) throw new Error(`status ${status}`);
  return status === 200;
}

async function expectVerdicts(cases: SignatureCase[], valid: number, invalid: number): Promise<void> {
  const verdicts = await Promise.all(cases.map(verifies));
  expect(cases.filter((each, index) => verdicts[index] !== each.valid).map(({ name }) => name)).toEqual([]);
  const right = cases.filter((each) => each.valid).length;
  expect([right, cases.length - right]).toEqual([valid, invalid]);
}

test.each([
  ["rsa_signature_2048_sha256_test.json", 9, 250],
  ["rsa_signature_2048_sha384_test.json", 7, 251],
  ["rsa_signature_2048_sha512_test.json", 8, 251],
  ["rsa_signature_3072_sha256_test.json", 8, 251],
  ["rsa_signature_4096_sha512_test.json", 7, 252],
  ["rsa_pss_2048_sha256_mgf1_32_test.json", 63, 45],
  ["rsa_pss_4096_sha512_mgf1_64_test.json", 132, 47],
  ["ecdsa_secp256r1_sha256_p1363_test.json", 173, 89],
  ["ecdsa_secp384r1_sha384_p1363_test.json", 193, 87],
  ["ecdsa_secp521r1_sha512_p1363_test.json", 231, 87],
])("Wycheproof: %s", async (file, valid, invalid) => {
  await expectVerdicts(wycheproof(vectors, file), valid, invalid);
});

test("Wycheproof: Ed25519", async () => {
  await expectVerdicts(wycheproof(vectors, "ed25519_test.json", ["MixedOrderPublicKey"]), 138, 72);
});
