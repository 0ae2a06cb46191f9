import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StepError } from "../setup/step.ts";
import { findFreePort, PortTakenError } from "./loopback.ts";

/** Where each part of the demo listens on 127.0.0.1. */
export interface DemoPorts {
  gateway: number;
  admin: number;
  issuer: number;
  partner: number;
  upstream: number;
}

/** The ports that the samples name. */
export const DEFAULT_PORTS: Readonly<DemoPorts> = {
  gateway: 8080,
  issuer: 8081,
  upstream: 8082,
  partner: 8083,
  admin: 9901,
};

/** The flag of `npm start` that sets each port. */
export const PORT_FLAGS: Readonly<Record<keyof DemoPorts, string>> = {
  gateway: "--port",
  issuer: "--issuer-port",
  upstream: "--upstream-port",
  partner: "--partner-port",
  admin: "--admin-port",
};

/** @throws StepError that names the flag to choose another port with */
export async function requireFreePorts(ports: DemoPorts): Promise<void> {
  for (const [part, flag] of Object.entries(PORT_FLAGS)) {
    try {
      await findFreePort(ports[part as keyof DemoPorts]);
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
      throw new StepError(`${error.message} (${part}); choose another one: npm start -- ${flag} N`);
    }
  }
}

/** A manifest of the samples with the addresses of issuers and upstream moved to other ports. */
export function movePorts(manifest: string, ports: DemoPorts): string {
  const moved = new Map([
    [`127.0.0.1:${DEFAULT_PORTS.issuer}`, `127.0.0.1:${ports.issuer}`],
    [`127.0.0.1:${DEFAULT_PORTS.partner}`, `127.0.0.1:${ports.partner}`],
    [`targetPort: ${DEFAULT_PORTS.upstream}`, `targetPort: ${ports.upstream}`],
  ]);
  return manifest.replace(/(127\.0\.0\.1:|targetPort: )\d+\b/g, (address) => moved.get(address) ?? address);
}

/**
 * The folder to serve: the samples themselves, or a fresh copy of them at `copy` when they have to name other
 * ports of the issuers or the upstream.
 */
export async function prepareConfigFolder(samples: string, copy: string, ports: DemoPorts): Promise<string> {
  const named = ["issuer", "partner", "upstream"] as const;
  if (named.every((part) => ports[part] === DEFAULT_PORTS[part])) return samples;
  await rm(copy, { recursive: true, force: true });
  await mkdir(dirname(copy), { recursive: true });
  await cp(samples, copy, { recursive: true });
  for (const name of await readdir(copy)) {
    const file = join(copy, name);
    await writeFile(file, movePorts(await readFile(file, "utf8"), ports));
  }
  return copy;
}
