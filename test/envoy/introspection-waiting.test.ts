/** Requests that wait for an introspection endpoint: they share calls, keep their bodies, and all come to an end. */
import { createHash, randomBytes } from "node:crypto";
import { type IncomingMessage, request as startRequest } from "node:http";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { expectRefusal } from "../conformance/answer.ts";
import { id } from "../filter/config.ts";
import type { RawResponse } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import {
  type BodyEcho,
  config,
  type IntrospectionGateway,
  policies,
  policy,
  servers,
  startIntrospectionGateway,
  token,
} from "../support/introspection-gateway.ts";

let gateway: IntrospectionGateway;
beforeAll(async () => {
  gateway = await startIntrospectionGateway();
});
afterAll(() => gateway?.stop());
beforeEach(() => gateway.reset());

describe("requests with one token", () => {
  test("share a call", async () => {
    gateway.answer({ delayMs: 300, body: { active: true, scope: "read" } });
    const bearer = token();
    const responses = await Promise.all(
      Array.from({ length: 40 }, (_, at) => gateway.send(bearer, at % 2 ? "/a" : "/b")),
    );
    expect(gateway.endpoint.calls).toHaveLength(1);
    for (const [at, response] of responses.entries()) {
      if (at % 2) expect(response.status).toBe(200);
      else expectRefusal(response, "audience_unexpected");
    }
  });

  test("share none with another server", async () => {
    gateway.answer({ delayMs: 200, body: { active: true, scope: "read", iss: "https://else" } });
    const bearer = token();
    const [one, other] = await Promise.all([gateway.send(bearer, "/a"), gateway.send(bearer, "/c")]);
    expect(one?.status).toBe(200);
    expectRefusal(other as RawResponse, "issuer_unexpected");
    expect(gateway.endpoint.calls).toHaveLength(2);
  });

  test("are answered when the one that came first has gone", async () => {
    gateway.answer({ delayMs: 500, body: { active: true, scope: "read" } });
    const bearer = token();
    const first = abandoned(bearer);
    await eventually(async () => expect(gateway.endpoint.calls).toHaveLength(1), 5_000);
    const others = Promise.all(Array.from({ length: 5 }, () => gateway.send(bearer)));
    await delay(100);
    first.destroy();
    expect((await others).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(gateway.endpoint.calls).toHaveLength(1);
  });
});

test("a client that goes away leaves nothing behind", async () => {
  gateway.answer({ delayMs: 200, body: { active: true, scope: "read" } });
  const bearers = Array.from({ length: 50 }, token);
  const requests = bearers.map(abandoned);
  await eventually(async () => expect(gateway.endpoint.calls).toHaveLength(50), 5_000);
  for (const each of requests) each.destroy();
  await delay(400);
  expect(gateway.upstreamRequests()).toBe(0);
  gateway.answer({ status: 500, body: "" });
  for (const bearer of bearers) expect((await gateway.send(bearer)).status).toBe(200);
  expect(gateway.endpoint.calls).toHaveLength(50);
});

/** A request whose client may go away. */
function abandoned(bearer: string) {
  const headers = { authorization: `Bearer ${bearer}` };
  const request = startRequest(`${gateway.url}/a`, { headers, agent: false });
  request.on("error", () => {});
  request.end();
  return request;
}

test.each([
  ["at once", 0, false],
  ["at once, of unknown length", 0, true],
  ["in pieces while the answer is awaited", 5, true],
])("a body of 1 MiB sent %s arrives whole", async (_how, pauseMs, chunked) => {
  gateway.answer({ delayMs: 400, body: { active: true, scope: "read" } });
  const body = randomBytes(1_048_576);
  const response = await post(body, pauseMs, chunked);
  expect(response).toEqual({ length: body.length, sha256: createHash("sha256").update(body).digest("hex") });
});

async function post(body: Buffer, pauseMs: number, chunked: boolean): Promise<BodyEcho> {
  const headers = {
    authorization: `Bearer ${token()}`,
    ...(chunked ? { "transfer-encoding": "chunked" } : { "content-length": body.length }),
  };
  const request = startRequest(`${gateway.url}/a`, { method: "POST", headers, agent: false });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve);
    request.on("error", reject);
  });
  for (let at = 0; at < body.length; at += 16_384) {
    request.write(body.subarray(at, at + 16_384));
    if (pauseMs > 0) await delay(pauseMs);
  }
  request.end();
  let text = "";
  for await (const chunk of await response) text += chunk;
  return JSON.parse(text) as BodyEcho;
}

describe("a configuration that changes while the answer is awaited", () => {
  test("is the one that decides", async () => {
    gateway.answer({ delayMs: 700, body: { active: true, scope: "read" } });
    const bearer = token();
    const waiting = [gateway.send(bearer, "/a"), gateway.send(bearer, "/b")];
    await eventually(async () => expect(gateway.endpoint.calls).toHaveLength(1), 5_000);
    await gateway.configure(config({ policies: policies.filter((each) => each.id !== id("b")) }));
    const [kept, dropped] = await Promise.all(waiting);
    expect(kept?.status).toBe(200);
    expectRefusal(dropped as RawResponse, "policy_unknown");
    await gateway.configure(config());
  });

  test("without the server: refused at once", async () => {
    gateway.answer({ delayMs: 900, body: { active: true, scope: "read" } });
    const waiting = gateway.send(token());
    await eventually(async () => expect(gateway.endpoint.calls).toHaveLength(1), 5_000);
    const keepsPolicy = { ...policy("a", "2", []) };
    await gateway.configure(config({ policies: [keepsPolicy], introspectionServers: servers.slice(1) }));
    expectRefusal(await waiting, "introspection_unavailable");
    await gateway.configure(config());
  });

  test("leaves no request waiting when the streams of the one before have gone", async () => {
    gateway.answer({ delayMs: 900, body: { active: true, scope: "read" } });
    const bearer = token();
    const first = abandoned(bearer);
    await eventually(async () => expect(gateway.endpoint.calls).toHaveLength(1), 5_000);
    await gateway.configure(config());
    const second = gateway.send(bearer);
    await delay(50);
    first.destroy();
    await gateway.configure(config());
    expect((await second).status).toBeLessThan(600);
    await gateway.configure(config());
  });
});

test("clients that go while answers come and configurations change trap nothing, and leave none waiting", async () => {
  gateway.endpoint.answer = (bearer) => {
    const body = { active: bearer.charCodeAt(0) % 4 === 0, scope: "read" };
    return { delayMs: Math.random() * 15, body };
  };
  const until = Date.now() + 4_000;
  const statuses = new Set<number>();
  const sendAll = async () => {
    let session = openSession();
    while (Date.now() < until) {
      if (session.closed || session.destroyed) session = openSession();
      const bearers = Array.from({ length: 8 }, token);
      const requests = Array.from({ length: 40 }, (_, at) => raced(session, bearers[at % 8] as string));
      for (const status of await Promise.all(requests)) if (status !== undefined) statuses.add(status);
    }
    session.destroy();
  };
  const changeAll = async () => {
    while (Date.now() < until) await gateway.configure(config());
  };
  await Promise.all([sendAll(), sendAll(), sendAll(), sendAll(), changeAll()]);
  for (const status of [200, 401]) expect(statuses).toContain(status);
  for (const status of statuses) expect([200, 401, 503]).toContain(status);
  gateway.answer({ body: { active: true, scope: "read" } });
  await eventually(async () => expect((await gateway.send(token())).status).toBe(200), 10_000);
});

/** Envoy closes the session of a client that takes back too many requests. */
function openSession(): ClientHttp2Session {
  const session = connect(gateway.url);
  session.on("error", () => {});
  return session;
}

/** The status of a request that its client, in half of all cases, takes back about the time of its answer. */
function raced(session: ClientHttp2Session, bearer: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": "/a", authorization: `Bearer ${bearer}` });
    let status: number | undefined;
    if (Math.random() < 0.5) setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), Math.random() * 20);
    const tooLong = setTimeout(() => reject(new Error("a request waits for ever")), 10_000);
    stream.on("response", (headers) => {
      status = headers[":status"];
    });
    stream.on("error", () => {});
    stream.on("close", () => {
      clearTimeout(tooLong);
      resolve(status);
    });
    stream.resume();
  });
}
