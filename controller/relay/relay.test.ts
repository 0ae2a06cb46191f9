import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { LIMITS } from "../api/limits.ts";
import type { IntrospectionServer } from "../model/exposure.ts";
import { Relay, type RelayTarget } from "./relay.ts";

const CREDENTIALS = { clientId: "gate way", clientSecret: "p+:%~" };
const TOKEN_FORM = "token=a%2Bb&token_type_hint=access_token";

interface Call {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
  port: number | undefined;
}

/** An endpoint that notes each call. */
async function endpoint(
  answer: (response: ServerResponse, call: Call) => unknown,
): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const url = await serve(async (request, response) => {
    const { method, url, headers } = request;
    const call = { method, url, headers, body: await text(request), port: request.socket.remotePort };
    calls.push(call);
    answer(response, call);
  });
  return { url: `${url}/introspect?tenant=a`, calls };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function targetOf(endpoint: string, credentials?: RelayTarget["credentials"]): RelayTarget {
  const server: IntrospectionServer = { id: "5e1f", endpoint, timeoutSeconds: 1, maxCacheSeconds: 60 };
  return { server, ...(credentials && { credentials }) };
}

/** A relay for one target, and everything it logs. */
async function startRelay(
  target: RelayTarget,
  allowLoopback = true,
): Promise<{ url: string; log: () => string }> {
  let lines = "";
  const write = (line: string) => {
    lines += line;
  };
  const log = pino({ base: null }, { write });
  const relay = new Relay({ find: (id) => (id === "5e1f" ? target : undefined), allowLoopback, log });
  onTestFinished(() => relay.close());
  return { url: `${await serve(relay.listener)}/introspect/5e1f`, log: () => lines };
}

function post(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = { "content-type": "application/x-www-form-urlencoded", cookie: "a=b", "x-other": "c" };
  return fetch(url, { method: "POST", headers, body: TOKEN_FORM, ...init });
}

test("a token is passed on with the credentials, and nothing else of the request", async () => {
  const { url, calls } = await endpoint((response) =>
    response
      .writeHead(200, { "content-type": "application/json", "set-cookie": "x=y" })
      .end('{"active":true}'),
  );
  const relay = await startRelay(targetOf(url, CREDENTIALS));
  const response = await post(relay.url);
  expect([response.status, await response.text()]).toEqual([200, '{"active":true}']);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("set-cookie")).toBeNull();
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ method: "POST", url: "/introspect?tenant=a", body: TOKEN_FORM });
  const { authorization, cookie, accept, "x-other": other } = calls[0]?.headers ?? {};
  expect([cookie, other, accept]).toEqual([undefined, undefined, "application/json"]);
  expect(Buffer.from(authorization?.replace("Basic ", "") ?? "", "base64").toString()).toBe(
    "gate+way:p%2B%3A%25%7E",
  );
  expect(relay.log()).toBe("");
});

test("an endpoint without credentials is called without any", async () => {
  const { url, calls } = await endpoint((response) => response.end('{"active":false}'));
  const relay = await startRelay(targetOf(url));
  expect(await (await post(relay.url)).json()).toEqual({ active: false });
  expect(calls[0]?.headers.authorization).toBeUndefined();
});

test("connections are kept, and one that the endpoint has closed is no failure", async () => {
  let server: { closeIdle: () => void } = { closeIdle: () => {} };
  const { url, calls } = await endpoint((response) => {
    server = { closeIdle: () => response.socket?.destroy() };
    response.end("{}");
  });
  const relay = await startRelay(targetOf(url));
  for (let call = 0; call < 3; call++) await (await post(relay.url)).text();
  expect(new Set(calls.map(({ port }) => port)).size).toBe(1);
  const pending = post(relay.url);
  server.closeIdle();
  expect((await pending).status).toBe(200);
});

test.each([400, 401, 403, 500, 503])("status %s is passed on, and logged once", async (status) => {
  const { url } = await endpoint((response) => response.writeHead(status).end('{"error":"invalid_client"}'));
  const relay = await startRelay(targetOf(url, CREDENTIALS));
  for (let call = 0; call < 2; call++) {
    const response = await post(relay.url);
    expect([response.status, await response.text()]).toEqual([status, '{"error":"invalid_client"}']);
  }
  expect(relay.log().split("\n")).toHaveLength(2);
  expect(relay.log()).toContain("Tokens cannot be introspected");
});

test("the log says when an endpoint works again", async () => {
  let status = 500;
  const { url } = await endpoint((response) => response.writeHead(status).end("{}"));
  const relay = await startRelay(targetOf(url));
  await (await post(relay.url)).text();
  status = 200;
  await (await post(relay.url)).text();
  expect(relay.log()).toContain("Tokens are introspected again");
});

const useless: [string, (response: ServerResponse) => unknown][] = [
  ["a redirect", (response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end()],
  ["too much", (response) => response.end(Buffer.alloc(LIMITS.maxIntrospectionAnswerBytes + 1))],
  [
    "a torn answer",
    (response) => response.writeHead(200, { "content-length": "9" }).write("{", () => response.destroy()),
  ],
  ["a closed connection", (response) => response.destroy()],
  ["nothing in time", () => {}],
];

test.each(useless)("%s is no answer", async (_, answer) => {
  const { url } = await endpoint(answer);
  const relay = await startRelay(targetOf(url, CREDENTIALS));
  expect((await post(relay.url)).status).toBe(502);
  expect(relay.log()).toContain("Tokens cannot be introspected");
});

test("an endpoint that is not there is no answer", async () => {
  const relay = await startRelay(targetOf("http://127.0.0.1:9/"));
  expect((await post(relay.url)).status).toBe(502);
});

test.each(["http://169.254.169.254/", "http://[fe80::1]/", "http://127.0.0.1:9/"])(
  "%s is not called",
  async (address) => {
    const relay = await startRelay(targetOf(address, CREDENTIALS), false);
    expect((await post(relay.url)).status).toBe(502);
    expect(relay.log()).toContain("the address is not allowed");
  },
);

test("without its credentials an endpoint is not called", async () => {
  const { url, calls } = await endpoint((response) => response.end("{}"));
  const relay = await startRelay(targetOf(url, { problem: "there is no Secret shop/login" }));
  expect((await post(relay.url)).status).toBe(503);
  expect(relay.log()).toContain("there is no Secret shop/login");
  expect(calls).toEqual([]);
});

test("what is no introspection request is not passed on", async () => {
  const { url, calls } = await endpoint((response) => response.end("{}"));
  const relay = await startRelay(targetOf(url, CREDENTIALS));
  const statusOf = async (path: string, init?: RequestInit) => (await post(path, init)).status;
  expect(await statusOf(relay.url.replace("5e1f", "5e20"))).toBe(404);
  expect(await statusOf(relay.url.replace("introspect", "other"))).toBe(404);
  expect((await fetch(relay.url)).status).toBe(405);
  expect(await statusOf(relay.url, { headers: { "content-type": "application/json" } })).toBe(415);
  expect(await statusOf(relay.url, { body: "x".repeat(65_537) })).toBe(413);
  expect(calls).toEqual([]);
});

test("more calls of one endpoint than are allowed are refused at once", async () => {
  let [open, most] = [0, 0];
  const { url } = await endpoint((response) => {
    most = Math.max(most, ++open);
    response.once("close", () => open--);
  });
  const relay = await startRelay(targetOf(url));
  const answers = Array.from({ length: 130 }, async () => (await post(relay.url)).status);
  const refused = (await Promise.all(answers)).filter((status) => status === 503);
  expect([refused.length, most]).toEqual([2, 64]);
  expect((await post(relay.url)).status).toBe(502);
});

test("a gateway that gives up ends the call", async () => {
  const arrivals = new EventEmitter();
  const { url } = await endpoint((response) => arrivals.emit("call", response));
  const relay = await startRelay(targetOf(url));
  const gateway = new AbortController();
  const pending = post(relay.url, { signal: gateway.signal });
  const [response] = (await once(arrivals, "call")) as [ServerResponse];
  const ended = once(response, "close");
  gateway.abort();
  await expect(pending).rejects.toThrow();
  await ended;
  expect(relay.log()).toBe("");
});

test("neither token nor credentials are logged", async () => {
  const { url } = await endpoint((response) => response.destroy());
  const relay = await startRelay(targetOf(url, CREDENTIALS));
  await post(relay.url);
  expect(relay.log()).toContain("Tokens cannot be introspected");
  for (const secret of ["a%2Bb", "a+b", CREDENTIALS.clientId, CREDENTIALS.clientSecret, "Basic"])
    expect(relay.log()).not.toContain(secret);
});
