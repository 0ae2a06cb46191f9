/** Edits of the configuration folder while the gateway serves. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Issuer, startIssuer } from "../../tools/demo/issuer.ts";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { expectRefusal } from "../conformance/answer.ts";
import { apiRule, jwtRule, openRule } from "../support/apirule.ts";
import type { RawResponse } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import {
  replaceFile,
  type StandaloneGateway,
  startStandaloneGateway,
  toManifestText,
} from "../support/standalone-gateway.ts";

const EDIT_TAKES_AT_MOST_MS = 1_000;

let issuer: Issuer;
let upstream: Upstream;
let gateway: StandaloneGateway;

beforeAll(async () => {
  issuer = await startIssuer();
  upstream = await startUpstream();
  gateway = await startStandaloneGateway([], upstream.port);
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.close();
  await issuer?.close();
});
beforeEach(async () => {
  await edit([openRule("/open"), jwtRule("/protected", issuer, ["read"])]);
  await eventually(() => expectStatus("/open", 200), EDIT_TAKES_AT_MOST_MS);
  await eventually(() => expectStatus("/protected", 401), EDIT_TAKES_AT_MOST_MS);
});

function edit(rules: object[]): Promise<void> {
  return writeFile(
    join(gateway.configFolder, "edited.yaml"),
    toManifestText([apiRule({ name: "edited", rules })]),
  );
}

function get(path: string, token?: string): Promise<RawResponse> {
  const authorization: [string, string][] = token === undefined ? [] : [["authorization", `Bearer ${token}`]];
  return gateway.send({ method: "GET", path, headers: [["host", "edited.local.test"], ...authorization] });
}

async function expectStatus(path: string, status: number, token?: string): Promise<void> {
  expect((await get(path, token)).status, `status of ${path}`).toBe(status);
}

test("an edited rule is in force within a second", async () => {
  const reader = await issuer.token({ scope: "read" });
  await expectStatus("/protected", 200, reader);

  await edit([jwtRule("/open", issuer), jwtRule("/protected", issuer, ["write"])]);

  await eventually(() => expectStatus("/open", 401), EDIT_TAKES_AT_MOST_MS);
  await eventually(
    async () => expectRefusal(await get("/protected", reader), "scope_missing", "write"),
    EDIT_TAKES_AT_MOST_MS,
  );
});

test("a file that is replaced over and over is followed each time within a second", async () => {
  const reader = await issuer.token({ scope: "read" });
  for (let version = 0; version < 20; version++) {
    const rules = [jwtRule("/protected", issuer, [`v${version}`])];
    await replaceFile(
      join(gateway.configFolder, "edited.yaml"),
      toManifestText([apiRule({ name: "edited", rules })]),
    );
    await eventually(
      async () => expectRefusal(await get("/protected", reader), "scope_missing", `v${version}`),
      EDIT_TAKES_AT_MOST_MS,
    );
  }
});

test("a removed file ends what it exposed", async () => {
  await rm(join(gateway.configFolder, "edited.yaml"));
  await eventually(() => expectStatus("/open", 404), EDIT_TAKES_AT_MOST_MS);
  await expectStatus("/protected", 404);
});

test.each([
  ["a wrong value", ".spec.rules[0].methods[0]", { path: "/open", methods: ["FETCH"], noAuth: true }],
  ["an unknown field", ".spec.rules[0].noAuht", { path: "/open", methods: ["GET"], noAuht: true }],
])("%s is reported with file and attribute, and the last good rules stay", async (_, path, wrongRule) => {
  const before = gateway.log().length;
  await edit([wrongRule, jwtRule("/added", issuer)]);

  await eventually(async () => {
    const report = gateway.log().slice(before);
    expect(report).toContain("edited.yaml");
    expect(report).toContain(path);
  }, EDIT_TAKES_AT_MOST_MS);
  await expectStatus("/open", 200);
  await expectStatus("/protected", 401);
  await expectStatus("/added", 404);
});

test("a file that is no YAML is reported with its line, and the last good rules stay", async () => {
  const before = gateway.log().length;
  await writeFile(join(gateway.configFolder, "edited.yaml"), "kind: APIRule\nspec: {rules: [\n");

  await eventually(
    async () => expect(gateway.log().slice(before)).toMatch(/edited\.yaml:\d/),
    EDIT_TAKES_AT_MOST_MS,
  );
  await expectStatus("/open", 200);
  await expectStatus("/protected", 401);
});

test("other rules can be edited while one is broken", async () => {
  await edit([{ path: "/open" }]);
  await gateway.apply([apiRule({ name: "other", host: "edited2.local.test", rules: [openRule("/other")] })]);

  await eventually(async () => {
    const headers: [string, string][] = [["host", "edited2.local.test"]];
    expect((await gateway.send({ method: "GET", path: "/other", headers })).status).toBe(200);
  }, EDIT_TAKES_AT_MOST_MS);
  await expectStatus("/open", 200);
});
