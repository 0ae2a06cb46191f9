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
