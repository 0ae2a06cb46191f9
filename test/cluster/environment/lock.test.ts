import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { withLock } from "./lock.ts";

const LOCK_MODULE = JSON.stringify(new URL("./lock.ts", import.meta.url).href);

test("the second waits until the first has ended", async () => {
  const events: string[] = [];
  const name = `test ${process.pid}`;
  let endFirst = () => {};
  const first = withLock(
    name,
    () => {},
    async () => {
      await new Promise<void>((resolve) => {
        endFirst = resolve;
      });
      events.push("first");
    },
  );
  const second = withLock(
    name,
    () => endFirst(),
    async () => events.push("second"),
  );
  await Promise.all([first, second]);
  expect(events).toEqual(["first", "second"]);
});

test("a holder that is killed releases the lock", async () => {
  const name = `test of ${process.pid}`;
  const program = `
    import { withLock } from ${LOCK_MODULE};
    await withLock(${JSON.stringify(name)}, () => {}, () => {
      console.log("held");
      return new Promise(() => setInterval(() => {}, 1000));
    });
  `;
  const holder = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program]);
  await once(holder.stdout, "data");
  const acquired = withLock(
    name,
    () => holder.kill("SIGKILL"),
    async () => "acquired",
  );
  expect(await acquired).toBe("acquired");
});
