import { expect, test } from "vitest";
import type { IntrospectionServer } from "../model/exposure.ts";
import { introspectionOnMachine } from "./envoy/index.ts";
import { introspectionInCluster } from "./istio/introspection.ts";

const inCluster = introspectionInCluster("tollgate.gates.svc.cluster.local:8081");
const RELAYED = { authority: "tollgate.gates.svc.cluster.local:8081", path: "/introspect/5e1f" };

function server(endpoint: string, withCredentials = false): IntrospectionServer {
  const clientCredentials = { namespace: "shop", name: "login" };
  return {
    ...{ id: "5e1f", endpoint, timeoutSeconds: 5, maxCacheSeconds: 60 },
    ...(withCredentials && { clientCredentials }),
  };
}

test.each([
  ["http://login.identity.svc/introspect", "outbound|80||login.identity.svc.cluster.local"],
  ["http://login.identity.svc:80/introspect", "outbound|80||login.identity.svc.cluster.local"],
  ["http://login.identity.svc.cluster.local:9/introspect", "outbound|9||login.identity.svc.cluster.local"],
])("in a cluster %s without credentials is called directly", (endpoint, cluster) => {
  const { host } = new URL(endpoint);
  expect(inCluster(server(endpoint))).toEqual({ cluster, authority: host, path: "/introspect" });
});

test.each([
  ["needs credentials", server("http://login.identity.svc/introspect", true)],
  ["is reached by TLS", server("https://login.identity.svc/introspect")],
  ["is outside the cluster", server("http://login.example.com/introspect")],
  ["is an address", server("http://169.254.169.254/latest")],
  ["only looks like a Service", server("http://login.identity.svc.example.com/introspect")],
])("in a cluster an endpoint that %s is called through the relay", (_, target) => {
  expect(inCluster(target)).toEqual({
    cluster: "outbound|8081||tollgate.gates.svc.cluster.local",
    ...RELAYED,
  });
});

test("on one machine an endpoint without TLS and credentials is called directly", () => {
  const cluster = "introspection/127.0.0.1:81";
  const upstream = { cluster, authority: "127.0.0.1:81", path: "/a%20b?c=d" };
  expect(introspectionOnMachine(server("http://127.0.0.1:81/a%20b?c=d"))).toEqual(upstream);
});

test.each([server("http://127.0.0.1:81/", true), server("https://login.example.com/")])(
  "on one machine every other endpoint is called through the relay",
  (target) => {
    expect(introspectionOnMachine(target)).toMatchObject({
      cluster: "introspection-relay",
      path: RELAYED.path,
    });
  },
);
