/** HTTP servers on a port or on a Unix socket. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { ListenOptions } from "node:net";
import { ControllerError, messageOf } from "./errors.ts";

/** A server that listens. */
export interface BoundServer {
  close(): Promise<void>;
}

/**
 * Serves HTTP.
 *
 * @param address `host:port`, or the path of a Unix socket
 * @throws ControllerError `port_taken`
 */
export async function listen(address: string, handle: RequestListener): Promise<BoundServer> {
  const server = createServer(handle);
  server.listen(listenOptions(address));
  try {
    await once(server, "listening");
  } catch (error) {
    throw new ControllerError("port_taken", `${address} cannot be listened on: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return {
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function listenOptions(address: string): ListenOptions {
  if (address.startsWith("/")) return { path: address };
  const { hostname, port } = new URL(`http://${address}`);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}
