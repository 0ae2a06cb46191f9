/** Judges an answer of the gateway against what a case expects. */
import { STATUS_CODES } from "node:http";
import { expect } from "vitest";
import { DENY_CODES, type DenyCode } from "../../controller/api/deny-codes.ts";
import type { Echo } from "../../tools/demo/upstream.ts";
import { headerValues, type RawResponse } from "../support/client.ts";
import { type CaseAnswer, fillToken } from "./case.ts";

/** Fails the test unless the answer is the expected one. `${token}` in expected values stands for the token. */
export function expectAnswer(response: RawResponse, expected: CaseAnswer, token = ""): void {
  expect([expected.status].flat(), `status; the body is ${response.body}`).toContain(response.status);
  const echo = parseEcho(response);
  if (response.status === 200 && expected.upstream !== "none")
    expect(echo, "the upstream's echo").toBeDefined();
  else expect(echo, "the upstream saw the request").toBeUndefined();

  if (expected.code !== undefined) expectRefusal(response, expected.code, expected.scope);
  expectHeaders(response.headers, expected);
  if (expected.upstream === undefined || expected.upstream === "none" || echo === undefined) return;
  const { path, headers = {} } = expected.upstream;
  if (path !== undefined) expect(echo.path, "path at the upstream").toBe(fillToken(path, token));
  const withToken = Object.entries(headers).map(([name, value]) => [name, fillToken(value, token)]);
  expectHeaders(echo.headers, { ...expected.upstream, headers: Object.fromEntries(withToken) });
}

/** Fails the test unless the answer is the refusal with this code, in every part that a client can see. */
export function expectRefusal(response: RawResponse, code: string, scope?: string): void {
  const refusal: DenyCode | undefined = DENY_CODES.find((candidate) => candidate.code === code);
  if (refusal === undefined) throw new Error(`no deny code ${code}`);
  const { status, error, detail } = refusal;

  expect(response.status, `status; the body is ${response.body}`).toBe(status);
  expect(headerValues(response.headers, "content-type")).toEqual(["application/problem+json"]);
  expect(JSON.parse(response.body)).toEqual({
    type: "about:blank",
    title: STATUS_CODES[status],
    status,
    code,
    detail,
  });

  const challenges = headerValues(response.headers, "www-authenticate");
  if (status === 503) expect(headerValues(response.headers, "retry-after")).toEqual(["5"]);
  if (status === 503 || code === "path_ambiguous") expect(challenges).toEqual([]);
  else expect(challenges).toEqual([challengeOf(error, detail, scope)]);
}

/** The body as echo of the upstream; undefined when somebody else has answered. */
export function parseEcho(response: RawResponse): Echo | undefined {
  try {
    const body: unknown = JSON.parse(response.body);
    return typeof body === "object" && body !== null && "method" in body && "path" in body
      ? (body as Echo)
      : undefined;
  } catch {
    return undefined;
  }
}

function challengeOf(error: string | undefined, detail: string, scope: string | undefined): string {
  const parameters = { realm: "tollgate", error, error_description: error && detail, scope };
  const present = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return `Bearer ${present.map(([name, value]) => `${name}="${value}"`).join(", ")}`;
}

interface ExpectedHeaders {
  headers?: Readonly<Record<string, string>>;
  absentHeaders?: readonly string[];
}

function expectHeaders(
  lines: RawResponse["headers"],
  { headers = {}, absentHeaders = [] }: ExpectedHeaders,
): void {
  for (const [name, value] of Object.entries(headers)) {
    expect(headerValues(lines, name), `header ${name}`).toEqual([value]);
  }
  for (const name of absentHeaders) expect(headerValues(lines, name), `header ${name}`).toEqual([]);
}
