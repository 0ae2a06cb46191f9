/** One statistic of the filter in Envoy's `/stats`. */
export interface Counter {
  /** Name below `wasmcustom.tollgate.`; `<apirule>` stands for `namespace/name`, `<code>` for a deny code, `<key set>` for an id. */
  name: string;
  type: "counter" | "gauge";
  meaning: string;
}

/** Prefix of every statistic, without Envoy's own `wasmcustom.`. */
export const COUNTER_PREFIX = "tollgate.";

/** Every statistic of the filter. */
export const COUNTERS = [
  {
    name: "apirule.<apirule>.allowed",
    type: "counter",
    meaning: "Requests of an APIRule that were let through.",
  },
  {
    name: "apirule.<apirule>.denied.<code>",
    type: "counter",
    meaning: "Requests of an APIRule that were refused, by deny code.",
  },
  {
    name: "apirule.<apirule>.shadow_denied.<code>",
    type: "counter",
    meaning:
      "Requests of an APIRule that a rule in shadow mode would have refused, by deny code. They are let through, and " +
      "counted as such too.",
  },
  { name: "token_cache.hits", type: "counter", meaning: "Tokens found verified in the token cache." },
  { name: "token_cache.misses", type: "counter", meaning: "Tokens that had to be parsed and verified." },
  { name: "signature_checks", type: "counter", meaning: "Signatures checked, right or wrong." },
  {
    name: "unknown_key_ids",
    type: "counter",
    meaning: "Tokens of an accepted issuer whose `kid` names no known key.",
  },
  {
    name: "key_sets.<key set>.fetches_wanted",
    type: "counter",
    meaning:
      "Times that the filter asks for a key set to be fetched, because a `kid` names none of its keys: once in ten " +
      "seconds for each `kid` and worker.",
  },
  {
    name: "tokens_without_exp",
    type: "counter",
    meaning: "Verified tokens that never expire, counted when they are verified.",
  },
  { name: "introspection.calls", type: "counter", meaning: "Calls of introspection endpoints." },
  {
    name: "introspection.cache_hits",
    type: "counter",
    meaning: "Tokens whose introspection was remembered, active or not.",
  },
  {
    name: "introspection.failures",
    type: "counter",
    meaning: "Calls of introspection endpoints without an answer that can be used.",
  },
  {
    name: "introspection.circuit_opened",
    type: "counter",
    meaning: "How often an introspection endpoint failed so often in a row that it is not asked for a while.",
  },
  {
    name: "config.accepted",
    type: "counter",
    meaning: "Configurations taken over, counted in each VM: two plus one a worker for each update.",
  },
  {
    name: "config.refused",
    type: "counter",
    meaning: "Configurations refused; the one before keeps serving.",
  },
  {
    name: "config.revision",
    type: "gauge",
    meaning:
      "Which configuration serves: its `revision`, read as a hexadecimal number. In a cluster it ends in the `pluginName` of the WasmPlugin: `config.revision.<plugin name>`.",
  },
] as const satisfies readonly Counter[];
