/** `tollgate standalone` as a command: how it starts, how it refuses to, and what is left when it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { childrenOf } from "../support/processes.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "tollgate.mjs");
const STARTS_WITHIN_MS = 30_000;
const ENDS_WITHIN_MS = 5_000;

/** The command while it runs. */
interface Run {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  exitCode: Promise<number | null>;
}

let folder: string;
let temporary: string;
let runs: Run[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-config-"));
  temporary = await mkdtemp(join(tmpdir(), "tollgate-tmp-"));
  runs = [];
});

afterEach(async () => {
  for (const { child, exitCode } of runs) {
    child.kill("SIGKILL");
    await exitCode;
  }
  await rm(folder, { recursive: true });
  await rm(temporary, { recursive: true });
});

function run(flags: string[] = [], environment: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [PROGRAM, "standalone", "--config", folder, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: temporary, ...environment },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const exitCode = once(child, "close").then(([code]) => code as number | null);
  const started = { child, stdout: () => stdout, stderr: () => stderr, exitCode };
  runs.push(started);
  return started;
}

async function runUntilReady(
  flags: string[] = [],
): Promise<Run & { envoy: number; gateway: string; admin: string }> {
  const started = run(flags);
  await eventually(async () => expect(started.stdout(), started.stderr()).toContain("\n"), STARTS_WITHIN_MS);
  const [, gateway = "", admin = ""] = /^ready (http:\S+) admin (http:\S+)\n$/.exec(started.stdout()) ?? [];
  const [envoy] = await childrenOf(started.child.pid ?? 0);
  return { ...started, envoy: envoy?.pid ?? 0, gateway, admin };
}

const OPEN = { noAuth: true };
const JWT = {
  jwt: { authentications: [{ issuer: "http://127.0.0.1:9", jwksUri: "http://127.0.0.1:9/jwks" }] },
};

function manifests(gatewayPort: number, path = "/open", access: object = OPEN): object[] {
  return [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "Gateway",
      metadata: { name: "gateway" },
      spec: { servers: [{ port: { number: gatewayPort, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "echo" },
      spec: { type: "ExternalName", externalName: "127.0.0.1", ports: [{ port: 80, targetPort: 9 }] },
    },
    {
      apiVersion: "gateway.kyma-project.io/v2",
      kind: "APIRule",
      metadata: { name: "rule" },
      spec: {
        hosts: ["rule.local.test"],
        gateway: "default/gateway",
        service: { name: "echo", port: 80 },
        rules: [{ path, methods: ["GET"], ...access }],
      },
    },
  ];
}

async function writeManifests(objects: object[]): Promise<void> {
  await writeFile(
    join(folder, "all.yaml"),
    objects.map((object) => `---\n${JSON.stringify(object)}\n`).join(""),
  );
}

/** A port of 127.0.0.1 that something listens on until `close`. */
async function takePort(): Promise<{ port: number; close: () => void }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function expectGone(pid: number): Promise<void> {
  await eventually(async () => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), ENDS_WITHIN_MS);
}

test("one ready line, free ports where none is asked for, and nothing left after SIGTERM", async () => {
  await writeManifests(manifests(80));
  const { gateway, admin, child, envoy, exitCode, stdout } = await runUntilReady(["--port", "0"]);
  expect((await fetch(`${admin}/ready`)).status).toBe(200);
  expect((await fetch(gateway)).status).toBe(404);
  expect(await readdir(temporary)).toHaveLength(1);

  child.kill("SIGTERM");

  expect(await exitCode).toBe(0);
  await expectGone(envoy);
  expect(await readdir(temporary)).toEqual([]);
  expect(stdout()).toMatch(/^ready .*\n$/);
});

test("policies that no route names any more are removed after a while", async () => {
  await writeManifests(manifests(80));
  const { admin } = await runUntilReady(["--port", "0"]);
  const kinds = async () => {
    const dump = await (await fetch(`${admin}/config_dump?resource=ecds_filters`)).text();
    return [...dump.matchAll(/\\"kind\\":\\"(\w+)\\"/g)].map(([, kind]) => kind).sort();
  };
  expect(await kinds()).toEqual(["open"]);
  await writeManifests(manifests(80, "/open", JWT));
  await eventually(async () => expect(await kinds()).toEqual(["jwt", "open"]), 3_000);
  await eventually(async () => expect(await kinds()).toEqual(["jwt"]), 10_000);
});

test("an Envoy whose controller is killed ends as well", async () => {
  await writeManifests(manifests(80));
  const { child, envoy } = await runUntilReady(["--port", "0"]);
  child.kill("SIGKILL");
  await expectGone(envoy);
});

test("a controller whose Envoy dies says so and fails", async () => {
  await writeManifests(manifests(80));
  const { envoy, exitCode, stderr } = await runUntilReady(["--port", "0"]);
  process.kill(envoy, "SIGKILL");
  expect(await exitCode).toBe(1);
  expect(stderr()).toContain("error: Envoy was ended by SIGKILL");
  expect(await readdir(temporary)).toEqual([]);
});

test("SIGTERM while it starts", async () => {
  await writeManifests(manifests(80));
  const { child, exitCode } = run(["--port", "0"]);
  await eventually(async () => expect(await readdir(temporary)).toHaveLength(1), STARTS_WITHIN_MS);
  child.kill("SIGTERM");
  expect(await exitCode).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
});

test.each(["--port", "--admin-port", "the Gateway's port"])("a taken port is named: %s", async (flag) => {
  const taken = await takePort();
  await writeManifests(manifests(flag.startsWith("--") ? 80 : taken.port));
  const others = flag === "--admin-port" ? ["--port", "0"] : [];
  const { exitCode, stderr, stdout } = run(flag.startsWith("--") ? [...others, flag, `${taken.port}`] : []);
  expect(await exitCode).toBe(1);
  expect(stderr()).toContain(
    `error: port ${taken.port} of 127.0.0.1 is taken by another process; choose another`,
  );
  expect(stdout()).toBe("");
  taken.close();
});

test("a missing Envoy is said, with what to do", async () => {
  await writeManifests(manifests(80));
  const { exitCode, stderr } = run(["--port", "0"], { ENVOY_BIN: "/nowhere/envoy" });
  expect(await exitCode).toBe(1);
  expect(stderr()).toMatch(
    /^error: ENVOY_BIN names no executable file: \/nowhere\/envoy; run `npm run setup`/,
  );
});

test("an Envoy that does not run is said", async () => {
  await writeManifests(manifests(80));
  const { exitCode, stderr } = run(["--port", "0"], { ENVOY_BIN: "/bin/false" });
  expect(await exitCode).toBe(1);
  expect(stderr()).toContain("error: Envoy ended with exit code 1");
});

test("a folder that is not there", async () => {
  const { exitCode, stderr } = run(["--config", join(folder, "missing")]);
  expect(await exitCode).toBe(1);
  expect(stderr()).toMatch(/^error: the folder .*missing cannot be read: ENOENT/);
});

test("a folder without a Gateway", async () => {
  const { exitCode, stderr } = run();
  expect(await exitCode).toBe(1);
  expect(stderr()).toMatch(/^error: no Gateway with a server/);
});

test("all problems of the manifests are told at the start", async () => {
  await writeManifests(manifests(80, "no-slash"));
  await writeFile(join(folder, "broken.yaml"), "kind: [");
  const { exitCode, stderr, stdout } = run();
  expect(await exitCode).toBe(1);
  expect(stderr()).toMatch(/\n {2}broken\.yaml:\d+: /);
  expect(stderr()).toMatch(/\n {2}all\.yaml: APIRule default\/rule: \.spec\.rules\[0\]\.path: /);
  expect(stdout()).toBe("");
});

test("wrong flags", async () => {
  const { exitCode, stderr } = run(["--port", "70000"]);
  expect(await exitCode).toBe(1);
  expect(stderr()).toContain("whole number from 0 to 65535");
});
