/** A closed-loop load generator: keep-alive HTTP/1.1 connections, each with one request in flight. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const SILENCE_LIMIT_MS = 10_000;
const HEADER_END = "\r\n\r\n";

/** A set of open connections to one port of 127.0.0.1. */
export class LoadGenerator {
  private readonly connections: Connection[];

  private constructor(connections: Connection[]) {
    this.connections = connections;
  }

  /** Opens `count` connections to `port`. */
  static async open(port: number, count: number): Promise<LoadGenerator> {
    const opening = Array.from({ length: count }, () => Connection.open(port));
    return new LoadGenerator(await Promise.all(opening));
  }

  /**
   * Sends `count` requests taken from `next`, in order, over all connections.
   * Rejects at the first answer whose status is not 200, quoting it.
   */
  async send(count: number, next: () => Buffer): Promise<void> {
    let left = count;
    const loop = async (connection: Connection): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const answer = await connection.exchange(next());
        if (!answer.startsWith("HTTP/1.1 200 ")) throw new Error(`expected status 200, got:\n${answer}`);
      }
    };
    await Promise.all(this.connections.map(loop));
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }
}

class Connection {
  private readonly socket: Socket;
  private received = "";
  private settle: { resolve: (answer: string) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1").setNoDelay(true).setTimeout(SILENCE_LIMIT_MS);
    socket.on("data", (chunk: string) => this.receive(chunk));
    socket.on("timeout", () => this.fail(new Error(`no answer within ${SILENCE_LIMIT_MS} ms`)));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("Envoy closed the connection")));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Connection(socket);
  }

  /** Sends one request and resolves with the whole answer, head and body. */
  exchange(request: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      this.received = "";
      this.settle = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: string): void {
    this.received += chunk;
    if (!isComplete(this.received)) return;
    this.settle?.resolve(this.received);
    this.settle = undefined;
  }

  private fail(error: Error): void {
    this.settle?.reject(error);
    this.settle = undefined;
  }
}

function isComplete(answer: string): boolean {
  const headEnd = answer.indexOf(HEADER_END);
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, headEnd))?.[1] ?? "0";
  return answer.length >= headEnd + HEADER_END.length + Number(length);
}
