import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { KubernetesObject } from "../api/resources.ts";
import type { ApiClient } from "../kube/api-client.ts";
import { ApiError } from "../kube/api-error.ts";
import { ObjectCache } from "../kube/object-cache.ts";
import { introspectionServersOf } from "../model/introspection.ts";
import { apiRule } from "../model/test-resources.ts";
import { type KeptApiRule, type KeptWasmPlugin, keepApiRule, keepWasmPlugin } from "./kept-objects.ts";
import { RelayDirectory } from "./relay-directory.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** An API server with Secrets by path; one that is an error is refused with it. */
class FakeSecrets {
  readonly byPath = new Map<string, object | Error>();
  readonly reads: string[] = [];

  readonly request: ApiClient["request"] = async <Answer>({ path }: { path: string }) => {
    this.reads.push(path);
    const found = this.byPath.get(path) ?? new ApiError(404, "not found");
    if (found instanceof Error) throw found;
    return found as Answer;
  };
}

const LOGIN = "/api/v1/namespaces/demo/secrets/login";
const secret = (clientSecret: string) => ({
  type: "Opaque",
  data: { client_id: base64("me"), client_secret: base64(clientSecret) },
});

function ruleWith(name: string, endpoint: string, generation: number): KubernetesObject {
  const introspection = { endpoint, clientCredentials: { secretName: "login" } };
  const object = apiRule(name, { rules: [{ path: "/", methods: ["GET"], introspection }] });
  const version = String(1_000 + generation);
  return { ...object, metadata: { ...object.metadata, uid: name, generation, resourceVersion: version } };
}

function pluginWith(serverIds: string[], resourceVersion: string): KubernetesObject {
  const server = { cluster: "relay", authority: "relay", path: "/", timeoutMs: 1, maxCacheSeconds: 1 };
  const empty = { version: 1, revision: "0123456789abc", clockSkewSeconds: 60 };
  const tables = { keySets: [], providers: [], policies: [] };
  const introspectionServers = serverIds.map((id) => ({ id, ...server }));
  return {
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: "WasmPlugin",
    metadata: { namespace: "istio-system", name: "tollgate", resourceVersion },
    spec: { pluginConfig: { ...empty, ...tables, introspectionServers } },
  };
}

function setUp() {
  const secrets = new FakeSecrets();
  const apiRules = new ObjectCache<KeptApiRule>(keepApiRule);
  const wasmPlugins = new ObjectCache<KeptWasmPlugin>(keepWasmPlugin);
  const directory = new RelayDirectory({ caches: { apiRules, wasmPlugins }, client: secrets });
  const changed: string[][] = [];
  directory.onChange((keys) => changed.push([...keys]));
  const ended = new AbortController();
  const running = directory.run(ended.signal);
  onTestFinished(async () => {
    ended.abort();
    await running;
  });
  return { secrets, apiRules, wasmPlugins, directory, changed };
}

const serverOf = (object: KubernetesObject) => introspectionServersOf(object)[0]?.id ?? "";

test("a server of an APIRule is served with the credentials in its Secret", async () => {
  const { secrets, apiRules, directory, changed } = setUp();
  secrets.byPath.set(LOGIN, secret("s3cret"));
  const rule = ruleWith("a", "https://login.example.com/", 1);
  apiRules.put(rule);
  expect(directory.find(serverOf(rule))?.credentials).toEqual({
    problem: "the Secret has not been read yet",
  });
  await delay(10);
  expect(directory.find(serverOf(rule))).toMatchObject({
    server: { endpoint: "https://login.example.com/" },
    credentials: { clientId: "me", clientSecret: "s3cret" },
  });
  expect(changed).toEqual([["demo/a"]]);
  expect(directory.problemsOf(introspectionServersOf(rule))).toEqual([]);
});

test.each([
  ["is not there", undefined, "there is no Secret demo/login"],
  [
    "may not be read",
    new ApiError(403, 'secrets "login" is forbidden'),
    'Secret demo/login cannot be read: secrets "login" is forbidden',
  ],
  [
    "holds something else",
    { type: "kubernetes.io/tls", data: {} },
    "Secret demo/login: .type must be Opaque",
  ],
])("a Secret that %s keeps its server from being called", async (_, found, problem) => {
  const { secrets, apiRules, directory } = setUp();
  if (found !== undefined) secrets.byPath.set(LOGIN, found);
  const rule = ruleWith("a", "https://login.example.com/", 1);
  apiRules.put(rule);
  await delay(10);
  expect(directory.find(serverOf(rule))?.credentials).toEqual({ problem });
  expect(directory.problemsOf([...introspectionServersOf(rule), ...introspectionServersOf(rule)])).toEqual([
    problem,
  ]);
});

test("a server that no APIRule names is served until no gateway has it", () => {
  const { apiRules, wasmPlugins, directory } = setUp();
  const [before, after] = [
    ruleWith("a", "https://old.example.com/", 1),
    ruleWith("a", "https://new.example.com/", 2),
  ];
  apiRules.put(before);
  wasmPlugins.put(pluginWith([serverOf(before)], "2000"));
  apiRules.put(after);
  const known = () => [before, after].map((rule) => directory.find(serverOf(rule)) !== undefined);
  expect(known()).toEqual([true, true]);
  wasmPlugins.put(pluginWith([serverOf(before), serverOf(after)], "2001"));
  expect(known()).toEqual([true, true]);
  wasmPlugins.put(pluginWith([serverOf(after)], "2002"));
  expect(known()).toEqual([false, true]);
  apiRules.remove({ ...after, metadata: { ...after.metadata, resourceVersion: "3000" } });
  expect(known()).toEqual([false, true]);
  wasmPlugins.put(pluginWith([], "2003"));
  expect(known()).toEqual([false, false]);
});

test("Secrets are read for servers that are served, and once for all of them", async () => {
  const { secrets, apiRules, directory } = setUp();
  secrets.byPath.set(LOGIN, secret("s3cret"));
  const rules = [1, 2, 3].map((index) => ruleWith(`r${index}`, `https://login.example.com/${index}`, 1));
  for (const rule of rules) apiRules.put(rule);
  await delay(10);
  expect(secrets.reads).toEqual([LOGIN]);
  for (const rule of rules)
    apiRules.remove({ ...rule, metadata: { ...rule.metadata, resourceVersion: "3000" } });
  const [first] = rules;
  expect(first && directory.find(serverOf(first))).toBeUndefined();
});
