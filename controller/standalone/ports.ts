import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { ControllerError } from "../errors.ts";

/** A TCP address. */
export interface SocketAddress {
  address: string;
  port: number;
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return listenBriefly({ address: "127.0.0.1", port: 0 });
}

/**
 * Makes sure that a port can be listened on.
 *
 * @param remedy what the user can do, as the end of the message
 * @throws ControllerError that names the port
 */
export async function requireFreePort({ address, port }: SocketAddress, remedy: string): Promise<void> {
  try {
    await listenBriefly({ address, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === "EADDRINUSE" ? "is taken by another process" : `cannot be listened on (${code})`;
    throw new ControllerError("port_taken", `port ${port} of ${address} ${reason}; ${remedy}`, {
      cause: error,
    });
  }
}

/** True when something accepts connections at the address. */
export function isListening({ address, port }: SocketAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ host: reachable(address), port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
    socket.setTimeout(1_000, () => settle(false));
  });
}

/** The address by which this machine reaches a listener: loopback for the unspecified one. */
export function reachable(address: string): string {
  if (address === "0.0.0.0") return "127.0.0.1";
  return address === "::" ? "::1" : address;
}

function listenBriefly({ address, port }: SocketAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: address, port, exclusive: true }, () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
