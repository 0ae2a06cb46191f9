/** Calls introspection endpoints (RFC 7662, section 2) over connections that are kept. */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { LIMITS } from "../api/limits.ts";
import { guardedLookup } from "../keys/addresses.ts";
import { parseUrl, readBody, TRANSPORTS } from "../keys/outgoing.ts";
import type { ClientCredentials } from "../model/client-credentials.ts";

/** One call. */
export interface EndpointCall {
  endpoint: string;
  credentials: ClientCredentials | undefined;
  /** The form as it came, `application/x-www-form-urlencoded`. */
  form: Buffer;
  /** Ends the call. */
  signal: AbortSignal;
}

/** What an endpoint has answered. */
export interface EndpointAnswer {
  status: number;
  contentType: string | undefined;
  body: Buffer;
}

/** Connections to one endpoint at a time, and those that are kept while nothing is asked. */
const CONNECTIONS = { keepAlive: true, maxSockets: 64, maxFreeSockets: 8 };

/** Follows no redirect, takes no cookie and no proxy of the environment; the address that is checked is the one called. */
export class EndpointClient {
  readonly #allowLoopback: boolean;
  readonly #agents = { "http:": new HttpAgent(CONNECTIONS), "https:": new HttpsAgent(CONNECTIONS) };

  constructor(allowLoopback: boolean) {
    this.#allowLoopback = allowLoopback;
  }

  /**
   * Makes one call.
   *
   * @throws Error when there is no answer that can be passed on: none at all, a redirect, or one that is too large
   */
  async call(call: EndpointCall): Promise<EndpointAnswer> {
    const response = await this.#send(call);
    try {
      const { statusCode: status = 0, headers } = response;
      if (status >= 300 && status < 400) throw new Error(`redirects are not followed (status ${status})`);
      const body = await readBody(response, LIMITS.maxIntrospectionAnswerBytes);
      return { status, contentType: headers["content-type"], body };
    } catch (error) {
      response.destroy();
      throw error;
    }
  }

  /** Closes the connections that are kept. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  /** A kept connection that the endpoint has closed meanwhile is no failure: the call is made once more. */
  async #send(call: EndpointCall): Promise<IncomingMessage> {
    const request = this.#request(call);
    try {
      return await responseOf(request);
    } catch (error) {
      const isStale = request.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET";
      if (!isStale || call.signal.aborted) throw error;
      return responseOf(this.#request(call));
    }
  }

  #request({ endpoint, credentials, form, signal }: EndpointCall): ClientRequest {
    const url = parseUrl(endpoint, this.#allowLoopback);
    const request = TRANSPORTS[url.protocol](url, {
      method: "POST",
      agent: this.#agents[url.protocol],
      lookup: guardedLookup(this.#allowLoopback),
      signal,
      headers: {
        accept: "application/json",
        "accept-encoding": "identity",
        "content-type": "application/x-www-form-urlencoded",
        "content-length": form.length,
        ...(credentials && { authorization: basicAuthorization(credentials) }),
      },
    });
    request.end(form);
    return request;
  }
}

function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.once("response", resolve);
  });
}

/** `client_secret_basic`: each part is form-encoded before they are joined (RFC 6749, section 2.3.1). */
function basicAuthorization({ clientId, clientSecret }: ClientCredentials): string {
  return `Basic ${Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString("base64")}`;
}

function formEncode(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
