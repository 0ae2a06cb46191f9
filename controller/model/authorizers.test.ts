import { expect, test } from "vitest";
import { readAuthorizers } from "./authorizers.ts";
import { Findings } from "./findings.ts";
import { type Mesh, readMesh } from "./mesh.ts";

const MESH = `
extensionProviders:
  - name: oauth2-proxy
    envoyExtAuthzHttp: { service: oauth2-proxy.auth.svc.cluster.local, port: 4180 }
  - name: tracing
    opentelemetry: { service: collector, port: 4317 }
  - name: careless
    envoyExtAuthzHttp: { service: careless.auth.svc.cluster.local, port: 80, failOpen: true }
  - name: slow
    envoyExtAuthzHttp: { service: slow.auth.svc.cluster.local, port: 80, timeout: 5m }
`;

function problemsOf(names: string[], mesh: Mesh | undefined): [string, string][] {
  const findings = new Findings();
  readAuthorizers(names, ".spec.rules[0].extAuth", mesh, findings);
  return findings.problems.map(({ path, message }) => [path, message]);
}

test("authorizers are sorted, and each counts once", () => {
  expect(readAuthorizers(["b", "a", "b"], "", undefined, new Findings())).toEqual(["a", "b"]);
});

test("an authorizer must be an HTTP extension provider of the mesh", () => {
  const mesh = readMesh({ data: { mesh: MESH } });
  expect(problemsOf(["oauth2-proxy"], mesh)).toEqual([]);
  expect(problemsOf(["tracing", "missing"], mesh)).toEqual([
    [
      ".spec.rules[0].extAuth.externalAuthorizers.tracing",
      "EnvoyExtAuthzHttp not found in Istio ConfigMap mesh data for authorizer",
    ],
    [
      ".spec.rules[0].extAuth.externalAuthorizers.missing",
      "Authorizer not found in Istio ConfigMap mesh data",
    ],
  ]);
});

test("an authorizer that lets pass while it is down is refused, and one that is written wrongly", () => {
  expect(problemsOf(["careless", "slow"], readMesh({ data: { mesh: MESH } }))).toEqual([
    [
      ".spec.rules[0].extAuth.externalAuthorizers.careless",
      "failOpen would let requests pass while the authorizer does not answer; set it to false in the Istio ConfigMap",
    ],
    [
      ".spec.rules[0].extAuth.externalAuthorizers.slow",
      'envoyExtAuthzHttp.timeout in Istio ConfigMap mesh data: "5m" must be a duration in seconds, as 5s or 0.5s',
    ],
  ]);
});

test.each([
  [undefined, ".spec.rules[0].extAuth", "Failed to get Istio ConfigMap"],
  [{}, ".spec.rules[0].extAuth.externalAuthorizers", "Istio ConfigMap does not contain mesh key"],
  [{ mesh: "a: [" }, ".spec.rules[0].extAuth.externalAuthorizers", "Failed to unmarshal mesh data"],
  [
    { mesh: "extensionProviders: 3" },
    ".spec.rules[0].extAuth.externalAuthorizers",
    "Failed to unmarshal mesh data",
  ],
])("a mesh configuration that cannot be read is a problem: %j", (data, path, message) => {
  const mesh = readMesh(data && { data: data as Record<string, string> });
  expect(problemsOf(["oauth2-proxy"], mesh)).toEqual([[path, message]]);
});

test.each(["", "a b", "ä"])("%j is no name", (name) => {
  expect(problemsOf([name], undefined)).toEqual([
    [
      ".spec.rules[0].extAuth.externalAuthorizers",
      `${JSON.stringify(name)} is not the name of an authorizer`,
    ],
  ]);
});
