import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { listen } from "../bound-server.ts";
import { ControllerError } from "../errors.ts";
import { KeyStore } from "../keys/store.ts";
import type { Logger } from "../log.ts";
import { Relay } from "../relay/relay.ts";
import { RelayTargets } from "../relay/relay-targets.ts";
import { relaySocket, renderBootstrap } from "../render/envoy/index.ts";
import { AdminClient } from "./admin.ts";
import { AppliedConfiguration } from "./applied-configuration.ts";
import { EnvoyProcess } from "./envoy-process.ts";
import { ENVOY_VERSION, filterPath, findEnvoy } from "./installation.ts";
import { KeyIdWatcher } from "./key-id-watcher.ts";
import { listenersOf, requireFreeListeners, urlOf, waitForListeners } from "./listeners.ts";
import { ManifestSource } from "./manifest-source.ts";
import { freePort, requireFreePort } from "./ports.ts";
import { Rollout } from "./rollout.ts";
import { RunDirectory } from "./run-directory.ts";

/** How to run. */
export interface StandaloneOptions {
  /** Folder of the manifests. */
  folder: string;
  /** Replaces the port of the only, plain HTTP server; 0 for a free one. */
  port?: number;
  /** Port of Envoy's admin interface on 127.0.0.1; absent or 0 for a free one. */
  adminPort?: number;
  /** Worker threads of Envoy; absent: one for each hardware thread. */
  concurrency?: number;
  /** Path of Envoy's access log. */
  accessLog?: string;
  /** Seconds between two fetches of keys whose issuer does not say for how long they are fresh. */
  keyRefreshSeconds?: number;
  log: Logger;
  /** Ends the run. */
  signal: AbortSignal;
}

/** Where to reach a run that serves. */
export interface Addresses {
  gateway: string;
  admin: string;
}

const BOOTSTRAP_FILE = "bootstrap.json";
const START_TIMEOUT_MS = 15_000;
const LOOPBACK = "127.0.0.1";

/**
 * Runs Envoy with the manifests of a folder in force, and follows their changes, until `signal` is aborted. Everything
 * that was started is stopped when it returns.
 *
 * @param onReady called once, when requests are served with the rules in force
 * @throws ControllerError when it cannot start, or Envoy ends by itself
 */
export async function runStandalone(
  options: StandaloneOptions,
  onReady: (addresses: Addresses) => void,
): Promise<void> {
  const life = new AbortController();
  const end = () => life.abort();
  options.signal.addEventListener("abort", end);
  const cleanups: (() => unknown)[] = [];
  try {
    onReady(await start(options, life, cleanups));
    if (!life.signal.aborted) await once(life.signal, "abort");
    if (!options.signal.aborted) throw life.signal.reason;
  } catch (error) {
    if (!options.signal.aborted)
      throw life.signal.reason instanceof ControllerError ? life.signal.reason : error;
  } finally {
    life.abort();
    options.signal.removeEventListener("abort", end);
    for (const cleanup of cleanups.toReversed()) await cleanup();
  }
}

async function start(
  options: StandaloneOptions,
  life: AbortController,
  cleanups: (() => unknown)[],
): Promise<Addresses> {
  const installation = requireInstallation();
  const portOverride = options.port === 0 ? await freePort() : options.port;
  const source = new ManifestSource(options.folder, portOverride, options.log);
  cleanups.push(() => source.close());
  const initial = await source.start();
  const listeners = listenersOf(initial, portOverride);
  await requireFreeListeners(listeners);
  const adminPort = await chooseAdminPort(options.adminPort);

  const runDirectory = await RunDirectory.create();
  cleanups.push(() => runDirectory.close());
  const keyStore = createKeyStore(options, life.signal);
  const relayTargets = await startRelay(runDirectory.path, options.log, cleanups);
  const admin = new AdminClient(`${LOOPBACK}:${adminPort}`);
  const applied = new AppliedConfiguration(admin, life.signal);
  const rollout = new Rollout(initial, {
    ...{
      runDirectory,
      applied,
      keyStore,
      relayTargets,
      wasmFile: installation.filter,
      log: options.log,
      signal: life.signal,
    },
    ...(portOverride !== undefined && { portOverride }),
    ...(options.accessLog !== undefined && { accessLog: options.accessLog }),
  });
  cleanups.push(() => rollout.close());
  const expected = await rollout.prepare();
  const envoy = await startEnvoy(installation.envoy, adminPort, runDirectory, options, life, cleanups);
  try {
    await applied.waitFor(expected, 0, START_TIMEOUT_MS);
    await waitForListeners(listeners, life.signal);
  } catch (error) {
    throw envoy.bindFailure() ?? error;
  }

  keyStore.onChange(() => rollout.refresh());
  source.onChange((inForce) => rollout.update(inForce));
  const keyIds = new KeyIdWatcher(admin, (keySet) => keyStore.refresh(keySet));
  cleanups.push(() => keyIds.close());
  return { gateway: urlOf(listeners), admin: `http://${LOOPBACK}:${adminPort}` };
}

function createKeyStore({ keyRefreshSeconds, log }: StandaloneOptions, signal: AbortSignal): KeyStore {
  const interval = keyRefreshSeconds === undefined ? {} : { intervalSeconds: keyRefreshSeconds };
  const keyStore = new KeyStore({ allowLoopback: true, ...interval, log });
  signal.addEventListener("abort", () => keyStore.close());
  return keyStore;
}

/** Serves the relay on a Unix socket that only this user, and so only this Envoy, can reach. */
async function startRelay(runDir: string, log: Logger, cleanups: (() => unknown)[]): Promise<RelayTargets> {
  const targets = new RelayTargets();
  const relay = new Relay({ find: targets.find, allowLoopback: true, log });
  cleanups.push(() => relay.close());
  const server = await listen(relaySocket(runDir), relay.listener);
  cleanups.push(() => server.close());
  return targets;
}

async function startEnvoy(
  binary: string,
  adminPort: number,
  runDirectory: RunDirectory,
  { concurrency, log }: StandaloneOptions,
  life: AbortController,
  cleanups: (() => unknown)[],
): Promise<EnvoyProcess> {
  await runDirectory.write(
    BOOTSTRAP_FILE,
    JSON.stringify(renderBootstrap({ runDir: runDirectory.path, adminPort })),
  );
  life.signal.throwIfAborted();
  const bootstrapFile = join(runDirectory.path, BOOTSTRAP_FILE);
  const envoy = new EnvoyProcess({
    binary,
    bootstrapFile,
    ...(concurrency !== undefined && { concurrency }),
    log,
  });
  cleanups.push(() => envoy.stop());
  void envoy.ended.then((reason) => life.abort(reason));
  return envoy;
}

/** @throws ControllerError that says what is missing and how to get it */
function requireInstallation(): { envoy: string; filter: string } {
  const envoy = findEnvoy();
  const filter = filterPath();
  if (!envoy) {
    const chosen = process.env.ENVOY_BIN;
    const reason = chosen ? `ENVOY_BIN names no executable file: ${chosen}` : "no Envoy was found";
    const remedy = `run \`npm run setup\`, put Envoy ${ENVOY_VERSION} on the PATH, or name it in ENVOY_BIN`;
    throw new ControllerError("envoy_missing", `${reason}; ${remedy}`);
  }
  if (!existsSync(filter)) {
    throw new ControllerError("filter_missing", `the filter ${filter} is missing; run \`npm run build\``);
  }
  return { envoy, filter };
}

async function chooseAdminPort(wanted = 0): Promise<number> {
  if (wanted === 0) return freePort();
  await requireFreePort({ address: LOOPBACK, port: wanted }, "choose another with --admin-port");
  return wanted;
}
