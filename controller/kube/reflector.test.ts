import { once } from "node:events";
import pino from "pino";
import { afterEach, expect, test } from "vitest";
import { ControllerError } from "../errors.ts";
import type { ApiRequest } from "./api-client.ts";
import { ApiError } from "./api-error.ts";
import { ObjectCache } from "./object-cache.ts";
import { Reflector } from "./reflector.ts";

const THINGS = { group: "example.com", version: "v1", kind: "Thing", plural: "things" };

let end = new AbortController();

afterEach(() => {
  end.abort();
  end = new AbortController();
});

const item = (name: string, resourceVersion: string) => ({
  metadata: { namespace: "a", name, resourceVersion },
});
const event = (type: string, object: object) => JSON.stringify({ type, object });
const gone = event("ERROR", { kind: "Status", code: 410, message: "too old resource version" });

/** Answers lists and watches in their order; after the last watch everything hangs until the end. */
function start(lists: (object | Error)[], watches: (string[] | Error)[]) {
  const requests: ApiRequest[] = [];
  const served: boolean[] = [];
  const cache = new ObjectCache<string>(({ metadata }) => metadata.resourceVersion ?? "");
  const client = {
    request: async <Answer>(request: ApiRequest): Promise<Answer> => {
      requests.push(request);
      const list = lists.shift();
      if (list instanceof Error) throw list;
      return list as Answer;
    },
    lines: async function* (request: ApiRequest): AsyncGenerator<string> {
      requests.push(request);
      const watch = watches.shift();
      if (watch === undefined) await once(request.signal ?? end.signal, "abort");
      if (watch instanceof Error) throw watch;
      yield* watch ?? [];
    },
  };
  const reflector = new Reflector({
    ...{ client, type: THINGS, cache },
    onServed: (isServed) => served.push(isServed),
    log: pino({ level: "silent" }),
  });
  void reflector.run(end.signal);
  const names = () => cache.entries().map(([{ name }, version]) => `${name}@${version}`);
  return { requests, served, names, reflector };
}

test("lists page by page, then follows the watch", async () => {
  const { requests, names, reflector } = start(
    [
      { metadata: { resourceVersion: "5", continue: "next" }, items: [item("a", "1")] },
      { metadata: { resourceVersion: "5" }, items: [item("b", "2")] },
    ],
    [
      [
        event("ADDED", item("c", "6")),
        event("MODIFIED", item("a", "7")),
        event("DELETED", item("b", "8")),
        event("BOOKMARK", { metadata: { resourceVersion: "9" } }),
      ],
    ],
  );
  await reflector.synced;
  await expect.poll(() => requests.length).toBe(4);
  expect(names()).toEqual(["a@7", "c@6"]);
  expect(requests.map(({ query }) => [query?.continue, query?.resourceVersion])).toEqual([
    [undefined, undefined],
    ["next", undefined],
    [undefined, "5"],
    [undefined, "9"],
  ]);
});

test("a watch that breaks goes on from where it was", async () => {
  const { requests } = start(
    [{ metadata: { resourceVersion: "5" }, items: [] }],
    [[event("ADDED", item("a", "6"))], new ControllerError("api_unreachable", "reset")],
  );
  await expect.poll(() => requests.length).toBe(4);
  expect(requests.slice(2).map(({ query }) => query?.resourceVersion)).toEqual(["6", "6"]);
});

test("a watch whose resource version has expired lists again, and forgets what is gone", async () => {
  const { names } = start(
    [
      { metadata: { resourceVersion: "5" }, items: [item("a", "1"), item("b", "2")] },
      { metadata: { resourceVersion: "90" }, items: [item("b", "80")] },
    ],
    [[gone]],
  );
  await expect.poll(names).toEqual(["b@80"]);
});

test("a cache is made fresh when it matters, however the watch is", async () => {
  const { requests, names, reflector } = start(
    [
      { metadata: { resourceVersion: "5" }, items: [item("a", "1")] },
      { metadata: { resourceVersion: "9" }, items: [item("b", "8")] },
    ],
    [],
  );
  await expect.poll(() => requests.length).toBe(2);
  await reflector.refresh(60_000);
  expect(names()).toEqual(["a@1"]);
  await reflector.refresh(0);
  expect(names()).toEqual(["b@8"]);
  await expect
    .poll(() => requests.map(({ query }) => query?.resourceVersion))
    .toEqual([...[undefined, "5"], ...[undefined, "9"]]);
});

test("a kind that the API server does not know is no empty list", async () => {
  const { requests, served, names, reflector } = start(
    [new ApiError(404, "unknown"), { metadata: { resourceVersion: "5" }, items: [item("a", "1")] }],
    [new ApiError(404, "unknown")],
  );
  const before = requests.length;
  await reflector.synced;
  expect([before, served]).toEqual([1, [false, true]]);
  await expect.poll(() => served).toEqual([false, true, false]);
  expect(names()).toEqual(["a@1"]);
  await expect.poll(() => requests.length).toBe(4);
  expect(requests[3]?.query).toMatchObject({ limit: 500 });
});
