/** `npm start` as its user sees it: what it prints is true, and Ctrl-C stops everything. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXAMPLES, headerLines } from "../../tools/demo/examples.ts";
import { findFreePort } from "../../tools/demo/loopback.ts";
import { type DemoPorts, PORT_FLAGS } from "../../tools/demo/ports.ts";
import { startUpstream } from "../../tools/demo/upstream.ts";
import { openClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { childrenOf } from "../support/processes.ts";

const STARTS_WITHIN_MS = 30_000;
const run = promisify(execFile);
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

/** `npm start` as a child process, with what it has printed so far. */
interface Started {
  pid: number;
  stdout(): string;
  stderr(): string;
  interrupt(): void;
  exitCode: Promise<number | null>;
}

function start(ports: DemoPorts): Started {
  const flags = Object.entries(PORT_FLAGS).flatMap(([part, flag]) => [
    flag,
    `${ports[part as keyof DemoPorts]}`,
  ]);
  const child = spawn(process.execPath, ["tools/run.mjs", "start", "--no-build", ...flags]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    interrupt: () => void child.kill("SIGINT"),
    exitCode: once(child, "close").then(([code]) => code as number | null),
  };
}

async function startAndWait(ports: DemoPorts): Promise<Started> {
  const started = start(ports);
  const ended = started.exitCode.then((code) => {
    throw new Error(`npm start exited with code ${code}: ${started.stderr()}`);
  });
  const printed = eventually(async () => expect(started.stdout()).toMatch(/\n\n$/), STARTS_WITHIN_MS);
  await Promise.race([printed, ended]);
  return started;
}

async function freePorts(): Promise<DemoPorts> {
  const [gateway = 0, admin = 0, issuer = 0, partner = 0, upstream = 0] = await Promise.all(
    Array.from({ length: 5 }, () => findFreePort()),
  );
  return { gateway, admin, issuer, partner, upstream };
}

describe("what it prints", () => {
  let started: Started;
  let ports: DemoPorts;
  beforeAll(async () => {
    ports = await freePorts();
    started = await startAndWait(ports);
  });
  afterAll(async () => {
    started?.interrupt();
    await started?.exitCode;
  });

  function printedTokens(): Map<string, string> {
    return new Map(
      [...started.stdout().matchAll(/^([A-Z]+)=(\S+)$/gm)].map(([, name = "", token = ""]) => [name, token]),
    );
  }

  const titled = EXAMPLES.map((example) => [`${example.file}: ${example.title}`, example] as const);
  test.each(titled)("%s", async (_, example) => {
    const client = openClient(`http://127.0.0.1:${ports.gateway}`);
    const tokens = printedTokens();
    const fill = (text: string) => text.replace(/\$([A-Z]+)/, (_, name) => tokens.get(name) ?? "");
    const lines = headerLines(example).map((line) => fill(line).split(": ") as [string, string]);
    const headers: [string, string][] = [["host", example.host], ...lines];
    const response = await client.send({ method: example.method, path: fill(example.path), headers });
    client.close();
    expect(response.status).toBe(example.status);
  });

  test.runIf(hasCurl)("each printed curl line gives the status printed with it", async () => {
    const printed = [...started.stdout().matchAll(/^ {2}(\d{3}) {2}.*\n +(curl .*)$/gm)];
    expect(printed).toHaveLength(EXAMPLES.length);
    const assignments = [...printedTokens()].map(([name, token]) => `${name}=${token}`).join("\n");
    for (const [, status, line] of printed) {
      const { stdout } = await run("sh", ["-c", `${assignments}\n${line} --silent --show-error`]);
      expect(stdout, line).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    }
  });

  test("the counters are where it says", async () => {
    const [address = ""] = /http\S+\/stats\S+/.exec(started.stdout()) ?? [];
    expect(await (await fetch(address)).text()).toContain("wasmcustom.tollgate.config.revision");
  });
});

test("Ctrl-C stops everything", async () => {
  const ports = await freePorts();
  const started = await startAndWait(ports);
  started.interrupt();
  expect(await started.exitCode).toBe(0);
  for (const port of Object.values(ports)) await expect(findFreePort(port)).resolves.toBe(port);
});

test.runIf(process.platform === "linux")("when Envoy dies, everything stops with a message", async () => {
  const ports = await freePorts();
  const started = await startAndWait(ports);
  const children = await childrenOf(started.pid);
  const grandchildren = (await Promise.all(children.map(({ pid }) => childrenOf(pid)))).flat();
  expect(grandchildren, "Envoy").toHaveLength(1);
  for (const { pid } of grandchildren) process.kill(pid, "SIGKILL");
  expect(await started.exitCode).toBe(1);
  expect(started.stderr()).toContain("the gateway exited with code 1; everything else is stopped too");
  for (const port of [ports.issuer, ports.partner, ports.upstream]) {
    await expect(findFreePort(port)).resolves.toBe(port);
  }
});

test("a taken port is named with the flag that chooses another", async () => {
  const upstream = await startUpstream();
  const started = start({ ...(await freePorts()), upstream: upstream.port });
  expect(await started.exitCode).toBe(1);
  expect(started.stderr()).toContain(`port ${upstream.port} of 127.0.0.1 is taken (upstream)`);
  expect(started.stderr()).toContain("npm start -- --upstream-port N");
  await upstream.close();
});
