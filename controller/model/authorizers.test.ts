import { expect, test } from "vitest";
import { readAuthorizers } from "./authorizers.ts";
import { Findings } from "./findings.ts";
import { type Mesh, readMesh } from "./mesh.ts";
import { indexServices } from "./services.ts";
import { service } from "./test-resources.ts";

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
  readAuthorizers(names, ".spec.rules[0].extAuth", mesh, undefined, findings);
  return findings.problems.map(({ path, message }) => [path, message]);
}

test("authorizers are sorted, and each counts once", () => {
  expect(readAuthorizers(["b", "a", "b"], "", undefined, undefined, new Findings())).toEqual(["a", "b"]);
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

test("an authorizer that is a Service must exist, with its port", () => {
  const services = indexServices([service("auth", "oauth2-proxy", 80)]);
  const problems = (names: string[], mesh: string) => {
    const findings = new Findings();
    readAuthorizers(names, "", readMesh({ data: { mesh } }), services, findings);
    return findings.problems.map(({ message }) => message);
  };
  expect(problems(["oauth2-proxy"], MESH)).toEqual([
    'Service "auth/oauth2-proxy" has no port 4180; it has 80',
  ]);
  const other = MESH.replace("oauth2-proxy.auth.svc.cluster.local", "auth/missing.auth.svc.cluster.local");
  expect(problems(["oauth2-proxy"], other)).toEqual([
    'Service not found: there is no Service "auth/missing"',
  ]);
  expect(
    problems(["oauth2-proxy"], MESH.replace("oauth2-proxy.auth.svc.cluster.local", "login.test")),
  ).toEqual([]);
});

test.each([
  ["statusOnError", '"299"', "must be an HTTP status that Envoy knows"],
  ["statusOnError", '"503"', undefined],
  ["pathPrefix", "/%zz", "must begin with / and be a path"],
  ["pathPrefix", "/check/%20", undefined],
])("of an authorizer %s may be %s: %s", (member, value, problem) => {
  const mesh = MESH.replace("port: 4180", `port: 4180, ${member}: ${value}`);
  const messages = problemsOf(["oauth2-proxy"], readMesh({ data: { mesh } })).map(([, message]) => message);
  expect(messages).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)]);
});

test.each(["", "a b", "ä", "Big", "a_b", "a-", "a".repeat(64)])("%j is no name", (name) => {
  expect(problemsOf([name], undefined)).toEqual([
    [
      ".spec.rules[0].extAuth.externalAuthorizers",
      `${JSON.stringify(name)} is not the name of an authorizer: it must be a lowercase RFC 1123 label`,
    ],
  ]);
});
