/** An APIRule that guards a path whatever happens, for suites about faults. */
import { afterEach, beforeEach, expect } from "vitest";
import type { PluginConfig } from "../../../controller/api/plugin-config.ts";
import type { KubernetesObject } from "../../../controller/api/resources.ts";
import { apiRule, jwtRule, openRule } from "../../support/apirule.ts";
import { eventually } from "../../support/eventually.ts";
import { type Cluster, expectState, expectStatus, useCluster } from "./cluster.ts";
import { type Replica, startReplica } from "./replica.ts";

type Scope = "read" | "write";

/** What is the same in every test of a suite. */
export interface Guarded {
  readonly cluster: Cluster;
  /** Tokens by the scope that they have. */
  readonly tokens: Readonly<Record<Scope, string>>;
  /** The controller. A suite that ends it puts another in its place. */
  replica: Replica;
  start(...parameters: string[]): Promise<Replica>;
  /** Has the guarded path demand a scope from now on. */
  demand(scope: string): Promise<void>;
  /** Waits until tokens with a scope pass, others are refused, and the status says that all is well. */
  inForce(scope: Scope, withinMs: number): Promise<void>;
  virtualService(): Promise<KubernetesObject | undefined>;
}

export const GUARDED_HOST = "guarded.local.test";
export const GUARDED_PATH = "/guarded";

const CALM_WITHIN_MS = 120_000;

/**
 * Starts a control plane and a controller for the suite that calls this. Each test begins with the scope `read` in force, and
 * fails when a request without token has passed meanwhile.
 */
export function useGuarded(): Guarded {
  const guarded = {} as { -readonly [Member in keyof Guarded]: Guarded[Member] };
  let watch: ReturnType<Cluster["watch"]>;

  guarded.start = (...parameters) => {
    const options = ["--grace=1", "--gateway-timeout=5", ...parameters];
    return startReplica(guarded.cluster.controlPlane, { arguments: options });
  };
  guarded.demand = (scope) => {
    const rules = [openRule("/open"), jwtRule(GUARDED_PATH, guarded.cluster.issuer, [scope])];
    return guarded.cluster.apply(apiRule({ name: "guarded", rules }));
  };
  guarded.inForce = async (scope, withinMs) => {
    const { cluster, tokens } = guarded;
    const wrong = scope === "read" ? "write" : "read";
    await expectStatus(cluster, [GUARDED_HOST, GUARDED_PATH, tokens[scope]], 200, withinMs);
    await expectStatus(cluster, [GUARDED_HOST, GUARDED_PATH, tokens[wrong]], 403, withinMs);
    await expectState(cluster, "guarded", "Ready", withinMs);
  };
  guarded.virtualService = () => guarded.cluster.read("virtualservice", "tollgate-guarded");

  guarded.cluster = useCluster(async ({ issuer }) => {
    guarded.tokens = {
      read: await issuer.token({ scope: "read" }),
      write: await issuer.token({ scope: "write" }),
    };
    guarded.replica = await guarded.start();
  });
  beforeEach(async () => {
    await guarded.demand("read");
    await guarded.inForce("read", CALM_WITHIN_MS);
    await eventually(async () => expect(await policyCount(guarded.cluster)).toBe(2), CALM_WITHIN_MS);
    watch = guarded.cluster.watch(GUARDED_HOST, GUARDED_PATH);
  });
  afterEach(async () => {
    const statuses = await watch.stop();
    expect(statuses.get(200) ?? 0, "requests without token that passed").toBe(0);
    expect(statuses.get(401) ?? 0, "requests without token that were refused").toBeGreaterThan(0);
  });
  return guarded;
}

/** An edit is to need a policy that the gateway does not have yet. */
async function policyCount(cluster: Cluster): Promise<number | undefined> {
  const [plugin] = await cluster.list("wasmplugin");
  return (plugin?.spec as { pluginConfig: PluginConfig } | undefined)?.pluginConfig.policies.length;
}
