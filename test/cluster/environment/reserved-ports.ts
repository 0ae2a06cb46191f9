import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { allFree, chooseFreePorts, type Ports } from "./ports.ts";
import { findMarked } from "./processes.ts";

/**
 * The ports of the environment in this folder. It keeps those of an earlier start while it runs or they are still
 * free; else it gets new ones and, because its objects name the old ones, begins anew.
 */
export async function reservePorts(folder: string): Promise<Ports> {
  const file = join(folder, "ports.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text !== undefined) {
    const earlier = JSON.parse(text) as Ports;
    if ((await findMarked({ folder })).length > 0 || (await allFree(earlier))) return earlier;
    await rm(folder, { recursive: true });
    await mkdir(folder);
  }
  const ports = await chooseFreePorts();
  await writeFile(file, `${JSON.stringify(ports, null, 2)}\n`);
  return ports;
}
