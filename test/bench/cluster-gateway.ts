/** The ingress gateway of a real cluster, and the ways to check tokens that are measured on it one after the other. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { packageRoot } from "../../controller/standalone/installation.ts";
import { closeServer, listenOnLoopback } from "../../tools/demo/loopback.ts";
import { startUpstream } from "../../tools/demo/upstream.ts";
import { StepError } from "../../tools/setup/step.ts";
import { type ControlPlane, startControlPlane } from "../cluster/environment/control-plane.ts";
import { kymaGateway, loopbackService } from "../cluster/environment/objects.ts";
import { statusOf } from "../cluster/environment/probe.ts";
import { holdsWithin } from "../cluster/environment/wait.ts";
import { istioAuthorization, openRoute } from "../cluster/support/istio-authorization.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { HOST, PATH } from "./requests.ts";
import { ISSUER, SCOPE, type SigningKey, signTokens } from "./tokens.ts";

/** Objects that bring a check about, and how it shows. */
interface Check {
  objects: object[];
  statusWithoutToken: 200 | 401 | 403;
  /** Kinds of HTTP filter that Envoy has for it, of those in `FILTERS`. */
  filters: string[];
}

/** No check at all, Tollgate's, and Istio's own. */
export type Checks = Readonly<Record<"none" | "tollgate" | "istio", Check>>;

/** A running gateway. */
export interface ClusterGateway {
  readonly port: number;
  readonly adminUrl: string;
  /** Of its Envoy. */
  readonly pid: number;
  readonly checks: Checks;
  /** Puts a check in the place of the one before. Connections opened from now on are judged by it alone. */
  use(check: Check): Promise<void>;
  stop(): Promise<void>;
}

const PROGRAM = join(packageRoot(), "bin", "tollgate.mjs");
const CONTROLLER_NAMESPACE = { apiVersion: "v1", kind: "Namespace", metadata: { name: "tollgate-system" } };
const FILTERS = ["wasm", "jwt_authn"];
const IN_FORCE_WITHIN_MS = 30_000;

/** Starts a control plane, the controller, a workload, and a server for the keys of the issuer. */
export async function startClusterGateway(
  key: SigningKey,
  onProgress: (message: string) => void,
): Promise<ClusterGateway> {
  const keys = createServer((_, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
  const issuer = { url: ISSUER, jwksUri: `http://127.0.0.1:${await listenOnLoopback(keys, 0)}/jwks` };
  const upstream = await startUpstream();
  const [token = ""] = await signTokens(key, 1);
  const controlPlane = await startControlPlane({ onProgress });
  const stop = async () => {
    await controlPlane.stop();
    await Promise.all([upstream.close(), closeServer(keys)]);
  };
  try {
    await populate(controlPlane, upstream.port);
    const { ports, gateway, parts } = controlPlane;
    let current: Check | undefined;
    return {
      port: ports.gateway,
      adminUrl: gateway.adminUrl,
      pid: envoyAmong(await parts.gateway.processes()),
      checks: checksFor(issuer),
      async use(check) {
        if (check === current) return;
        await remove(controlPlane, current?.objects ?? []);
        current = check;
        await controlPlane.kubectl.apply(check.objects);
        if (!(await holdsWithin(IN_FORCE_WITHIN_MS, () => isInForce(controlPlane, check, token))))
          throw new StepError("the gateway does not check tokens as it was told to");
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function checksFor(issuer: { url: string; jwksUri: string }): Checks {
  const protectedPrefixes = [{ prefix: PATH, scope: SCOPE }];
  const apiRules = [apiRule({ name: "bench", host: HOST, rules: [jwtRule(PATH, issuer, [SCOPE])] })];
  const native = istioAuthorization({ host: HOST, issuer, protectedPrefixes, openElsewhere: false });
  return {
    none: { objects: [openRoute(HOST)], statusWithoutToken: 200, filters: [] },
    tollgate: { objects: apiRules, statusWithoutToken: 401, filters: ["wasm"] },
    istio: { objects: native, statusWithoutToken: 403, filters: ["jwt_authn"] },
  };
}

async function populate(
  { kubectl, kubeconfig, ports, run }: ControlPlane,
  upstreamPort: number,
): Promise<void> {
  await kubectl("apply", "--server-side", "-k", join(packageRoot(), "deploy", "crd"));
  await kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s");
  await kubectl.apply([
    CONTROLLER_NAMESPACE,
    ...kymaGateway(ports.gateway),
    ...loopbackService({ name: "echo", port: 80, targetPort: upstreamPort }),
  ]);
  const address = `127.0.0.1:${ports.controller}`;
  await run({
    name: "controller",
    command: () => ({
      program: process.execPath,
      arguments: [
        ...[PROGRAM, "controller", `--kubeconfig=${kubeconfig}`, `--address=${address}`],
        "--relay-address=127.0.0.1:0",
        ...[`--module-url=http://${address}/tollgate.wasm`, "--allow-loopback-keys", "--grace=1"],
      ],
    }),
    isReady: async () => (await statusOf(`http://${address}/readyz`)) === 200,
  });
}

async function remove({ kubectl }: ControlPlane, objects: object[]): Promise<void> {
  for (const { kind, metadata } of objects as {
    kind: string;
    metadata: { name: string; namespace: string };
  }[])
    await kubectl("delete", kind, metadata.name, `--namespace=${metadata.namespace}`, "--timeout=30s");
}

/** Whether Envoy has the filters of this check and of no other, and they judge. */
async function isInForce({ gateway }: ControlPlane, check: Check, token: string): Promise<boolean> {
  const filters = await activeFilters(gateway.adminUrl);
  if (process.env.DBG)
    console.error(
      filters,
      check.filters,
      await statusOf(`${gateway.url}${PATH}`, { headers: { host: HOST } }),
    );
  if (filters.join() !== check.filters.join()) return false;
  const headers = { host: HOST };
  const withToken = { ...headers, authorization: `Bearer ${token}` };
  const statuses = [
    await statusOf(`${gateway.url}${PATH}`, { headers }),
    await statusOf(`${gateway.url}${PATH}`, { headers: withToken }),
  ];
  return statuses[0] === check.statusWithoutToken && statuses[1] === 200;
}

async function activeFilters(adminUrl: string): Promise<string[]> {
  const response = await fetch(`${adminUrl}/config_dump?resource=dynamic_listeners`);
  const { configs = [] } = (await response.json()) as { configs?: { active_state?: object }[] };
  const listeners = JSON.stringify(configs.map(({ active_state }) => active_state));
  return FILTERS.filter((name) => listeners.includes(`filters.http.${name}.v3`));
}

function envoyAmong(pids: readonly number[]): number {
  const envoy = pids.find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "envoy");
  if (envoy === undefined) throw new StepError("the gateway runs no Envoy");
  return envoy;
}
