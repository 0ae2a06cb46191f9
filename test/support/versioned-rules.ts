/** Rules that change with every version in a way that each answer shows. */
import type { Issuer } from "../../tools/demo/issuer.ts";
import { apiRule, jwtRule, openRule } from "./apirule.ts";
import { headerValues, type RawRequest, type RawResponse } from "./client.ts";

/** One request and what each version answers to it. */
export interface Probe {
  request: RawRequest;
  /** Status that the version answers. */
  status(version: number): number;
}

const HOST = "versions.local.test";
const isEven = (version: number) => version % 2 === 0;

/** The APIRules of a version. */
export function manifestsOf(version: number, issuer: Issuer): object[] {
  const steady = [openRule("/open"), jwtRule("/protected", issuer, ["read"])];
  const changing = [
    jwtRule("/version", issuer, [`v${version}`]),
    jwtRule("/flipping", issuer, [isEven(version) ? "read" : "write"]),
    isEven(version) ? openRule("/sometimes") : jwtRule("/sometimes", issuer),
  ];
  const passing = apiRule({ name: `passing-${version}`, host: "passing.local.test", rules: [openRule("/")] });
  const rules = isEven(version) ? [...steady, ...changing] : [...changing, ...steady];
  return [apiRule({ name: "versions", rules }), ...(isEven(version) ? [passing] : [])];
}

/** Requests whose answers cover every kind of change. `reader` is a token with the scope `read`. */
export function probesWith(reader: string): Probe[] {
  return [
    { request: get("/open"), status: () => 200 },
    { request: get("/protected"), status: () => 401 },
    { request: get("/protected", reader), status: () => 200 },
    { request: get("/version"), status: () => 401 },
    { request: get("/flipping", reader), status: (version) => (isEven(version) ? 200 : 403) },
    { request: get("/flipping"), status: () => 401 },
    { request: get("/sometimes"), status: (version) => (isEven(version) ? 200 : 401) },
    {
      request: get("/", undefined, "passing.local.test"),
      status: (version) => (isEven(version) ? 200 : 404),
    },
    { request: get("/nowhere", reader), status: () => 404 },
  ];
}

/** The request whose answer tells the version: a 403 that names the scope which the version demands. */
export function versionRequest(reader: string): RawRequest {
  return get("/version", reader);
}

/** The version that the answer to `versionRequest` tells; undefined when it is not the expected refusal. */
export function versionIn(response: RawResponse): number | undefined {
  const [challenge = ""] = headerValues(response.headers, "www-authenticate");
  const version = /scope="v(\d+)"$/.exec(challenge)?.[1];
  return response.status === 403 && version !== undefined ? Number(version) : undefined;
}

function get(path: string, token?: string, host = HOST): RawRequest {
  const headers: RawRequest["headers"] = [["host", host]];
  if (token !== undefined) headers.push(["authorization", `Bearer ${token}`]);
  return { method: "GET", path, headers };
}
