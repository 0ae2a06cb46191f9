/** How long an edit of one APIRule among very many takes until the gateway enforces it. */
import { setTimeout as delay } from "node:timers/promises";
import { API_RULES } from "../../../controller/cluster/resource-types.ts";
import { CONTENT_TYPES } from "../../../controller/kube/api-client.ts";
import { objectPath } from "../../../controller/kube/resource-type.ts";
import { readAuditLog } from "../../cluster/environment/audit.ts";
import { signToken } from "../../support/sign.ts";
import { type Figure, quantile } from "../figures.ts";
import { apiRuleAt, hostAt, PATH, scopeAt } from "./api-rules.ts";
import type { ScaleCluster } from "./cluster.ts";

const POLL_MS = 5;
const LONGEST_MS = 60_000;
const PAUSE_MS = 300;
const GOAL_MS = 2_000;

interface Edit {
  /** Milliseconds since 1970 when it was sent. */
  at: number;
  enforcedMs: number;
  isFresh: boolean;
}

/** Edits `count` APIRules one after the other; every second edit brings a policy that is new to the gateway. */
export async function measureEdits(
  cluster: ScaleCluster,
  count: number,
  apiRules: number,
): Promise<Figure[]> {
  const edits: Edit[] = [];
  const guarded = Array.from({ length: apiRules }, (_, index) => index).filter(scopeAt);
  for (let number = 0; number < count; number++) {
    const index = guarded[Math.floor(((number + 0.5) / count) * guarded.length)] ?? 0;
    const isFresh = number % 2 === 1;
    const scope = isFresh ? `edited-${number}` : otherScope(index);
    edits.push({ isFresh, ...(await timeEdit(cluster, index, scope)) });
    await delay(PAUSE_MS * (1 + Math.random()));
  }
  const times = (isWanted: (edit: Edit) => boolean) =>
    edits.filter(isWanted).map(({ enforcedMs }) => enforcedMs);
  const known = times(({ isFresh }) => !isFresh);
  const fresh = times(({ isFresh }) => isFresh);
  const all = times(() => true);
  const written = await untilWritten(cluster, edits);
  return [
    { what: "edit to a known policy until enforced, median", value: quantile(known, 0.5), unit: "ms" },
    { what: "edit to a new policy until enforced, median", value: quantile(fresh, 0.5), unit: "ms" },
    { what: "edit to a known policy, slowest", value: quantile(known, 1), unit: "ms" },
    { what: "edit to a new policy, slowest", value: quantile(fresh, 1), unit: "ms" },
    { what: `${count} edits until enforced, median`, value: quantile(all, 0.5), unit: "ms" },
    { what: `${count} edits until enforced, p99`, value: quantile(all, 0.99), unit: "ms", goal: GOAL_MS },
    { what: "of it until the routes are written, median", value: quantile(written, 0.5), unit: "ms" },
    { what: "of it until the routes are written, slowest", value: quantile(written, 1), unit: "ms" },
  ];
}

/** Milliseconds from each edit until the controller has sent its VirtualService; the rest is istiod's and the gateway's. */
async function untilWritten({ controlPlane }: ScaleCluster, edits: readonly Edit[]): Promise<number[]> {
  const requests = await readAuditLog(controlPlane.folder);
  const writes = requests.filter(({ verb, resource }) => verb === "patch" && resource === "virtualservices");
  return edits.map(({ at }) => {
    const write = writes.find(({ time }) => time >= at);
    return (write?.time ?? Number.NaN) - at;
  });
}

/** A scope that other APIRules demand. */
function otherScope(index: number): string {
  const scope = scopeAt(index + 1) ?? scopeAt(index + 2);
  if (scope === undefined) throw new Error("no neighbour demands a scope");
  return scope;
}

async function timeEdit(cluster: ScaleCluster, index: number, scope: string): Promise<Omit<Edit, "isFresh">> {
  const { api, issuer } = cluster;
  const token = signToken(issuer, { claims: { scope } });
  const before = await statusAt(cluster, index, token);
  if (before !== 403) throw new Error(`${hostAt(index)} answers ${before} before the edit`);
  const { metadata, spec } = apiRuleAt(index, issuer, scope);
  const at = Date.now();
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
  return { at, enforcedMs: performance.now() - startedAt };
}

async function statusAt({ client }: ScaleCluster, index: number, token: string): Promise<number> {
  const headers: [string, string][] = [
    ["host", hostAt(index)],
    ["authorization", `Bearer ${token}`],
  ];
  return (await client.send({ method: "GET", path: PATH, headers })).status;
}
