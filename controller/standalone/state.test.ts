import { expect, test } from "vitest";
import { nextState, type State } from "./state.ts";

const gateway = (port = 8080, host = "*.local.test") => ({
  apiVersion: "networking.istio.io/v1",
  kind: "Gateway",
  metadata: { name: "gateway" },
  spec: { servers: [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts: [host] }] },
});

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "echo" },
  spec: { type: "ExternalName", externalName: "127.0.0.1", ports: [{ port: 80 }] },
};

const apiRule = (name: string, path: string, extra: object = {}) => ({
  apiVersion: "gateway.kyma-project.io/v2",
  kind: "APIRule",
  metadata: { name },
  spec: {
    hosts: [`${name}.local.test`],
    gateway: "default/gateway",
    service: { name: "echo", port: 80 },
    rules: [{ path, methods: ["GET"], noAuth: true, ...extra }],
  },
});

const content = (files: Record<string, string | object[]>) =>
  new Map(
    Object.entries(files).map(([path, value]) => [
      path,
      typeof value === "string" ? value : value.map((each) => `---\n${JSON.stringify(each)}\n`).join(""),
    ]),
  );

const environment = [gateway(), service];
const start = (...rules: object[]) => nextState(content({ "env.yaml": environment, "rules.yaml": rules }));
const paths = ({ inForce }: State) =>
  inForce.exposures.flatMap(({ apiRule: { name }, routes }) =>
    routes.map(({ path }) => `${name} ${path.value}`),
  );
const report = ({ problems }: State) => problems.map(({ where, message }) => `${where}: ${message}`);

test("a good folder", () => {
  const state = start(apiRule("a", "/one"), apiRule("b", "/one"));
  expect([report(state), paths(state)]).toEqual([[], ["a /one", "b /one"]]);
});

test("a file that does not parse keeps its documents, and the others change", () => {
  const before = nextState(content({ "env.yaml": environment, "a.yaml": [apiRule("a", "/one")] }));
  const after = nextState(
    content({ "env.yaml": environment, "a.yaml": "kind: [", "b.yaml": [apiRule("b", "/new")] }),
    before,
  );
  expect(paths(after)).toEqual(["a /one", "b /new"]);
  expect(report(after)).toEqual([expect.stringMatching(/^a\.yaml:\d+: /)]);
});

test("what an APIRule leans on stays as it was while it is needed so, and other edits count", () => {
  const rules = [apiRule("a", "/one")];
  const before = nextState(content({ "env.yaml": environment, "rules.yaml": rules }));
  const edited = content({
    "env.yaml": [
      gateway(8080, "*.other.test"),
      { ...service, spec: { ...service.spec, externalName: "127.0.0.2" } },
    ],
    "rules.yaml": rules,
  });
  const after = nextState(edited, before);
  expect(paths(after)).toEqual(["a /one"]);
  expect(report(after)).toEqual([
    expect.stringMatching(/^rules\.yaml: APIRule default\/a: \.spec\.hosts\[0\]: /),
  ]);
  expect(after.inForce.gateways[0]?.spec.servers[0]?.hosts).toEqual(["*.local.test"]);
  expect(after.inForce.services[0]?.spec.externalName).toBe("127.0.0.2");
  const gone = nextState(content({ "env.yaml": [gateway(8080, "*.other.test"), service] }), after);
  expect(gone.inForce.gateways[0]?.spec.servers[0]?.hosts).toEqual(["*.other.test"]);
});

test("a host stays with the APIRule that has it", () => {
  const having = apiRule("b", "/one");
  const wanting = {
    ...apiRule("a", "/two"),
    spec: { ...apiRule("a", "/two").spec, hosts: having.spec.hosts },
  };
  const before = start(having);
  const both = content({ "env.yaml": environment, "rules.yaml": [having, wanting] });
  const after = nextState(both, before);
  expect(paths(after)).toEqual(["b /one"]);
  expect(report(after)).toEqual([
    expect.stringMatching(/^rules\.yaml: APIRule default\/a: \.spec\.hosts\[0\]: Host is occupied by/),
  ]);
  expect(paths(nextState(both, after))).toEqual(["b /one"]);
  const alone = nextState(content({ "env.yaml": environment, "rules.yaml": [wanting] }), after);
  expect([report(alone), paths(alone)]).toEqual([[], ["a /two"]]);
});

test("an APIRule that moves to the host of another one stays where it is", () => {
  const before = start(apiRule("a", "/one"), apiRule("b", "/one"));
  const moved = { ...apiRule("a", "/two"), spec: { ...apiRule("a", "/two").spec, hosts: ["b.local.test"] } };
  const after = nextState(
    content({ "env.yaml": environment, "rules.yaml": [moved, apiRule("b", "/one")] }),
    before,
  );
  expect(paths(after)).toEqual(["a /one", "b /one"]);
});

test("a refused APIRule keeps its last good version, and the others change", () => {
  const before = start(apiRule("a", "/one"), apiRule("b", "/one"));
  const broken = [apiRule("a", "/two", { noAuht: true }), apiRule("b", "/two")];
  const after = nextState(content({ "env.yaml": environment, "rules.yaml": broken }), before);
  expect(paths(after)).toEqual(["a /one", "b /two"]);
  expect(report(after)).toEqual([
    expect.stringMatching(/^rules\.yaml: APIRule default\/a: \.spec\.rules\[0\]\.noAuht: /),
  ]);
});

test("a new APIRule that is refused is not in force", () => {
  const after = nextState(
    content({ "env.yaml": environment, "rules.yaml": [apiRule("a", "/one"), apiRule("b", "no-slash")] }),
    start(apiRule("a", "/one")),
  );
  expect(paths(after)).toEqual(["a /one"]);
  expect(report(after)).toHaveLength(1);
});

test("a last good version survives several wrong ones", () => {
  let state = start(apiRule("a", "/one"));
  for (const wrong of ["bad", "worse"]) {
    state = nextState(content({ "env.yaml": environment, "rules.yaml": [apiRule("a", wrong)] }), state);
  }
  expect(paths(state)).toEqual(["a /one"]);
});

test("a wrong Gateway keeps its last good version", () => {
  const before = start(apiRule("a", "/one"));
  const after = nextState(
    content({ "env.yaml": [gateway(0), service], "rules.yaml": [apiRule("a", "/two")] }),
    before,
  );
  expect(after.inForce.gateways[0]?.spec.servers[0]?.port.number).toBe(8080);
  expect(paths(after)).toEqual(["a /two"]);
  expect(report(after)).toEqual([
    expect.stringMatching(/^env\.yaml: Gateway default\/gateway: .*port\.number/),
  ]);
});

test("what was deleted although others need it stays, and is reported", () => {
  const before = start(apiRule("a", "/one"));
  const after = nextState(content({ "env.yaml": [service], "rules.yaml": [apiRule("a", "/one")] }), before);
  expect(paths(after)).toEqual(["a /one"]);
  expect(after.inForce.gateways).toHaveLength(1);
  expect(report(after)).toEqual([
    expect.stringMatching(/^rules\.yaml: APIRule default\/a: \.spec\.gateway: /),
  ]);
  expect(nextState(content({}), after).inForce.gateways).toEqual([]);
});

test("a deleted Gateway that nothing needs goes, also while something else is wrong", () => {
  const after = nextState(content({ "rules.yaml": [apiRule("a", "no-slash")] }), start());
  expect(after.inForce.gateways).toEqual([]);
  expect(report(after)).not.toEqual([]);
});

test("at the start everything is reported at once", () => {
  const state = nextState(
    content({ "env.yaml": [gateway(0), service], "rules.yaml": [apiRule("a", "no-slash")] }),
  );
  expect(report(state)).toEqual(
    expect.arrayContaining([
      expect.stringContaining("port.number"),
      expect.stringContaining(".spec.rules[0].path"),
    ]),
  );
});

test("deleted objects are not in force any more", () => {
  const after = nextState(content({ "env.yaml": environment }), start(apiRule("a", "/one")));
  expect([report(after), paths(after)]).toEqual([[], []]);
});

test("of two objects with one name the one in force stays", () => {
  const before = nextState(content({ "env.yaml": environment, "m.yaml": [apiRule("a", "/one")] }));
  for (const copy of ["b.yaml", "z.yaml"]) {
    const files = {
      "env.yaml": environment,
      "m.yaml": [apiRule("a", "/one")],
      [copy]: [apiRule("a", "/copy")],
    };
    const after = nextState(content(files), before);
    expect(paths(after)).toEqual(["a /one"]);
    expect(report(after)).toEqual([
      expect.stringMatching(`^${copy}: APIRule default/a: is defined in m\\.yaml as well`),
    ]);
  }
});

test("objects of other kinds are passed over", () => {
  const other = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" } };
  expect(report(start(apiRule("a", "/one"), other))).toEqual([]);
});

test("a port override that the Gateways do not allow is a problem of the Gateway", () => {
  const two = { ...gateway(), metadata: { name: "second" } };
  two.spec.servers[0] = { port: { number: 8081, name: "http", protocol: "HTTP" }, hosts: ["*"] };
  const state = nextState(content({ "env.yaml": [...environment, two] }), undefined, 9090);
  expect(report(state)).toEqual([expect.stringContaining("9090")]);
});
