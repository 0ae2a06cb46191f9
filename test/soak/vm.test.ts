import { expect, test } from "vitest";
import { soakVm } from "./vm.ts";

test("tokens, introspected tokens and configurations leave the memory of a warm VM as it is", () => {
  const soaked = soakVm({ tokens: 160_000, opaqueTokens: 40_000, configurations: 200, warmUp: 0.75 });
  expect(soaked.map(({ work, mostBytes }) => [work, mostBytes])).toEqual(
    soaked.map(({ work, warmBytes }) => [work, warmBytes]),
  );
});
