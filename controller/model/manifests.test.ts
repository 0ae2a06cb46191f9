import { describe, expect, test } from "vitest";
import { collectResources, parseManifests } from "./manifests.ts";

describe("reading manifests", () => {
  test("takes documents, lists and JSON, and puts objects into the default namespace", () => {
    const text = `
---
# nothing but a comment
---
apiVersion: v1
kind: Service
metadata: { name: a, namespace: demo }
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Secret, metadata: { name: b } }
---
{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "c" } }
`;
    const { objects, problems } = parseManifests(text, "all.yaml");
    expect(problems).toEqual([]);
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      "Service demo/a",
      "Secret default/b",
      "ConfigMap default/c",
    ]);
  });

  test("reports what is wrong by file and line, and keeps the rest", () => {
    const text = `kind: Service
metadata: { name: a }
---
apiVersion: v1
kind: Service
metadata: { name: b }
---
just text
---
apiVersion: v1
kind: Service
kind: Service
---
apiVersion: v1
kind: Service
metadata: {}
`;
    const { objects, problems } = parseManifests(text, "bad.yaml");
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(["b"]);
    expect(problems).toEqual([
      { file: "bad.yaml", line: 1, message: "apiVersion must be set to a string" },
      {
        file: "bad.yaml",
        line: 8,
        message: "a document must be a Kubernetes object with apiVersion, kind and metadata",
      },
      { file: "bad.yaml", line: 12, message: "Map keys must be unique" },
      { file: "bad.yaml", line: 14, message: "Service: metadata.name must be set to a string" },
    ]);
  });

  test("survives an alias bomb", () => {
    const levels = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`);
    const { objects, problems } = parseManifests(`a0: &a0 x\n${levels.join("\n")}\n`, "bomb.yaml");
    expect(objects).toEqual([]);
    expect(problems).toEqual([{ file: "bomb.yaml", line: 1, message: expect.stringContaining("alias") }]);
  });
});

describe("sorting objects by kind", () => {
  const parse = (text: string) => collectResources(parseManifests(text, "test.yaml").objects);

  test("knows kinds by their group, and ignores others", () => {
    const { resources, ignored, problems } = parse(`
{ apiVersion: gateway.kyma-project.io/v2, kind: APIRule, metadata: { name: rule } }
---
{ apiVersion: networking.istio.io/v1beta1, kind: Gateway, metadata: { name: istio }, spec: { servers: [] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: { name: gateway-api } }
---
{ apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: { name: foreign }, spec: { hosts: [A.example.com], gateways: [one, ./two, infra/three, mesh] } }
---
{ apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: { name: tollgate-rule, ownerReferences: [{ apiVersion: gateway.kyma-project.io/v2, kind: APIRule, name: rule, controller: true }] }, spec: { hosts: [a.example.com] } }
---
{ apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: { name: forged, labels: { app.kubernetes.io/managed-by: tollgate } }, spec: { exportTo: ["."] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: service }, spec: { type: ExternalName, externalName: "127.0.0.1", ports: [{ port: 80, targetPort: http }] } }
---
{ apiVersion: serving.knative.dev/v1, kind: Service, metadata: { name: knative } }
---
{ apiVersion: v1, kind: Secret, metadata: { name: secret }, type: Opaque, stringData: { key: value } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: istio, namespace: istio-system }, data: { mesh: "{}" } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: other, namespace: istio-system } }
`);
    expect(problems).toEqual([]);
    const { virtualServices, ...objects } = resources;
    const names = Object.values(objects).map((list) => list.map(({ metadata }) => metadata.name));
    const ref = { namespace: "default", name: "foreign" };
    const gateways = ["default/one", "default/two", "infra/three"];
    expect(virtualServices).toMatchObject([
      { ref, hosts: ["a.example.com"], gateways },
      { ref: { name: "forged" }, exportTo: ["."] },
    ]);
    expect(names).toEqual([["rule"], ["istio"], ["service"], ["secret"], ["istio"]]);
    expect(ignored.map(({ metadata }) => metadata.name)).toEqual(["gateway-api", "knative", "other"]);
    expect(resources.secrets[0]?.stringData).toEqual({ key: "value" });
    expect(resources.services[0]?.spec.ports).toEqual([{ port: 80, targetPort: "http" }]);
  });

  test("names object and field of a wrong shape, without values of a Secret", () => {
    const { resources, problems } = parse(`
{ apiVersion: networking.istio.io/v1, kind: Gateway, metadata: { name: a }, spec: { servers: [{ port: { number: 0, protocol: HTTP } }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: b }, spec: { ports: [{ port: "80", targetPort: [] }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: c } }
---
{ apiVersion: v1, kind: Secret, metadata: { name: d }, stringData: { password: 123456 } }
`);
    expect(resources).toEqual({
      ...{ apiRules: [], gateways: [], services: [], secrets: [], virtualServices: [], meshConfigs: [] },
    });
    expect(problems).toEqual([
      {
        object: "Gateway default/a",
        path: ".spec.servers[0].port.number",
        message: "must be between 1 and 65535, but is 0",
      },
      { object: "Gateway default/a", path: ".spec.servers[0].hosts", message: "must be set" },
      {
        object: "Service default/b",
        path: ".spec.ports[0].port",
        message: "must be an integer, but is a string",
      },
      {
        object: "Service default/b",
        path: ".spec.ports[0].targetPort",
        message: "must be an integer or a string, but is a list",
      },
      { object: "Service default/c", path: ".spec", message: "must be an object, but is null" },
      {
        object: "Secret default/d",
        path: ".stringData.password",
        message: "must be a string, but is a number",
      },
    ]);
  });

  test("keeps the first of two objects of one name", () => {
    const { resources, problems } = parse(`
{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { ports: [{ port: 1 }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { ports: [{ port: 2 }] } }
`);
    expect(resources.services.map(({ spec }) => spec.ports)).toEqual([[{ port: 1 }]]);
    expect(problems).toEqual([
      {
        object: "Service default/a",
        path: ".metadata.name",
        message: "another Service has the same name; this one is not used",
      },
    ]);
  });
});
