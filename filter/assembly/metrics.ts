/** The filter's counters in Envoy's `/stats`. They are defined once a VM and outlive every configuration. */

import { asciiBytes } from "./bytes/ascii";
import { startWriting, writeByte, writeBytes, writeString, writtenAt, writtenLength } from "./bytes/writer";
import * as contract from "./contract";
import { METRIC_COUNTER, METRIC_GAUGE, proxy_increment_metric, proxy_record_metric } from "./host/abi";
import { defineMetric, readProperty, valueAt, valueLength } from "./host/hostcalls";

/** The id of a counter that is not defined yet. */
export const UNDEFINED: u32 = u32.MAX_VALUE;

const ROOT_ID: string = "plugin_root_id";
const ROOT_ID_PATH: usize = asciiBytes(ROOT_ID);

let cacheHits: u32 = UNDEFINED;
let cacheMisses: u32 = UNDEFINED;
let signatureChecks: u32 = UNDEFINED;
let unknownKeyIds: u32 = UNDEFINED;
let tokensWithoutExp: u32 = UNDEFINED;
let introspectionCalls: u32 = UNDEFINED;
let introspectionCacheHits: u32 = UNDEFINED;
let introspectionFailures: u32 = UNDEFINED;
let circuitsOpened: u32 = UNDEFINED;
let configAccepted: u32 = UNDEFINED;
let configRefused: u32 = UNDEFINED;
let configRevision: u32 = UNDEFINED;

function define(type: i32, name: string): u32 {
  startWriting();
  writeString(name);
  return defineMetric(type, writtenAt(), writtenLength());
}

/** The gauge of the revision carries the root id, if there is one: several plugins may run in one gateway. */
function defineRevision(): u32 {
  startWriting();
  writeString(contract.COUNTER_CONFIG_REVISION);
  if (readProperty(ROOT_ID_PATH, ROOT_ID.length) && valueLength > 0) {
    writeByte(0x2e);
    writeBytes(valueAt, valueLength);
  }
  return defineMetric(METRIC_GAUGE, writtenAt(), writtenLength());
}

/** Defines the counters that belong to no APIRule; later calls do nothing. */
export function defineCounters(): void {
  if (configAccepted != UNDEFINED) return;
  cacheHits = define(METRIC_COUNTER, contract.COUNTER_TOKEN_CACHE_HITS);
  cacheMisses = define(METRIC_COUNTER, contract.COUNTER_TOKEN_CACHE_MISSES);
  signatureChecks = define(METRIC_COUNTER, contract.COUNTER_SIGNATURE_CHECKS);
  unknownKeyIds = define(METRIC_COUNTER, contract.COUNTER_UNKNOWN_KEY_IDS);
  tokensWithoutExp = define(METRIC_COUNTER, contract.COUNTER_TOKENS_WITHOUT_EXP);
  introspectionCalls = define(METRIC_COUNTER, contract.COUNTER_INTROSPECTION_CALLS);
  introspectionCacheHits = define(METRIC_COUNTER, contract.COUNTER_INTROSPECTION_CACHE_HITS);
  introspectionFailures = define(METRIC_COUNTER, contract.COUNTER_INTROSPECTION_FAILURES);
  circuitsOpened = define(METRIC_COUNTER, contract.COUNTER_INTROSPECTION_CIRCUIT_OPENED);
  configRefused = define(METRIC_COUNTER, contract.COUNTER_CONFIG_REFUSED);
  configRevision = defineRevision();
  configAccepted = define(METRIC_COUNTER, contract.COUNTER_CONFIG_ACCEPTED);
}

/** Adds one to a counter; nothing happens where it could not be defined. */
export function increment(counter: u32): void {
  if (counter != UNDEFINED) proxy_increment_metric(counter, 1);
}

export function countCacheHit(): void {
  increment(cacheHits);
}

export function countCacheMiss(): void {
  increment(cacheMisses);
}

export function countSignatureCheck(): void {
  increment(signatureChecks);
}

export function countUnknownKeyId(): void {
  increment(unknownKeyIds);
}

export function countTokenWithoutExp(): void {
  increment(tokensWithoutExp);
}

export function countIntrospectionCall(): void {
  increment(introspectionCalls);
}

export function countIntrospectionCacheHit(): void {
  increment(introspectionCacheHits);
}

export function countIntrospectionFailure(): void {
  increment(introspectionFailures);
}

export function countCircuitOpened(): void {
  increment(circuitsOpened);
}

export function countConfigAccepted(revision: u64): void {
  increment(configAccepted);
  if (configRevision != UNDEFINED) proxy_record_metric(configRevision, revision);
}

export function countConfigRefused(): void {
  increment(configRefused);
}

/** Defines the counter of an APIRule for one outcome; what names it ends in the deny code, empty for `None`. */
export function defineApiRuleCounter(apiRule: usize, length: i32, outcome: string, deny: contract.Deny): u32 {
  startWriting();
  writeString(contract.COUNTER_APIRULE_PREFIX);
  writeBytes(apiRule, length);
  writeString(outcome);
  writeString(unchecked(contract.DENY_CODES[deny]));
  return defineMetric(METRIC_COUNTER, writtenAt(), writtenLength());
}

/** Defines the counter of a key set for the fetches that it wants. */
export function defineFetchesWanted(keySet: usize, length: i32): u32 {
  startWriting();
  writeString(contract.COUNTER_KEY_SETS_PREFIX);
  writeBytes(keySet, length);
  writeString(contract.COUNTER_FETCHES_WANTED_SUFFIX);
  return defineMetric(METRIC_COUNTER, writtenAt(), writtenLength());
}
