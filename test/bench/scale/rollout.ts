/** From the creation of very many APIRules to the moment when all are in force. */
import { setTimeout as delay } from "node:timers/promises";
import { API_RULES } from "../../../controller/cluster/resource-types.ts";
import type { ApiRuleStatus } from "../../../controller/cluster/status.ts";
import { collectionPath } from "../../../controller/kube/resource-type.ts";
import type { Replica } from "../../cluster/support/replica.ts";
import { eventually } from "../../support/eventually.ts";
import type { Figure } from "../figures.ts";
import { apiRuleAt, hostAt, PATH, scopeAt } from "./api-rules.ts";
import { inParallel, listApiRules, type ScaleCluster } from "./cluster.ts";

const CLIENTS = 24;
const POLL_MS = 500;
const LONGEST_MS = 30 * 60_000;
const SERVED_WITHIN_MS = 120_000;
const SAMPLES = 500;

/** Creates `count` APIRules and waits until all are programmed, and the gateway serves them. */
export async function measureRollout(
  cluster: ScaleCluster,
  replica: Replica,
  count: number,
  onProgress: (message: string) => void,
): Promise<Figure[]> {
  const { api, issuer } = cluster;
  const apiRules = Array.from({ length: count }, (_, index) => apiRuleAt(index, issuer));
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1_000;
  await inParallel(apiRules, CLIENTS, (body) => {
    const path = collectionPath(API_RULES, body.metadata.namespace);
    return api.request({ method: "POST", path, body, timeoutMs: 60_000 });
  });
  const created = seconds();
  onProgress(`${count} APIRules are created after ${created.toFixed(0)} s`);
  await untilReady(replica, count, onProgress);
  const programmed = seconds();
  await expectAllProgrammed(cluster, count);
  const beforeServed = seconds();
  await expectServed(cluster, count);
  return [
    { what: `create ${count} APIRules`, value: created, unit: "s" },
    { what: "from the first one until all are programmed", value: programmed, unit: "s" },
    { what: "from then until the gateway serves all", value: seconds() - beforeServed, unit: "s" },
  ];
}

async function untilReady(
  replica: Replica,
  count: number,
  onProgress: (message: string) => void,
): Promise<void> {
  const startedAt = performance.now();
  let told = -1;
  for (;;) {
    const ready = await replica.metric("tollgate_apirules", 'state="Ready"');
    if (ready === count) return;
    if (performance.now() - startedAt > LONGEST_MS) throw new Error(`only ${ready} of ${count} are ready`);
    const tenth = Math.floor((ready / count) * 10);
    if (tenth !== told) onProgress(`${ready} of ${count} are ready`);
    told = tenth;
    await delay(POLL_MS);
  }
}

/** What the controller says of itself has to be what the API server has. */
async function expectAllProgrammed({ api }: ScaleCluster, count: number): Promise<void> {
  const all = await listApiRules(api);
  const programmed = all.filter(({ metadata, status }) => {
    const { conditions = [] } = (status ?? {}) as Partial<ApiRuleStatus>;
    const condition = conditions.find(({ type }) => type === "Programmed");
    return condition?.status === "True" && condition.observedGeneration === metadata.generation;
  });
  if (programmed.length !== count) throw new Error(`only ${programmed.length} of ${count} are programmed`);
}

async function expectServed({ client }: ScaleCluster, count: number): Promise<void> {
  const indexes = Array.from({ length: SAMPLES }, (_, sample) => Math.floor((sample / SAMPLES) * count));
  await inParallel([...indexes, count - 1], 1, (index) => {
    const expected = scopeAt(index) === undefined ? 200 : 401;
    return eventually(async () => {
      const { status } = await client.send({ method: "GET", path: PATH, headers: [["host", hostAt(index)]] });
      if (status !== expected) throw new Error(`${hostAt(index)}: ${status} instead of ${expected}`);
    }, SERVED_WITHIN_MS);
  });
}
