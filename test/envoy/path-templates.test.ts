/** Envoy takes every template that an AuthorizationPolicy may hold: one that it refused would hold up whole listeners. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pathTemplates, templateProblem } from "../../controller/model/path-templates.ts";
import { pathProblems, pattern } from "../../controller/model/test-paths.ts";
import { ensureEnvoy } from "../../tools/setup/envoy.ts";

const PATHS = 2_000;
const SEGMENTS = ["", "a", "b.c", "x!$&'()", "~+,;=:@", "%C3%a4", "a%2Fb", "-_", "..", "{*}", "{**}"];

const anyPath = fc
  .array(
    fc.oneof(
      fc.constantFrom(...SEGMENTS),
      fc.integer({ min: 1, max: 250 }).map((length) => "l".repeat(length)),
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((segments) => `/${segments.join("/")}`)
  .filter((path) => path.includes("{*") && pathProblems(path).length === 0);

const isTaken = (path: string) => templateProblem(pattern(path)) === undefined;

/** As istiod writes them. */
const templatesOf = (path: string) =>
  pathTemplates(pattern(path))
    .filter((text) => text.includes("{*"))
    .map((text) => text.replaceAll("{*}", "*").replaceAll("{**}", "**"));

test("Envoy takes the templates of every path that is not refused", async () => {
  const paths = fc.sample(anyPath.filter(isTaken), { numRuns: PATHS, seed: 2 });
  const longest = `/{*}/${"l".repeat(253)}`;
  expect(isTaken(longest)).toBe(true);
  expect(await complaintOfEnvoy([longest, ...paths].flatMap(templatesOf))).toBe("");
});

test.each([`/{*}/${"l".repeat(254)}`, "/{*}//a", "//{*}", "/{*}//"])(
  "%s is refused, because Envoy refuses it",
  async (path) => {
    expect(isTaken(path)).toBe(false);
    expect(await complaintOfEnvoy(templatesOf(path))).not.toBe("");
  },
);

/** What Envoy says against an RBAC filter with the templates; empty where it takes it. */
async function complaintOfEnvoy(templates: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "path-templates-"));
  try {
    const file = join(folder, "envoy.json");
    const bootstrap = { static_resources: { listeners: [listenerWith(templates)] } };
    await writeFile(file, JSON.stringify(bootstrap));
    const validation = promisify(execFile)(await ensureEnvoy(), ["--mode", "validate", "-c", file]);
    return await validation.then(
      () => "",
      (error: { stderr: string }) => error.stderr || "Envoy has failed",
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

function listenerWith(templates: readonly string[]): object {
  const type = (name: string) => ({ "@type": `type.googleapis.com/${name}` });
  const permissions = templates.map((path_template) => ({
    uri_template: {
      name: "uri-template",
      typed_config: {
        ...type("envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig"),
        path_template,
      },
    },
  }));
  const policies = { asked: { permissions, principals: [{ any: true }] } };
  const filters = [
    {
      name: "envoy.filters.http.rbac",
      typed_config: {
        ...type("envoy.extensions.filters.http.rbac.v3.RBAC"),
        shadow_rules: { action: "DENY", policies },
      },
    },
    {
      name: "envoy.filters.http.router",
      typed_config: type("envoy.extensions.filters.http.router.v3.Router"),
    },
  ];
  const manager = {
    ...type("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
    stat_prefix: "test",
    route_config: { name: "test", virtual_hosts: [] },
    http_filters: filters,
  };
  return {
    name: "test",
    address: { socket_address: { address: "127.0.0.1", port_value: 0 } },
    filter_chains: [
      { filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] },
    ],
  };
}
