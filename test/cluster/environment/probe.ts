import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";

const TIMEOUT_MS = 1_000;

/**
 * The status of the answer to a GET; undefined when there is none within a second.
 *
 * @param ca certificate in PEM that the server's is verified with
 */
export function statusOf(
  url: string,
  { ca, headers = {} }: { ca?: string; headers?: Record<string, string> } = {},
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const options = { headers, agent: false, timeout: TIMEOUT_MS } as const;
    const request = ca === undefined ? getPlain(url, options) : getSecure(url, { ...options, ca });
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(undefined));
    request.on("close", () => resolve(undefined));
  });
}
