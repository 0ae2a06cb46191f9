/** A socket in a folder tells whether the process that the folder belongs to runs: the kernel closes it with the process. */
import { once } from "node:events";
import { rename } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";

const SOCKET = "alive.sock";

/**
 * Shows that this process runs, until the server is closed. It does not keep the process running.
 *
 * @throws Error when the path is too long for a socket
 */
export async function showLife(folder: string): Promise<Server> {
  const draft = join(folder, `draft.${SOCKET}`);
  const server = createServer((connection) => connection.destroy()).unref();
  server.listen(draft);
  await once(server, "listening");
  // Under its own name it was never without somebody who listens.
  await rename(draft, join(folder, SOCKET));
  return server;
}

/** Whether a process has shown life in a folder and has ended since. */
export async function isAbandoned(folder: string): Promise<boolean> {
  const connection = connect(join(folder, SOCKET));
  try {
    await once(connection, "connect");
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  } finally {
    connection.destroy();
  }
}
