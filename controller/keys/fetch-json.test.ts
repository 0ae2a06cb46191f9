import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { fetchJson } from "./fetch-json.ts";

const bounds = { allowLoopback: true, timeoutMs: 2000, maxBytes: 1024 };
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/keys`;
}

test("a document and its headers", async () => {
  const url = await serve((_request, response) => response.setHeader("etag", '"1"').end('{"keys":[]}'));
  expect(await fetchJson(url, bounds)).toMatchObject({
    modified: true,
    document: { keys: [] },
    headers: { etag: '"1"' },
  });
});

test("a document that still stands", async () => {
  const url = await serve((request, response) => {
    response.statusCode = request.headers["if-none-match"] === '"1"' ? 304 : 200;
    response.end();
  });
  expect(await fetchJson(url, { ...bounds, etag: '"1"' })).toMatchObject({ modified: false });
});

const answers: [string, RequestListener][] = [
  [
    "redirects are not followed",
    (_request, response) => response.writeHead(302, { location: "/other" }).end(),
  ],
  ["redirects are not followed", (_request, response) => response.writeHead(304).end()],
  ["status 404", (_request, response) => response.writeHead(404).end("{}")],
  ["larger than 1024 bytes", (_request, response) => response.end(JSON.stringify("x".repeat(2000)))],
  ["not JSON", (_request, response) => response.end("<html>")],
  ["not JSON", (_request, response) => response.end(Buffer.from([0x22, 0xff, 0x22]))],
  [
    "keys: .*(hang up|aborted)",
    (_request, response) =>
      response.writeHead(200, { "content-length": 9 }).write("{}", () => response.destroy()),
  ],
];

test.each(answers)("refused: %s", async (message, listener) => {
  const url = await serve(listener);
  await expect(fetchJson(url, bounds)).rejects.toThrow(new RegExp(message));
});

test("an answer that does not end is given up", async () => {
  const url = await serve((_request, response) => response.write("{"));
  await expect(fetchJson(url, { ...bounds, timeoutMs: 100 })).rejects.toThrow(
    "no complete answer within 0.1 s",
  );
});

test.each([
  ["file:///etc/passwd", "only http and https"],
  ["data:application/json,{}", "only http and https"],
  ["http://user:secret@127.0.0.1/", "credentials"],
  ["not a url", "not a URL"],
  ["http://169.254.169.254/latest", "not allowed"],
  ["http://[::ffff:169.254.169.254]/", "not allowed"],
  ["http://0/", "not allowed"],
])("%s is not fetched", async (url, message) => {
  await expect(fetchJson(url, bounds)).rejects.toThrow(message);
});

test.each(["127.0.0.1", "localhost", "2130706433"])("loopback as %s needs to be allowed", async (host) => {
  let requests = 0;
  const url = await serve((_request, response) => {
    requests += 1;
    response.end("{}");
  });
  const target = url.replace("127.0.0.1", host);
  await expect(fetchJson(target, { ...bounds, allowLoopback: false })).rejects.toThrow("not allowed");
  expect(requests).toBe(0);
});
