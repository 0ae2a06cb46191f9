import type { HeaderLine, RawRequest } from "../support/client.ts";
import { type Issuers, makeToken } from "../support/tokens.ts";
import { type CaseRequest, fillToken } from "./case.ts";

/** The request that a row describes, with a fresh token (empty when it describes none). */
export async function buildRequest(
  described: CaseRequest,
  issuers: Issuers,
): Promise<{ request: RawRequest; token: string }> {
  const { method = "GET", host, path = "/", headers = {}, token: spec } = described;
  if (host === undefined) throw new Error("a row needs a host, its own or the case's");
  const token = spec === undefined ? "" : await makeToken(spec, issuers);
  const authorization = described.authorization ?? (spec === undefined ? [] : [`Bearer ${token}`]);
  const lines: HeaderLine[] = [["host", host]];
  for (const value of authorization) lines.push(["authorization", fillToken(value, token)]);
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values].flat()) lines.push([name, fillToken(value, token)]);
  }
  return { request: { method, path: fillToken(path, token), headers: lines }, token };
}
