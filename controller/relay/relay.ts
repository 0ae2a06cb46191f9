/** The relay: passes tokens on from the gateways to introspection endpoints, and adds the credentials of the client. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { messageOf } from "../errors.ts";
import { readBody } from "../keys/outgoing.ts";
import type { Logger } from "../log.ts";
import type { ClientCredentials } from "../model/client-credentials.ts";
import type { IntrospectionServer } from "../model/exposure.ts";
import { serverIdOfRelayPath } from "../render/introspection.ts";
import { type EndpointAnswer, EndpointClient } from "./endpoint-client.ts";

/** An introspection server with its credentials, or with what keeps them from being known. */
export interface RelayTarget {
  server: IntrospectionServer;
  /** Absent: the endpoint is called without any. */
  credentials?: ClientCredentials | { problem: string };
}

export interface RelayOptions {
  /** The target with an id; undefined: no rule names it. */
  find: (serverId: string) => RelayTarget | undefined;
  /** Whether 127.0.0.0/8 and ::1 may be called. */
  allowLoopback: boolean;
  log: Logger;
}

/** Calls of one endpoint, and of all, that are under way; what comes on top is refused at once. */
const MAX_CALLS_OF_SERVER = 128;
const MAX_CALLS = 512;

/** The longest token, percent-encoded, and its hint. */
const MAX_FORM_BYTES = 65_536;

const FORM = "application/x-www-form-urlencoded";

/** Answers of the relay itself. Gateways take every status but 200 for "cannot be introspected". */
const REFUSALS = {
  notFound: [404, "no rule names this introspection server"],
  notPost: [405, "only POST is allowed"],
  notForm: [415, `only ${FORM} is allowed`],
  tooLarge: [413, "the form is too large"],
  noAnswer: [502, "the introspection endpoint has given no answer"],
  noCredentials: [503, "the credentials of the client are not available"],
  busy: [503, "too many calls are under way"],
} as const;

/** Serves the relay. Nothing that it answers or logs holds a token or a credential. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #client: EndpointClient;
  /** Calls under way by the id of the server. */
  readonly #calls = new Map<string, number>();
  /** Why the last call has failed by the id of the server, for those whose last call has. */
  readonly #failures = new Map<string, string>();
  #allCalls = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#client = new EndpointClient(options.allowLoopback);
  }

  /** For a server. Never throws. */
  readonly listener: RequestListener = (request, response) => {
    void this.#handle(request, response).catch(() => response.destroy());
  };

  /** Closes the connections to endpoints. */
  close(): void {
    this.#client.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = this.#options.find(serverIdOfRelayPath(request.url ?? "") ?? "");
    if (target === undefined) return refuse(response, "notFound");
    if (request.method !== "POST") return refuse(response, "notPost");
    if (request.headers["content-type"] !== FORM) return refuse(response, "notForm");
    const { server, credentials } = target;
    if (credentials !== undefined && "problem" in credentials) {
      this.#note(server, credentials.problem);
      return refuse(response, "noCredentials");
    }
    if (!this.#begin(server.id)) return refuse(response, "busy");
    try {
      const form = await readBody(request, MAX_FORM_BYTES).catch(() => undefined);
      if (form === undefined) return refuse(response, "tooLarge");
      await this.#pass(server, credentials, form, response);
    } finally {
      this.#end(server.id);
    }
  }

  async #pass(
    server: IntrospectionServer,
    credentials: ClientCredentials | undefined,
    form: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const timeout = AbortSignal.timeout(server.timeoutSeconds * 1_000);
    const abandoned = new AbortController();
    response.once("close", () => abandoned.abort());
    const signal = AbortSignal.any([timeout, abandoned.signal]);
    try {
      const { endpoint } = server;
      const answer = await this.#client.call({ endpoint, credentials, form, signal });
      this.#note(server, problemOf(answer));
      respond(response, answer);
    } catch (error) {
      if (abandoned.signal.aborted) return;
      const late = `no complete answer within ${server.timeoutSeconds} s`;
      this.#note(server, timeout.aborted ? late : messageOf(error));
      refuse(response, "noAnswer");
    }
  }

  #begin(serverId: string): boolean {
    const calls = this.#calls.get(serverId) ?? 0;
    if (calls >= MAX_CALLS_OF_SERVER || this.#allCalls >= MAX_CALLS) return false;
    this.#calls.set(serverId, calls + 1);
    this.#allCalls++;
    return true;
  }

  #end(serverId: string): void {
    const calls = (this.#calls.get(serverId) ?? 1) - 1;
    if (calls === 0) this.#calls.delete(serverId);
    else this.#calls.set(serverId, calls);
    this.#allCalls--;
  }

  /** Logs when a server begins to fail, ceases to, or fails for another reason. */
  #note({ id, endpoint }: IntrospectionServer, failure: string | undefined): void {
    const before = this.#failures.get(id);
    if (failure === before) return;
    if (failure === undefined) {
      this.#failures.delete(id);
      this.#options.log.info({ endpoint }, "Tokens are introspected again");
    } else {
      this.#failures.set(id, failure);
      this.#options.log.warn({ endpoint, error: failure }, "Tokens cannot be introspected");
    }
  }
}

/** What an operator has to know of an answer. */
function problemOf({ status }: EndpointAnswer): string | undefined {
  if (status === 401 || status === 403)
    return `the endpoint refuses the client credentials (status ${status})`;
  return status === 200 ? undefined : `status ${status} instead of 200`;
}

function respond(response: ServerResponse, { status, contentType, body }: EndpointAnswer): void {
  const type = contentType === undefined ? {} : { "content-type": contentType };
  response
    .writeHead(status, { ...type, "content-length": body.length, "cache-control": "no-store" })
    .end(body);
}

/** Closes the connection, because a body may not have been read. */
function refuse(response: ServerResponse, reason: keyof typeof REFUSALS): void {
  const [status, message] = REFUSALS[reason];
  response.writeHead(status, { "content-type": "text/plain", connection: "close" }).end(`${message}\n`);
}
