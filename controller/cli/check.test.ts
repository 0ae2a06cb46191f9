import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkCommand } from "./check.ts";
import { runCommand } from "./test-command.ts";

const ORDERS = `
apiVersion: gateway.kyma-project.io/v2
kind: APIRule
metadata: { name: orders, namespace: shop }
spec:
  hosts: [orders.example.com]
  gateway: edge/main
  service: { name: orders, port: 80 }
  rules:
    - { path: "/*", methods: [GET], noAuth: true }
`;

const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: main, namespace: edge }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*.example.com"] }
`;

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: orders, namespace: shop }
spec: { ports: [{ port: 80 }] }
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "check-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function save(name: string, ...documents: string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, documents.join("---"));
  return file;
}

function check(args: string[], stdin?: string) {
  return runCommand(checkCommand, args, stdin);
}

test("a mesh that normalises paths weakly is a warning where rules differ in strength", async () => {
  const mesh = (normalization: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: "pathNormalization: { normalization: ${normalization} }" }
`;
  const guarded = `${ORDERS.trimEnd()}\n`.replace(
    '- { path: "/*"',
    '- { path: /admin, methods: [GET], jwt: { authentications: [{ issuer: "https://issuer.test" }] } }\n    - { path: "/*"',
  );
  const warningsOf = async (...documents: string[]) =>
    (await check(["-f", await save("mesh.yaml", ...documents, GATEWAY, SERVICE)])).stderr;
  expect(await warningsOf(guarded, mesh("BASE"))).toContain(
    "APIRule shop/orders: .spec.rules: warning: the mesh normalises paths as BASE",
  );
  expect(await warningsOf(guarded, mesh("MERGE_SLASHES"))).toBe("");
  expect(await warningsOf(ORDERS, mesh("BASE"))).toBe("");
});

test("a short host needs no Gateway here, but belongs to one APIRule", async () => {
  const short = ORDERS.replace("orders.example.com", "orders");
  const alone = await check(["-f", await save("short.yaml", short, SERVICE)]);
  expect(alone).toEqual({
    stdout: "APIRule shop/orders: accepted\n",
    stderr: "note: there is no Gateway in the files: hosts were neither completed nor compared with one\n",
    exitCode: 0,
  });
  const twice = await check([
    "-f",
    await save("short.yaml", short, short.replace("name: orders,", "name: other,")),
  ]);
  expect(twice.exitCode).toBe(1);
  expect(twice.stderr).toContain(
    "APIRule shop/other: .spec.hosts[0]: Host is occupied by another Virtual Service",
  );
});

test("an APIRule with its Gateway and Service is accepted without a word more", async () => {
  const file = await save("all.yaml", ORDERS, GATEWAY, SERVICE);
  expect(await check(["-f", file])).toEqual({
    stdout: "APIRule shop/orders: accepted\n",
    stderr: "",
    exitCode: 0,
  });
});

test("what the files do not hold is named, and refuses nothing", async () => {
  const { stdout, stderr, exitCode } = await check(["-f", await save("rule.yaml", ORDERS)]);
  expect([stdout, exitCode]).toEqual(["APIRule shop/orders: accepted\n", 0]);
  expect(stderr).toMatch(/^note: there is no Gateway .*\nnote: there is no Service .*\n$/);
});

test("external authorizers are looked for in the mesh configuration, if it is there", async () => {
  const rule = ORDERS.replace("noAuth: true", "extAuth: { authorizers: [proxy] }");
  const mesh = `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: "extensionProviders: []" }
`;
  const alone = await check(["-f", await save("all.yaml", rule, GATEWAY, SERVICE)]);
  expect(alone.exitCode).toBe(0);
  expect(alone.stderr).toMatch(/^note: there is no mesh configuration .*\n$/);
  const { stderr, exitCode } = await check(["-f", await save("mesh.yaml", rule, GATEWAY, SERVICE, mesh)]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("Authorizer not found in Istio ConfigMap mesh data");
});

test("every problem is told with its file, object, field and text, beside what is accepted", async () => {
  const bad = ORDERS.replace("name: orders, namespace: shop", "name: bad, namespace: shop")
    .replace("orders.example.com", "Bad.example.com")
    .replace('path: "/*"', 'path: "/{**}/{**}"');
  const files = [await save("good.yaml", ORDERS, GATEWAY, SERVICE), await save("bad.yaml", bad)];
  const { stdout, stderr, exitCode } = await check(["-f", ...files]);
  expect([stdout, exitCode]).toEqual(["APIRule shop/bad: refused\nAPIRule shop/orders: accepted\n", 1]);
  const [host, path, ...rest] = stderr.trimEnd().split("\n");
  const at = `${files[1]}: APIRule shop/bad`;
  expect(host).toContain(`${at}: .spec.hosts[0]: Host must be a lowercase RFC 1123 label`);
  expect(path).toBe(`${at}: .spec.rules[0].path: Only one {**} operator is allowed in the path.`);
  expect(rest).toEqual([]);
});

test("a Gateway that stands in the files and is not the one is a problem", async () => {
  const other = GATEWAY.replace("name: main", "name: other");
  const { stderr, exitCode } = await check(["-f", await save("all.yaml", ORDERS, other, SERVICE)]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("APIRule shop/orders: .spec");
});

test("a Gateway without selector is refused, as in a cluster", async () => {
  const bare = GATEWAY.replace("  selector: { istio: ingressgateway }\n", "");
  const { stdout, stderr, exitCode } = await check(["-f", await save("all.yaml", ORDERS, bare, SERVICE)]);
  expect([stdout, exitCode]).toEqual(["APIRule shop/orders: refused\n", 1]);
  expect(stderr).toContain("APIRule shop/orders: .spec.gateway: the Gateway has no spec.selector");
});

test("an unknown field is named", async () => {
  const file = await save("rule.yaml", ORDERS.replace("noAuth: true", "noAuth: true, retries: 3"));
  const { stderr, exitCode } = await check(["-f", file]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("APIRule shop/orders: .spec.rules[0].retries: ");
});

test("warnings leave the exit status at 0", async () => {
  const cors = ORDERS.replace(
    "  rules:",
    "  corsPolicy: { allowOrigins: [{ exact: https://a.example }] }\n  rules:",
  );
  const { stderr, exitCode } = await check(["-f", await save("all.yaml", cors, GATEWAY, SERVICE)]);
  expect(exitCode).toBe(0);
  expect(stderr).toContain(
    "APIRule shop/orders: .spec.corsPolicy: warning: no rule lists the method OPTIONS",
  );
});

test("a folder stands for the manifests below it, and - for the standard input", async () => {
  await mkdir(join(folder, "below"));
  await save("below/gateway.yml", GATEWAY);
  await save("service.yaml", SERVICE);
  await save("notes.txt", "no manifest");
  const { stdout, stderr, exitCode } = await check(["-f", folder, "-"], ORDERS);
  expect([stdout, stderr, exitCode]).toEqual(["APIRule shop/orders: accepted\n", "", 0]);
});

test("what is no manifest, cannot be read, or holds no APIRule is refused", async () => {
  const broken = await save("broken.yaml", "a: [");
  const missing = join(folder, "missing.yaml");
  const { stderr, exitCode } = await check(["-f", broken, missing]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`${broken}:1: `);
  expect(stderr).toContain(`${missing}: cannot be read: `);
  const none = await check(["-f", await save("service.yaml", SERVICE)]);
  expect([none.stderr, none.exitCode]).toEqual(["no APIRule in the given files\n", 1]);
});

test("-o json gives the same to a program", async () => {
  const file = await save("rule.yaml", ORDERS.replace('path: "/*"', "path: no-slash"));
  const { stdout, stderr, exitCode } = await check(["-f", file, "-o", "json"]);
  expect([stderr, exitCode]).toEqual(["", 1]);
  expect(JSON.parse(stdout)).toMatchObject({
    accepted: false,
    problems: [expect.stringContaining(`${file}: APIRule shop/orders: .spec.rules[0].path: `)],
    apiRules: [
      { namespace: "shop", name: "orders", accepted: false, problems: [{ path: ".spec.rules[0].path" }] },
    ],
  });
});
