import { expect, test } from "vitest";
import { ENVOY_NOISE_BYTES, soakEnvoy } from "../soak/envoy.ts";

test.runIf(process.platform === "linux")(
  "tokens and configurations leave the memory of a warm Envoy as it is",
  async () => {
    for (const { work, warmBytes, mostBytes } of await soakEnvoy({
      tokens: 20_000,
      configurations: 60,
      warmUp: 0.5,
    })) {
      expect(mostBytes - warmBytes, work).toBeLessThan(ENVOY_NOISE_BYTES);
    }
  },
);
