/** One replica of `tollgate controller` on a control plane. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageRoot } from "../../../controller/standalone/installation.ts";
import { eventually } from "../../support/eventually.ts";
import type { ControlPlane } from "../environment/control-plane.ts";
import { RELAY_SERVICE } from "../environment/objects.ts";
import { markerVariables } from "../environment/processes.ts";

export interface ReplicaOptions {
  /** Port of its own server. Default: the one that the control plane has for it. */
  port?: number;
  /** Port of its introspection relay. Default: a free one. */
  relayPort?: number;
  /** Default: the administrator's. */
  kubeconfig?: string;
  /** Default: the own server. */
  moduleUrl?: string;
  /** What has to answer before it counts as started. Default: readiness, which is when its caches are complete. */
  waitFor?: "/readyz" | "/healthz";
  /** Further arguments. */
  arguments?: readonly string[];
}

/** A replica that runs. */
export interface Replica {
  readonly pid: number;
  /** `host:port` of its server. */
  readonly address: string;
  /** Everything on the standard error so far. */
  log(): string;
  /** Sum of the samples of a metric whose labels have the given text. */
  metric(name: string, labels?: string): Promise<number>;
  /** Ends it in order, and resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

const PROGRAM = join(packageRoot(), "bin", "tollgate.mjs");
const READY_WITHIN_MS = 20_000;

/** Starts a replica and waits for it. */
export async function startReplica(
  controlPlane: ControlPlane,
  options: ReplicaOptions = {},
): Promise<Replica> {
  const address = `127.0.0.1:${options.port ?? controlPlane.ports.controller}`;
  const child = spawn(
    process.execPath,
    [
      ...[PROGRAM, "controller", `--address=${address}`, "--allow-loopback-keys"],
      ...[`--relay-address=127.0.0.1:${options.relayPort ?? 0}`, `--relay-service=${RELAY_SERVICE}`],
      `--kubeconfig=${options.kubeconfig ?? controlPlane.kubeconfig}`,
      `--module-url=${options.moduleUrl ?? `http://${address}/tollgate.wasm`}`,
      ...(options.arguments ?? []),
    ],
    {
      env: { ...process.env, ...markerVariables({ folder: controlPlane.folder, part: "controller" }) },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    log += chunk;
  });
  const replica = replicaOf(child, address, () => log);
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the controller has ended:\n${log}`);
    const { status } = await fetch(`http://${address}${options.waitFor ?? "/readyz"}`);
    if (status !== 200) throw new Error(`not started: status ${status}`);
  }, READY_WITHIN_MS);
  return replica;
}

function replicaOf(child: ChildProcess, address: string, log: () => string): Replica {
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, "exit") as Promise<[number | null]>;
    child.kill(signal);
    const [code] = await exited;
    return code;
  };
  return {
    pid: child.pid ?? 0,
    address,
    log,
    metric: async (name, labels = "") => {
      const text = await (await fetch(`http://${address}/metrics`)).text();
      const samples = text.split("\n").filter((line) => /^[a-z_]+/.exec(line)?.[0] === name);
      return samples
        .filter((line) => line.includes(labels))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
    stop: () => end("SIGTERM"),
    kill: async () => void (await end("SIGKILL")),
  };
}
