/** An HTTP/2 client with prior knowledge (RFC 9113, section 3.3), as gRPC clients are. */
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";

/** An answer with its trailers. */
export interface Http2Response {
  headers: Record<string, unknown>;
  trailers: Record<string, unknown>;
  body: string;
}

/** One connection. */
export interface Http2Client {
  send(headers: Record<string, string>, body?: Uint8Array): Promise<Http2Response>;
  close(): void;
}

const TIMEOUT_MS = 20_000;

/** Opens a connection to the gateway at `url`. */
export function openHttp2Client(url: string): Http2Client {
  const session: ClientHttp2Session = connect(url);
  return {
    async send(requestHeaders, requestBody) {
      const stream = session.request(requestHeaders);
      stream.setTimeout(TIMEOUT_MS, () => stream.destroy(new Error("no answer")));
      let headers = {};
      let trailers = {};
      let body = "";
      stream.setEncoding("utf8");
      stream.on("response", (lines) => {
        headers = { ...lines };
      });
      stream.on("trailers", (lines) => {
        trailers = { ...lines };
      });
      stream.on("data", (chunk: string) => {
        body += chunk;
      });
      stream.end(requestBody);
      await once(stream, "end");
      return { headers, trailers, body };
    },
    close: () => session.close(),
  };
}
