/** Tokens and configurations without end, all different, for runs that watch memory. */
import type { PluginConfig, PluginPolicy } from "../../controller/api/plugin-config.ts";
import { configOf, createKey, id, jwtPolicy, routeOf } from "../filter/config.ts";

export const ROUTE = routeOf("c");
export const OPAQUE_ROUTE = routeOf("d");
export const CLUSTER = "endpoint";

/** The time of the VM, in seconds since the epoch. */
export const NOW = 1_800_000_000;

/** The key of the issuer. */
export const KEY = createKey("k", "ES256");
const SIGNATURE_BYTES = 64;

const OPAQUE: PluginPolicy = {
  id: id("d"),
  kind: "jwt",
  providers: [],
  authorizations: [],
  introspection: { server: id("1"), authorizations: [] },
};

/** Configuration `n`: up to some hundred policies with scopes that no other configuration has. */
export function configuration(n: number): PluginConfig {
  const policies = Array.from({ length: (n * 37) % 400 }, (_, index) => ({
    ...jwtPolicy("0", [[`scope-${n}`, "read"], [`audience-${n}-${index}`]]),
    id: `9${index.toString(16).padStart(23, "0")}`,
  }));
  const revision = (n + 1).toString(16).padStart(13, "0");
  const server = { cluster: CLUSTER, authority: "a", path: "/", timeoutMs: 1_000, maxCacheSeconds: 60 };
  return {
    ...configOf([KEY], [jwtPolicy("c"), OPAQUE, ...policies], revision),
    introspectionServers: [{ id: id("1"), ...server }],
  };
}

/**
 * Token `n`, of up to 4 KB: four in five are good where the host takes every signature of the right form, the others
 * have expired, are no JSON, name an unknown key, or are no token.
 */
export function token(n: number): string {
  const header = { alg: KEY.algorithm, kid: n % 10 === 7 ? `kid-${n}` : KEY.kid };
  const claims = {
    iss: "https://issuer",
    exp: n % 10 === 8 ? NOW - 100 : NOW + 600,
    scope: `s${n}`,
    pad: "",
  };
  claims.pad = "x".repeat((n * 7_919) % 2_900);
  const payload = n % 20 === 9 ? `{"jti":${n}` : JSON.stringify(claims);
  const signature = Buffer.alloc(SIGNATURE_BYTES, 1);
  signature.writeUIntBE(n, SIGNATURE_BYTES - 6, 6);
  return n % 20 === 19 ? `no-token-${n}` : [JSON.stringify(header), payload, signature].map(encode).join(".");
}

function encode(part: string | Buffer): string {
  return Buffer.from(part as string).toString("base64url");
}
