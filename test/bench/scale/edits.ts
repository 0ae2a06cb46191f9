/** How long an edit of one APIRule among very many takes until the gateway enforces it. */
import { setTimeout as delay } from "node:timers/promises";
import { API_RULES } from "../../../controller/cluster/resource-types.ts";
import { CONTENT_TYPES } from "../../../controller/kube/api-client.ts";
import { objectPath } from "../../../controller/kube/resource-type.ts";
import { signToken } from "../../support/sign.ts";
import { apiRuleAt, hostAt, PATH, scopeAt } from "./api-rules.ts";
import type { ScaleCluster } from "./cluster.ts";
import { type Figure, quantile } from "./figures.ts";

const POLL_MS = 5;
const LONGEST_MS = 60_000;
const PAUSE_MS = 300;
const GOAL_MS = 2_000;

/** Edits `count` APIRules one after the other; every second edit brings a policy that is new to the gateway. */
export async function measureEdits(
  cluster: ScaleCluster,
  count: number,
  apiRules: number,
): Promise<Figure[]> {
  const known: number[] = [];
  const fresh: number[] = [];
  const guarded = Array.from({ length: apiRules }, (_, index) => index).filter(scopeAt);
  for (let edit = 0; edit < count; edit++) {
    const index = guarded[Math.floor(((edit + 0.5) / count) * guarded.length)] ?? 0;
    const isFresh = edit % 2 === 1;
    const scope = isFresh ? `edited-${edit}` : otherScope(index);
    (isFresh ? fresh : known).push(await timeEdit(cluster, index, scope));
    await delay(PAUSE_MS * (1 + Math.random()));
  }
  const all = [...known, ...fresh];
  return [
    { what: "edit to a known policy until enforced, median", value: quantile(known, 0.5), unit: "ms" },
    { what: "edit to a new policy until enforced, median", value: quantile(fresh, 0.5), unit: "ms" },
    { what: "edit to a known policy, slowest", value: quantile(known, 1), unit: "ms" },
    { what: "edit to a new policy, slowest", value: quantile(fresh, 1), unit: "ms" },
    { what: `${count} edits until enforced, median`, value: quantile(all, 0.5), unit: "ms" },
    { what: `${count} edits until enforced, p99`, value: quantile(all, 0.99), unit: "ms", goal: GOAL_MS },
  ];
}

/** A scope that other APIRules demand. */
function otherScope(index: number): string {
  const scope = scopeAt(index + 1) ?? scopeAt(index + 2);
  if (scope === undefined) throw new Error("no neighbour demands a scope");
  return scope;
}

async function timeEdit(cluster: ScaleCluster, index: number, scope: string): Promise<number> {
  const { api, issuer } = cluster;
  const token = signToken(issuer, { claims: { scope } });
  const before = await statusAt(cluster, index, token);
  if (before !== 403) throw new Error(`${hostAt(index)} answers ${before} before the edit`);
  const { metadata, spec } = apiRuleAt(index, issuer, scope);
  const startedAt = performance.now();
  await api.request({
    method: "PATCH",
    path: objectPath(API_RULES, metadata),
    body: { spec },
    contentType: CONTENT_TYPES.mergePatch,
  });
  while ((await statusAt(cluster, index, token)) !== 200) {
    if (performance.now() - startedAt > LONGEST_MS) throw new Error(`${hostAt(index)} is not edited`);
    await delay(POLL_MS);
  }
  return performance.now() - startedAt;
}

async function statusAt({ client }: ScaleCluster, index: number, token: string): Promise<number> {
  const headers: [string, string][] = [
    ["host", hostAt(index)],
    ["authorization", `Bearer ${token}`],
  ];
  return (await client.send({ method: "GET", path: PATH, headers })).status;
}
