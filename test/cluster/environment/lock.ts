import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { contentId } from "../../../controller/model/ids.ts";

const RETRY_INTERVAL_MS = 200;

/**
 * Runs `work` while no other process of this machine holds the lock of that name. The lock is a socket in Linux'
 * abstract namespace, so that the kernel releases it with the process that holds it, however that ends.
 *
 * @param onWait called once when another process holds it
 */
export async function withLock<Result>(
  name: string,
  onWait: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const socket = `\0tollgate-lock-${contentId(name)}`;
  let release = await acquire(socket);
  if (!release) onWait();
  while (!release) {
    await delay(RETRY_INTERVAL_MS);
    release = await acquire(socket);
  }
  try {
    return await work();
  } finally {
    release();
  }
}

function acquire(socket: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(socket, () => resolve(() => server.close()));
  });
}
