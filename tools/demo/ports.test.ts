import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { listenOnLoopback } from "./loopback.ts";
import { DEFAULT_PORTS, movePorts, prepareConfigFolder, requireFreePorts } from "./ports.ts";

const samples = join("deploy", "samples", "standalone");

test("the samples themselves are served when only the gateway moves", async () => {
  const folder = await prepareConfigFolder(samples, "unused", { ...DEFAULT_PORTS, gateway: 1, admin: 2 });
  expect(folder).toBe(samples);
});

test("a copy of every sample names the chosen ports", async () => {
  const parent = await mkdtemp(join(tmpdir(), "tollgate-ports-"));
  onTestFinished(() => rm(parent, { recursive: true }));
  const ports = { ...DEFAULT_PORTS, issuer: 20_001, upstream: 20_002, partner: 20_003 };

  const copy = await prepareConfigFolder(samples, join(parent, "a", "b"), ports);

  expect(await readdir(copy)).toEqual(await readdir(samples));
  const text = (
    await Promise.all((await readdir(copy)).map((name) => readFile(join(copy, name), "utf8")))
  ).join();
  for (const port of [20_001, 20_002, 20_003]) expect(text).toContain(`${port}`);
  for (const part of ["issuer", "upstream", "partner"] as const)
    expect(text).not.toContain(`${DEFAULT_PORTS[part]}`);
});

test("ports that swap places are each moved once", () => {
  const swapped = { ...DEFAULT_PORTS, issuer: DEFAULT_PORTS.partner, partner: DEFAULT_PORTS.issuer };
  expect(movePorts("a 127.0.0.1:8081/jwks b 127.0.0.1:8083", swapped)).toBe(
    "a 127.0.0.1:8083/jwks b 127.0.0.1:8081",
  );
});

test("a taken port is refused with the flag that chooses another", async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  const issuer = await listenOnLoopback(server, 0);

  await expect(requireFreePorts({ gateway: 0, admin: 0, upstream: 0, partner: 0, issuer })).rejects.toThrow(
    `port ${issuer} of 127.0.0.1 is taken (issuer); choose another one: npm start -- --issuer-port N`,
  );
});
