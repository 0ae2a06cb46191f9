import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import type { Clock } from "./clock.ts";
import type { SourceKeys } from "./source-fetcher.ts";
import { SourceLoop } from "./source-loop.ts";

const keyA: SourceKeys = {
  keys: [{ kid: "a", algorithms: ["RS256"], spki: "AA" }],
  refused: [],
  freshSeconds: 60,
};
const keyB: SourceKeys = {
  keys: [{ kid: "b", algorithms: ["RS256"], spki: "AB" }],
  refused: [],
  freshSeconds: 300,
};

let now: number;
let timer: { at: number; task: () => void } | undefined;
let changes: number;
let fetches: number[];
let answer: () => Promise<SourceKeys>;

const clock: Clock = {
  now: () => now,
  schedule: (delayMs, task) => {
    const scheduled = { at: now + delayMs, task };
    timer = scheduled;
    return () => {
      if (timer === scheduled) timer = undefined;
    };
  },
};

beforeEach(() => {
  now = 0;
  timer = undefined;
  changes = 0;
  fetches = [];
  answer = async () => keyA;
});

function startLoop(): SourceLoop {
  return new SourceLoop({
    fetcher: {
      fetch: () => {
        fetches.push(now);
        return answer();
      },
    },
    retryCeilingMs: 60_000,
    clock,
    random: () => 1,
    log: pino({ level: "silent" }),
    onChange: () => {
      changes += 1;
    },
  });
}

/** Lets the clock reach the next timer and what it starts come to rest. */
async function nextTimer(): Promise<void> {
  const due = timer;
  timer = undefined;
  now = Math.max(now, due?.at ?? now);
  due?.task();
  await new Promise(setImmediate);
}

test("keys are fetched again when they are not fresh any more", async () => {
  const loop = startLoop();
  await nextTimer();
  answer = async () => keyB;
  await nextTimer();
  await nextTimer();
  expect(fetches).toEqual([0, 60_000, 360_000]);
  expect(loop.keys).toEqual(keyB.keys);
});

test("only a change of the keys is told", async () => {
  startLoop();
  await nextTimer();
  await nextTimer();
  expect([fetches.length, changes]).toEqual([2, 1]);
});

test("a failing source keeps its last good keys and is asked at growing intervals", async () => {
  const loop = startLoop();
  await nextTimer();
  answer = async () => Promise.reject(new Error("down"));
  for (let attempt = 0; attempt < 9; attempt += 1) await nextTimer();
  const gaps = fetches.slice(1).map((time, index) => (time - (fetches[index] ?? 0)) / 1000);
  expect(gaps).toEqual([60, 1, 2, 4, 8, 16, 32, 60, 60]);
  expect([loop.keys, changes]).toEqual([keyA.keys, 1]);
});

test("a source that recovers is asked at its own pace again", async () => {
  answer = async () => Promise.reject(new Error("down"));
  startLoop();
  await nextTimer();
  await nextTimer();
  answer = async () => keyB;
  await nextTimer();
  await nextTimer();
  expect(fetches).toEqual([0, 1_000, 3_000, 303_000]);
});

test("an early fetch is brought forward, but starts a second after the last one at the earliest", async () => {
  const loop = startLoop();
  await nextTimer();
  now = 200;
  loop.refresh();
  loop.refresh();
  await nextTimer();
  now = 30_000;
  loop.refresh();
  await nextTimer();
  expect(fetches).toEqual([0, 1_000, 30_000]);
});

test("an early fetch does not run beside another", async () => {
  answer = () => new Promise(() => {});
  const loop = startLoop();
  await nextTimer();
  now = 60_000;
  loop.refresh();
  await nextTimer();
  expect(fetches).toEqual([0]);
});

test("what is asked for during a fetch is fetched after it", async () => {
  let end = (_: typeof keyA) => {};
  answer = () =>
    new Promise((resolve) => {
      end = resolve;
    });
  const loop = startLoop();
  await nextTimer();
  loop.refresh();
  loop.refresh();
  answer = async () => keyB;
  now = 300;
  end(keyA);
  await new Promise(setImmediate);
  await nextTimer();
  expect([fetches, loop.keys]).toEqual([[0, 1_000], keyB.keys]);
});

test("the first attempt settles also when it fails", async () => {
  answer = async () => Promise.reject(new Error("down"));
  const loop = startLoop();
  await nextTimer();
  await loop.attempted;
  expect(loop.keys).toEqual([]);
});

test("a closed loop neither fetches nor tells", async () => {
  const loop = startLoop();
  const running = nextTimer();
  loop.close();
  await running;
  loop.refresh();
  await nextTimer();
  expect([fetches.length, changes, timer]).toEqual([1, 0, undefined]);
});
