import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { checkPluginConfig } from "../api/plugin-config.ts";
import { type Outcome, runCommand } from "./test-command.ts";
import { translateCommand } from "./translate.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "translate-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface RuleOptions {
  name?: string;
  host?: string;
  path?: string;
  jwksUri?: string;
}

function apiRule({
  name = "orders",
  host = "orders.example.com",
  path = "/orders",
  jwksUri,
}: RuleOptions = {}): string {
  const jwt = { authentications: [{ issuer: "https://issuer.example.com", jwksUri }] };
  return JSON.stringify({
    apiVersion: "gateway.kyma-project.io/v2",
    kind: "APIRule",
    metadata: { name, namespace: "shop" },
    spec: {
      hosts: [host],
      gateway: "edge/main",
      service: { name: "orders", port: 80 },
      rules: [{ path, methods: ["GET"], ...(jwksUri === undefined ? { noAuth: true } : { jwt }) }],
    },
  });
}

const SELECTOR = { istio: "ingressgateway" };

function gateway(protocol: string, selector?: object): string {
  return JSON.stringify({
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "main", namespace: "edge" },
    spec: { selector, servers: [{ port: { number: 9000, protocol }, hosts: ["*.example.com"] }] },
  });
}

async function save(name: string, ...documents: string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, documents.join("\n---\n"));
  return file;
}

function run(args: string[], stdin = ""): Promise<Outcome> {
  return runCommand(translateCommand, args, stdin);
}

function kinds(yaml: string): string[] {
  return parseAllDocuments(yaml).map((document) => document.toJS().kind);
}

test("an APIRule alone becomes Istio resources", async () => {
  const { stdout, stderr, exitCode } = await run(["-f", await save("rule.yaml", apiRule())]);
  expect(kinds(stdout)).toEqual(["VirtualService", "WasmPlugin"]);
  expect([stderr, exitCode]).toEqual(["", 0]);
});

test("the filter's address, digest and namespace are as asked for", async () => {
  const digest = "ab".repeat(32);
  const asked = ["--wasm-url", "oci://r.example/t:1", "--wasm-sha256", digest, "--gateway-namespace", "edge"];
  const { stdout } = await run(["-f", "-", ...asked], apiRule());
  const plugin = parseAllDocuments(stdout)[1]?.toJS();
  expect(plugin).toMatchObject({
    metadata: { namespace: "edge" },
    spec: { url: "oci://r.example/t:1", sha256: digest },
  });
});

test("several files and the standard input are one input", async () => {
  const rule = await save("rule.yaml", apiRule({ host: "orders" }));
  const { stdout, exitCode } = await run(["-f", rule, "-"], gateway("HTTP", SELECTOR));
  expect(exitCode).toBe(0);
  expect(parseAllDocuments(stdout)[0]?.toJS().spec.hosts).toEqual(["orders.example.com"]);
});

test("when one of two APIRules is refused, nothing is printed and the problem names file, rule and field", async () => {
  const good = await save("good.yaml", apiRule());
  const bad = await save("bad.yaml", apiRule({ name: "bad", host: "bad.example.com", path: "no-slash" }));
  const { stdout, stderr, exitCode } = await run(["-f", good, bad]);
  expect([stdout, exitCode]).toEqual(["", 1]);
  expect(stderr).toMatch(/^.*bad\.yaml: APIRule shop\/bad: \.spec\.rules\[0\]\.path: .+\n$/);
});

test("a document that is not YAML is named by file and line", async () => {
  const { stdout, stderr, exitCode } = await run(["-f", await save("broken.yaml", apiRule(), "a: [1")]);
  expect([stdout, exitCode]).toEqual(["", 1]);
  expect(stderr).toMatch(/broken\.yaml:3: .+/);
});

test("a file that is not there is named", async () => {
  const { stderr, exitCode } = await run(["-f", join(folder, "missing.yaml")]);
  expect(stderr).toMatch(/missing\.yaml: cannot be read: /);
  expect(exitCode).toBe(1);
});

test("files without an APIRule are refused", async () => {
  expect(await run(["-f", "-"], gateway("HTTP"))).toEqual({
    stdout: "",
    stderr: "no APIRule in the given files\n",
    exitCode: 1,
  });
});

test("a kind that is not read is named and otherwise ignored", async () => {
  const deployment = "{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web, namespace: shop } }";
  const { stderr, exitCode } = await run(["-f", await save("all.yaml", apiRule(), deployment)]);
  expect(stderr).toMatch(/all\.yaml: Deployment shop\/web: ignored/);
  expect(exitCode).toBe(0);
});

test("without --fetch-keys key sets are empty, which is said in one line", async () => {
  const rule = apiRule({ jwksUri: "https://issuer.example.com/jwks" });
  const { stdout, stderr } = await run(["-f", "-", "-o", "plugin-config"], rule);
  const config = JSON.parse(stdout);
  expect(checkPluginConfig(config)).toEqual([]);
  expect(config.keySets).toEqual([{ id: expect.any(String), keys: [] }]);
  expect(stderr).toMatch(/^keys are not fetched: .+\n$/);
});

test("--fetch-keys fills the key sets, and refuses when they cannot be fetched", async () => {
  const { publicKey } = await generateKeyPair("ES256");
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }] };
  const issuer = createServer((_, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => {
    issuer.listen(0, "127.0.0.1", resolve);
  });
  const rule = apiRule({ jwksUri: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks` });
  const args = ["-f", "-", "-o", "plugin-config", "--fetch-keys"];
  try {
    const { stdout, stderr } = await run(args, rule);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout).keySets[0].keys).toEqual([
      { kid: "k1", algorithms: ["ES256"], spki: expect.any(String) },
    ]);
  } finally {
    await new Promise((resolve) => {
      issuer.close(resolve);
      issuer.closeAllConnections();
    });
  }
  const { stdout, stderr, exitCode } = await run(args, rule);
  expect([stdout, exitCode]).toEqual(["", 1]);
  expect(stderr).toMatch(/^keys of http:\/\/127\.0\.0\.1:\d+\/jwks: .+\n$/);
});

test("the Envoy files are named, and a Gateway that is not given is assumed to be plain HTTP", async () => {
  const { stdout, exitCode } = await run(["-f", "-", "--output", "envoy"], apiRule());
  expect(exitCode).toBe(0);
  expect(stdout.match(/^# .+$/gm)).toEqual([
    "# bootstrap.json",
    "# ecds/tollgate.json",
    "# cds/cds.json",
    "# rds/http.127.0.0.1_8080.json",
    "# lds/lds.json",
  ]);
  expect(parseAllDocuments(stdout).flatMap(({ errors }) => errors)).toEqual([]);
});

test("a private key is never printed", async () => {
  const https = gateway("HTTPS").replace(
    '"hosts"',
    '"tls":{"mode":"SIMPLE","credentialName":"certificate"},"hosts"',
  );
  const secret = JSON.stringify({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "certificate", namespace: "edge" },
    type: "kubernetes.io/tls",
    stringData: { "tls.crt": "the-certificate", "tls.key": "the-private-key" },
  });
  const file = await save("tls.yaml", apiRule(), https, secret);
  const { stdout, exitCode } = await run(["-f", file, "-o", "envoy"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("# sds/edge.certificate.json holds a private key and is not printed");
  expect(stdout).not.toContain("the-private-key");
  expect(stdout).not.toContain(Buffer.from("the-private-key").toString("base64"));
});

test("a Gateway without selector is refused for Istio and accepted for Envoy", async () => {
  const file = await save("bare.yaml", apiRule(), gateway("HTTP"));
  const { stdout, stderr, exitCode } = await run(["-f", file]);
  expect([stdout, exitCode]).toEqual(["", 1]);
  expect(stderr).toContain("APIRule shop/orders: .spec.gateway: the Gateway has no spec.selector");
  expect((await run(["-f", file, "-o", "envoy"])).exitCode).toBe(0);
});

test("a Gateway that Envoy cannot serve is refused for Envoy and accepted for Istio", async () => {
  const file = await save("tcp.yaml", apiRule(), gateway("TCP", SELECTOR));
  expect((await run(["-f", file])).exitCode).toBe(0);
  const { stdout, stderr, exitCode } = await run(["-f", file, "-o", "envoy"]);
  expect([stdout, exitCode]).toEqual(["", 1]);
  expect(stderr).toMatch(
    /tcp\.yaml: Gateway edge\/main: \.spec\.servers\[0\]\.port\.protocol: TCP is not served/,
  );
});
