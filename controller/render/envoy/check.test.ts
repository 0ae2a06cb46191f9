import { expect, test } from "vitest";
import type { Gateway, GatewayServer, Secret, Service } from "../../api/resources.ts";
import type { Exposure } from "../../model/exposure.ts";
import { checkGateways, checkServices } from "./check.ts";

const http: GatewayServer = { port: { number: 8080, protocol: "HTTP" }, hosts: ["*.example.com"] };
const https: GatewayServer = {
  port: { number: 8443, protocol: "HTTPS" },
  hosts: ["a.example.com"],
  tls: { mode: "SIMPLE", credentialName: "certificate" },
};
const certificate: Secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "certificate", namespace: "edge" },
  type: "kubernetes.io/tls",
  stringData: { "tls.crt": "certificate", "tls.key": "key" },
};

function gateway(...servers: GatewayServer[]): Gateway {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "main", namespace: "edge" },
    spec: { servers },
  };
}

test("HTTP and HTTPS on ports of their own are served", () => {
  expect(checkGateways([gateway(http, https)], { secrets: [certificate] })).toEqual([]);
});

test.each<[string, GatewayServer, string, string]>([
  ["TCP", { ...http, port: { number: 1, protocol: "TCP" } }, "port.protocol", "use HTTP or HTTPS"],
  ["a Unix socket", { ...http, bind: "unix:///run/x" }, "bind", "must be an IP address"],
  ["HTTPS without tls", { ...http, port: https.port }, "tls", "needs `mode: SIMPLE`"],
  [
    "PASSTHROUGH",
    { ...https, tls: { mode: "PASSTHROUGH", credentialName: "certificate" } },
    "tls.mode",
    "use SIMPLE",
  ],
  ["no credential", { ...https, tls: { mode: "SIMPLE" } }, "tls.credentialName", "must name a Secret"],
  [
    "a redirect under TLS",
    { ...https, tls: { mode: "SIMPLE", credentialName: "certificate", httpsRedirect: true } },
    "tls.httpsRedirect",
    "only an HTTP server",
  ],
])("%s is refused at its field", (_, server, field, message) => {
  expect(checkGateways([gateway(server)])).toEqual([
    {
      object: "Gateway edge/main",
      path: `.spec.servers[0].${field}`,
      message: expect.stringContaining(message),
    },
  ]);
});

test("one port cannot serve both HTTP and HTTPS", () => {
  expect(checkGateways([gateway(http, { ...https, port: { number: 8080, protocol: "HTTPS" } })])).toEqual([
    expect.objectContaining({ path: ".spec.servers[1].port.number" }),
  ]);
});

test("one port cannot serve a host under two certificates", () => {
  expect(checkGateways([gateway(https, https)])).toEqual([
    expect.objectContaining({
      path: ".spec.servers[1].hosts",
      message: expect.stringContaining("a.example.com"),
    }),
  ]);
});

test("a missing Secret is named by the server, an incomplete one by itself", () => {
  expect(checkGateways([gateway(https)], { secrets: [] })).toEqual([
    {
      object: "Gateway edge/main",
      path: ".spec.servers[0].tls.credentialName",
      message: expect.stringContaining("there is no Secret edge/certificate"),
    },
  ]);
  const incomplete: Secret = { ...certificate, type: "Opaque", stringData: { "tls.crt": "certificate" } };
  expect(checkGateways([gateway(https)], { secrets: [incomplete] })).toEqual([
    { object: "Secret edge/certificate", path: ".type", message: "must be kubernetes.io/tls" },
    { object: "Secret edge/certificate", path: '.data["tls.key"]', message: "is missing" },
  ]);
});

test("the port can be replaced for a single plain HTTP server alone", () => {
  expect(checkGateways([gateway(http)], { portOverride: 9000 })).toEqual([]);
  const refused = [expect.objectContaining({ object: "Gateway edge/main", path: ".spec.servers" })];
  expect(checkGateways([gateway(http, http)], { portOverride: 9000 })).toEqual(refused);
  expect(checkGateways([gateway(https)], { portOverride: 9000 })).toEqual(refused);
});

test("a Service that says no external name is refused where a route leads to it", () => {
  const service = (name: string, spec: Service["spec"]): Service => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec,
  });
  const services = [service("orders", { ports: [{ port: 80 }] }), service("unused", {})];
  const exposure: Exposure = {
    apiRule: { namespace: "shop", name: "orders" },
    gateway: { namespace: "edge", name: "main" },
    hosts: ["a.example.com"],
    routes: [
      {
        name: "tollgate/0/shop/orders/0",
        path: { kind: "prefix", value: "/" },
        methods: ["GET"],
        policy: "0",
        destination: { service: { namespace: "shop", name: "orders" }, port: 80 },
        timeoutSeconds: 180,
        requestHeaders: [],
      },
    ],
  };
  expect(checkServices([exposure], services)).toEqual([
    {
      object: "Service shop/orders",
      path: ".spec.externalName",
      message: expect.stringContaining("ExternalName"),
    },
  ]);
  const external = service("orders", { type: "ExternalName", externalName: "127.0.0.1" });
  expect(checkServices([exposure], [external])).toEqual([]);
});
