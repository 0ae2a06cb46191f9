/** Runs one Envoy for as long as the measurement takes. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { StepError } from "../../tools/setup/step.ts";

const START_LIMIT_MS = 60_000;
const POLL_INTERVAL_MS = 50;

/** A running Envoy with one worker thread. It ends with this process at the latest, however that ends. */
export class EnvoyProcess {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly adminAddress: string;

  private constructor(child: ChildProcess, pid: number, adminAddress: string) {
    this.child = child;
    this.pid = pid;
    this.adminAddress = adminAddress;
  }

  /** Starts `binary` and resolves when it serves. Rejects with what Envoy has logged when it does not. */
  static async start(binary: string, bootstrap: object): Promise<EnvoyProcess> {
    const folder = mkdtempSync(join(tmpdir(), "tollgate-bench-"));
    const configFile = join(folder, "envoy.json");
    const adminFile = join(folder, "admin");
    const logFile = join(folder, "log");
    writeFileSync(configFile, JSON.stringify(bootstrap));
    const options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"];
    const files = ["--config-path", configFile, "--admin-address-path", adminFile, "--log-path", logFile];
    const child = spawn(binary, [...options, ...files], { stdio: "ignore" });
    process.once("exit", () => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    });
    child.once("error", () => {});
    const pid = child.pid;
    if (pid === undefined) throw new StepError(`Envoy could not be started: ${binary}`);
    return new EnvoyProcess(child, pid, await untilReady(child, adminFile, logFile));
  }

  /** The port of each listener, by its name. */
  async listenerPorts(): Promise<Map<string, number>> {
    const { listener_statuses } = (await this.admin("/listeners?format=json")) as ListenersAnswer;
    return new Map(
      listener_statuses.map((status) => [status.name, status.local_address.socket_address.port_value]),
    );
  }

  /** The value of one counter; zero while nothing has been counted. */
  async counter(name: string): Promise<number> {
    const pattern = `^${name.replaceAll(".", "\\.")}$`;
    const { stats } = (await this.admin(
      `/stats?format=json&filter=${encodeURIComponent(pattern)}`,
    )) as StatsAnswer;
    return stats.find((stat) => stat.name === name)?.value ?? 0;
  }

  /** The release, as in `1.40.0`. */
  async version(): Promise<string> {
    const { version } = (await this.admin("/server_info")) as { version: string };
    return version.split("/")[1] ?? version;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await exited;
  }

  private async admin(path: string): Promise<unknown> {
    const response = await fetch(`http://${this.adminAddress}${path}`);
    return response.json();
  }
}

interface ListenersAnswer {
  listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[];
}

interface StatsAnswer {
  stats: { name?: string; value?: number }[];
}

/** Resolves with the admin address once Envoy reports that it is live. */
async function untilReady(child: ChildProcess, adminFile: string, logFile: string): Promise<string> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const address = readIfThere(adminFile);
    if (address && (await isLive(address))) return address;
    await delay(POLL_INTERVAL_MS);
  }
  throw new StepError(`Envoy does not serve the chains. Its log:\n${readIfThere(logFile)}`);
}

async function isLive(adminAddress: string): Promise<boolean> {
  const response = await fetch(`http://${adminAddress}/ready`).catch(() => undefined);
  return response?.status === 200;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
