/** What clients that are no plain HTTP/1.1 GET see of a refusal. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startUpstream, type Upstream } from "../../tools/demo/upstream.ts";
import { apiRule, jwtRule } from "../support/apirule.ts";
import { headerValues } from "../support/client.ts";
import { type Http2Client, type Http2Response, openHttp2Client } from "../support/http2-client.ts";
import { type StandaloneGateway, startStandaloneGateway } from "../support/standalone-gateway.ts";
import { type Issuers, makeToken, startIssuers } from "../support/tokens.ts";

/** A length-prefixed message of gRPC without content. */
const EMPTY_MESSAGE = new Uint8Array(5);

let issuers: Issuers;
let upstream: Upstream;
let gateway: StandaloneGateway;
let http2: Http2Client;

beforeAll(async () => {
  issuers = await startIssuers();
  upstream = await startUpstream();
  const unreachable = { url: issuers.second.url, jwksUri: "http://127.0.0.1:9/jwks" };
  const rules = [
    { ...jwtRule("/shop.Orders/List", issuers.main, ["read"]), methods: ["POST", "GET", "HEAD"] },
    { ...jwtRule("/shop.Orders/Delete", unreachable), methods: ["POST"] },
  ];
  gateway = await startStandaloneGateway([apiRule({ name: "answers", rules })], upstream.port);
  http2 = openHttp2Client(gateway.url);
});
afterAll(async () => {
  http2?.close();
  await gateway?.stop();
  await upstream?.close();
  for (const issuer of Object.values(issuers ?? {})) await issuer.close();
});

function call(
  method: string,
  authorization?: string,
  contentType = "application/grpc",
): Promise<Http2Response> {
  const headers = {
    ":method": "POST",
    ":path": `/shop.Orders/${method}`,
    ":authority": "answers.local.test",
    "content-type": contentType,
    te: "trailers",
    ...(authorization === undefined ? {} : { authorization }),
  };
  return http2.send(headers, EMPTY_MESSAGE);
}

test.each(["application/grpc", "application/grpc+proto"])(
  "a call of type %s gets a gRPC status",
  async (type) => {
    const { headers, body } = await call("List", undefined, type);
    expect(headers).toMatchObject({
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": "16",
      "grpc-message": "A bearer token is required.",
      "www-authenticate": 'Bearer realm="tollgate"',
    });
    expect(body).toBe("");
  },
);

test("each kind of refusal has its gRPC status", async () => {
  const lacking = await makeToken({ scope: "write" }, issuers);
  expect((await call("List", `Bearer ${lacking}`)).headers).toMatchObject({
    "grpc-status": "7",
    "www-authenticate": expect.stringContaining('scope="read"'),
  });
  expect((await call("List", "Basic YTpi, Bearer a.b.c")).headers).toMatchObject({ "grpc-status": "3" });
  const unverifiable = await makeToken({ issuer: "second" }, issuers);
  expect((await call("Delete", `Bearer ${unverifiable}`)).headers).toMatchObject({
    "grpc-status": "14",
    "grpc-message": "The keys of the issuer are not available.",
    "retry-after": "5",
  });
});

test("a call that may pass reaches the upstream", async () => {
  const { headers } = await call("List", `Bearer ${await makeToken({ scope: "read" }, issuers)}`);
  expect(headers).toMatchObject({ ":status": 200, "content-type": "application/json" });
});

test("what only resembles gRPC gets a problem document", async () => {
  const { headers, body } = await call("List", undefined, "application/grpc-web");
  expect(headers).toMatchObject({ ":status": 401, "content-type": "application/problem+json" });
  expect(JSON.parse(body)).toMatchObject({ code: "token_missing" });
});

test("HEAD gets the headers of the refusal alone", async () => {
  const lines: [string, string][] = [["host", "answers.local.test"]];
  const [head, get] = await Promise.all(
    ["HEAD", "GET"].map((method) => gateway.send({ method, path: "/shop.Orders/List", headers: lines })),
  );
  expect(head).toMatchObject({ status: 401, body: "" });
  for (const name of ["content-type", "content-length", "www-authenticate"]) {
    expect(headerValues(head?.headers ?? [], name)).toEqual(headerValues(get?.headers ?? [], name));
  }
});
