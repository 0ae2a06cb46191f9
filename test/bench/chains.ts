/** What is measured: one listener a chain, on the same Envoy. */
import { routeName } from "../../controller/model/policy-set.ts";
import { FILTER_NAME } from "../../controller/render/envoy/filter-config.ts";
import type { HttpFilter } from "./envoy-config.ts";
import { nativeFilters } from "./native-filters.ts";
import type { SigningKey } from "./tokens.ts";
import { type ConfigSize, JWT_POLICY, OPEN_POLICY, pluginConfig, tollgateFilter } from "./tollgate-filter.ts";

/** Id of the chain without a filter; the others are compared with it. */
export const EMPTY_CHAIN = "empty";

/** A filter chain, with the requests that are sent to it. */
export interface Chain {
  /** Name of its listener; `--only` takes it. */
  id: string;
  title: string;
  tokens: "repeated" | "distinct";
  filters: HttpFilter[];
  routeName: string;
  /** The answer to a request without a token: proves that the chain guards, or that it does not. */
  statusWithoutToken: 200 | 401 | 403;
  /** The native chain that does the same work. */
  counterpart?: string;
  /** A counter of Envoy that proves what was measured: its growth per request. */
  proof?: { counter: string; perRequest: 0 | 1 };
}

const SIGNATURE_CHECKS = "wasmcustom.tollgate.signature_checks";
const TOKEN_CACHE_HITS = "wasmcustom.tollgate.token_cache.hits";

const repeatedToken = {
  tokens: "repeated",
  routeName: benchRoute(JWT_POLICY),
  statusWithoutToken: 401,
  counterpart: "native-cached",
  proof: { counter: TOKEN_CACHE_HITS, perRequest: 1 },
} as const satisfies Partial<Chain>;

/** The chains of every run; `scale` adds Tollgate with few and many policies and issuers. */
export function buildChains(key: SigningKey, wasmFile: string, scale: boolean): Chain[] {
  const chains = [...nativeChains(key), ...tollgateChains(key, wasmFile)];
  return scale ? [...chains, ...scaleChains(key, wasmFile)] : chains;
}

function nativeChains(key: SigningKey): Chain[] {
  const native = {
    tokens: "repeated",
    routeName: benchRoute(JWT_POLICY),
    statusWithoutToken: 403,
  } as const;
  return [
    { ...native, id: EMPTY_CHAIN, title: "no filter", filters: [], statusWithoutToken: 200 },
    {
      ...native,
      id: "native",
      title: "jwt_authn + RBAC, repeated token, cache off",
      filters: nativeFilters(key, { cache: false }),
      proof: { counter: "http.native.jwt_authn.jwt_cache_hit", perRequest: 0 },
    },
    {
      ...native,
      id: "native-cached",
      title: "jwt_authn + RBAC, repeated token, cache on",
      filters: nativeFilters(key, { cache: true }),
      proof: { counter: "http.native-cached.jwt_authn.jwt_cache_hit", perRequest: 1 },
    },
  ];
}

function tollgateChains(key: SigningKey, wasmFile: string): Chain[] {
  const filter = tollgateFilter(wasmFile, pluginConfig(key, { policies: 1, issuers: 1 }), FILTER_NAME);
  return [
    { ...repeatedToken, id: "tollgate", title: "Tollgate, repeated token", filters: [filter] },
    {
      id: "tollgate-distinct",
      title: "Tollgate, distinct tokens",
      tokens: "distinct",
      filters: [filter],
      routeName: benchRoute(JWT_POLICY),
      statusWithoutToken: 401,
      counterpart: "native",
      proof: { counter: SIGNATURE_CHECKS, perRequest: 1 },
    },
    {
      id: "tollgate-open",
      title: "Tollgate, noAuth",
      tokens: "repeated",
      filters: [filter],
      routeName: benchRoute(OPEN_POLICY),
      statusWithoutToken: 200,
      proof: { counter: "wasmcustom.tollgate.apirule.bench/bench.allowed", perRequest: 1 },
    },
  ];
}

function scaleChains(key: SigningKey, wasmFile: string): Chain[] {
  const chain = (unit: string, size: ConfigSize, count: number): Chain => {
    const id = `tollgate-${count}-${unit}`;
    const filters = [tollgateFilter(wasmFile, pluginConfig(key, size), id)];
    const title = `Tollgate, repeated token, ${unit}: ${count.toLocaleString("en")}`;
    return { ...repeatedToken, id, title, filters };
  };
  return [
    ...[10, 10_000].map((policies) => chain("policies", { policies, issuers: 1 }, policies)),
    ...[1, 1_000].map((issuers) => chain("issuers", { policies: 1, issuers }, issuers)),
  ];
}

function benchRoute(policy: string): string {
  return routeName(policy, { namespace: "bench", name: "bench" }, 0);
}
