/** A way to the API server that a test can cut. */
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { ControlPlane } from "../environment/control-plane.ts";

export interface Passage {
  /** The administrator's kubeconfig, by this way. */
  readonly kubeconfig: string;
  /** Ends all connections, and every new one until `restore` is called. */
  cut(): void;
  restore(): void;
  /** Lets nothing more through on the connections that there are, without ending them. New ones work. */
  silence(): void;
  close(): Promise<void>;
}

export async function openPassage({ folder, kubeconfig, ports }: ControlPlane): Promise<Passage> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((caller) => {
    if (isCut) return caller.resetAndDestroy();
    const callee = connect(ports.apiServer, "127.0.0.1");
    for (const [socket, other] of [
      [caller, callee],
      [callee, caller],
    ] as const) {
      sockets.add(socket);
      socket.once("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on("error", () => {});
      socket.pipe(other);
    }
  });
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const file = join(folder, `passage-${port}.kubeconfig`);
  const direct = await readFile(kubeconfig, "utf8");
  await writeFile(file, direct.replace(`127.0.0.1:${ports.apiServer}`, `127.0.0.1:${port}`), { mode: 0o600 });
  return {
    kubeconfig: file,
    cut,
    restore: () => {
      isCut = false;
    },
    silence: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
  };
}
