/** What a controller does that has nothing to do, and after a restart. */
import { setTimeout as delay } from "node:timers/promises";
import { type AuditedRequest, readAuditLog } from "../../cluster/environment/audit.ts";
import type { Replica } from "../../cluster/support/replica.ts";
import { eventually } from "../../support/eventually.ts";
import { cpuNanoseconds } from "../cpu.ts";
import type { Figure } from "../figures.ts";
import type { ScaleCluster } from "./cluster.ts";
import { memoryOf } from "./process-usage.ts";

const WRITES = ["create", "update", "patch", "delete"];
const QUIET_MS = 10_000;
const QUIET_WITHIN_MS = 180_000;
const LED_WITHIN_MS = 120_000;

/** Waits until the controller has written nothing for a while: policies that nobody names any more go late. */
export async function untilQuiet(replica: Replica): Promise<void> {
  await eventually(async () => {
    const before = await replica.metric("tollgate_writes_total");
    await delay(QUIET_MS);
    if ((await replica.metric("tollgate_writes_total")) !== before) throw new Error("it still writes");
  }, QUIET_WITHIN_MS);
}

/** Measures a controller that is left alone. The renewal of its Lease is counted by itself. */
export async function measureRest(
  cluster: ScaleCluster,
  replica: Replica,
  seconds: number,
): Promise<Figure[]> {
  const from = Date.now();
  const cpuBefore = cpuNanoseconds(replica.pid);
  await delay(seconds * 1_000);
  const cpu = (cpuNanoseconds(replica.pid) - cpuBefore) / 1e9 / seconds;
  const writes = await writesSince(cluster, from);
  const renewals = writes.filter(isRenewal);
  return [
    { what: `writes in ${seconds} s of rest`, value: writes.length - renewals.length, unit: "", goal: 0 },
    { what: `renewals of the Lease in ${seconds} s`, value: renewals.length, unit: "" },
    { what: "CPU of the controller at rest", value: cpu * 100, unit: "% of a core" },
    { what: "memory of the controller at rest", value: memoryOf(replica.pid).now, unit: "MiB" },
  ];
}

/** Starts the controller anew in a cluster where everything is in place. */
export async function measureRestart(
  cluster: ScaleCluster,
): Promise<{ replica: Replica; figures: Figure[] }> {
  const from = Date.now();
  const startedAt = performance.now();
  const replica = await cluster.startController();
  const synced = (performance.now() - startedAt) / 1_000;
  await eventually(async () => {
    const [leads, depth, done] = await Promise.all([
      replica.metric("tollgate_leader"),
      replica.metric("tollgate_work_queue_depth"),
      replica.metric("tollgate_reconcile_duration_seconds_count"),
    ]);
    if (leads !== 1 || depth > 0 || done === 0) throw new Error("it is not through");
  }, LED_WITHIN_MS);
  const through = (performance.now() - startedAt) / 1_000;
  await delay(QUIET_MS);
  const writes = (await writesSince(cluster, from)).filter((request) => !isRenewal(request));
  const figures = [
    { what: "restart until the caches are complete", value: synced, unit: "s" },
    { what: "restart until every APIRule was looked at", value: through, unit: "s" },
    { what: "writes after the restart", value: writes.length, unit: "", goal: 0 },
  ];
  return { replica, figures };
}

async function writesSince({ controlPlane }: ScaleCluster, from: number): Promise<AuditedRequest[]> {
  const requests = await readAuditLog(controlPlane.folder);
  return requests.filter(({ verb, time }) => WRITES.includes(verb) && time >= from);
}

function isRenewal({ resource }: AuditedRequest): boolean {
  return resource === "leases";
}
