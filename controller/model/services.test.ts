import { expect, test } from "vitest";
import type { Service } from "../api/resources.ts";
import { apiRule, service } from "./test-resources.ts";
import { translate } from "./translate.ts";

interface Case {
  onSpec?: object;
  onRule?: object;
  services?: Service[];
}

function outcome({ onSpec, onRule, services }: Case) {
  const rule = { path: "/*", methods: ["GET"], noAuth: true, service: onRule };
  const apiRules = [apiRule("shop", { service: onSpec, rules: [rule] })];
  const [result] = translate({ apiRules, ...(services && { services }) }).results;
  return result?.exposure?.routes[0]?.destination ?? result?.problems;
}

test.each<[string, Case, string, string, number]>([
  ["of the spec, in the APIRule's namespace", { onSpec: { name: "a", port: 80 } }, "demo", "a", 80],
  ["of the spec, in its own namespace", { onSpec: { name: "a", namespace: "x", port: 80 } }, "x", "a", 80],
  [
    "of the rule, in its own namespace",
    { onSpec: { name: "a", namespace: "x", port: 80 }, onRule: { name: "b", namespace: "y", port: 81 } },
    "y",
    "b",
    81,
  ],
  [
    "of the rule, in the namespace of the spec's service",
    { onSpec: { name: "a", namespace: "x", port: 80 }, onRule: { name: "b", port: 81 } },
    "x",
    "b",
    81,
  ],
  ["of the rule, in the APIRule's namespace", { onRule: { name: "b", port: 81 } }, "demo", "b", 81],
  [
    "that exists",
    { onSpec: { name: "a", port: 81 }, services: [service("demo", "a", 80, 81)] },
    "demo",
    "a",
    81,
  ],
])("requests go to the service %s", (_, given, namespace, name, port) => {
  expect(outcome(given)).toEqual({ service: { namespace, name }, port });
});

test.each<[string, Case, string, string]>([
  [
    "none is defined",
    {},
    ".spec.rules[0].service",
    "The rule must define a service, because no service is defined on spec level",
  ],
  [
    "it does not exist",
    { onSpec: { name: "a", port: 80 }, services: [service("other", "a", 80)] },
    ".spec.service",
    'Service not found: there is no Service "demo/a"',
  ],
  [
    "it has not the port",
    { onRule: { name: "a", port: 82 }, services: [service("demo", "a", 80, 81)] },
    ".spec.rules[0].service",
    'Service "demo/a" has no port 82; it has 80, 81',
  ],
  [
    "its name is none",
    { onRule: { name: "a.b/c", port: 80 } },
    ".spec.rules[0].service.name",
    '"a.b/c" is not the name of a Service',
  ],
])("an APIRule is refused when %s", (_, given, path, message) => {
  expect(outcome(given)).toEqual([{ path, message }]);
});
