/** The keys of the fuzzer, and `jose` as the judge of what the filter says about a token. */
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { createLocalJWKSet, errors, exportJWK, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { configOf, createKey, jwtPolicy, type SigningKey } from "../filter/config.ts";
import { explain, violated } from "./deviations.ts";
import type { Verdict } from "./target.ts";
import { readSample } from "./token-sample.ts";

/** The time of every VM. */
export const NOW = 1_800_000_000;
export const ISSUER = "https://issuer";
const CLOCK_SKEW = 60;

/** One key an algorithm. The first is the same in every run, and so are its signatures. */
export const KEYS: readonly SigningKey[] = [
  constantKey("o"),
  createKey("e", "ES256"),
  createKey("r", "RS256"),
  createKey("p", "PS256"),
];

function constantKey(kid: string): SigningKey {
  const seed = createHash("sha256").update("a key for tests").digest();
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" }).toString("base64url");
  return { kid, algorithm: "EdDSA", privateKey, spki };
}

/** A configuration with the keys and, beside what is given, a policy that any good token satisfies. */
export function configWith(...policies: PluginPolicy[]): PluginConfig {
  return configOf([...KEYS], [jwtPolicy(ANY_TOKEN), ...policies]);
}

/** The policy that any good token satisfies. */
export const ANY_TOKEN = "c";

const jwks = createLocalJWKSet({
  keys: await Promise.all(
    KEYS.map(async ({ kid, algorithm, privateKey }) => {
      return { ...(await exportJWK(createPublicKey(privateKey))), kid, alg: algorithm };
    }),
  ),
});

/** Whether jose accepts a token, by default one that the keys of the fuzzer have to verify. */
export async function joseAccepts(token: string, keys: JWTVerifyGetKey = jwks): Promise<boolean> {
  try {
    await jwtVerify(token, keys, joseOptions);
    return true;
  } catch (error) {
    return error instanceof errors.JWKSMultipleMatchingKeys && (await anyKeyVerifies(token, error));
  }
}

const joseOptions = { issuer: ISSUER, clockTolerance: CLOCK_SKEW, currentDate: new Date(NOW * 1_000) };

async function anyKeyVerifies(token: string, keys: errors.JWKSMultipleMatchingKeys): Promise<boolean> {
  for await (const key of keys) {
    const verified = await jwtVerify(token, key, joseOptions).catch(() => undefined);
    if (verified !== undefined) return true;
  }
  return false;
}

/** Compares what the filter says about a token with what jose says. */
export async function compareWithJose(
  token: string,
  accepted: boolean,
  keys?: JWTVerifyGetKey,
): Promise<Verdict> {
  const agrees = (await joseAccepts(token, keys)) === accepted;
  if (agrees && !accepted) return { accepted };
  const sample = readSample(token);
  const rule = accepted ? violated(sample) : undefined;
  if (rule !== undefined)
    return { accepted, problem: `the filter accepts what it should refuse: ${rule.id}` };
  if (agrees) return { accepted };
  const deviation = explain(accepted ? "jose" : "filter", sample);
  if (deviation !== undefined) return { accepted, deviation: deviation.id };
  return { accepted, problem: `the filter ${accepted ? "accepts" : "refuses"} a token, jose does not` };
}
