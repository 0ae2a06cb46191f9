/**
 * Thin wrappers of hostcalls. They return a status and never fail otherwise; the bytes of the last successful call
 * are `valueAt` and `valueLength`, valid until the callback ends.
 */
import * as abi from "./abi";

const pair: usize = memory.data(16, 8);

/** Where the last hostcall that returned bytes put them. */
export let valueAt: usize = 0;
export let valueLength: i32 = 0;

function takeValue(status: u32): bool {
  if (status != abi.STATUS_OK) return false;
  valueAt = load<usize>(pair);
  valueLength = <i32>load<u32>(pair, 4);
  return valueLength >= 0 && (valueAt != 0 || valueLength == 0);
}

function clearPair(): void {
  store<u64>(pair, 0);
}

/**
 * Reads a request header. Several `authorization` headers come joined by commas; of other names Envoy may show the
 * first alone (`header-map.ts` has them all). False where there is none.
 */
export function readRequestHeader(name: usize, nameLength: i32): bool {
  return readHeader(abi.MAP_REQUEST_HEADERS, name, nameLength);
}

/** Reads a header of the answer to the HTTP call whose callback is under way. */
export function readHttpCallHeader(name: usize, nameLength: i32): bool {
  return readHeader(abi.MAP_HTTP_CALL_RESPONSE_HEADERS, name, nameLength);
}

function readHeader(map: i32, name: usize, nameLength: i32): bool {
  clearPair();
  return takeValue(abi.proxy_get_header_map_value(map, name, nameLength, pair, pair + 4));
}

/** Sets a request header, all of that name; Envoy forgets which route it has chosen. */
export function replaceRequestHeader(name: usize, nameLength: i32, value: usize, valueLength: i32): void {
  abi.proxy_replace_header_map_value(abi.MAP_REQUEST_HEADERS, name, nameLength, value, valueLength);
}

/** Removes all request headers of a name; Envoy forgets which route it has chosen. */
export function removeRequestHeader(name: usize, nameLength: i32): void {
  abi.proxy_remove_header_map_value(abi.MAP_REQUEST_HEADERS, name, nameLength);
}

/** Reads a property; the segments of its path are separated by NUL. False where it is not set. */
export function readProperty(path: usize, pathLength: i32): bool {
  clearPair();
  return takeValue(abi.proxy_get_property(path, pathLength, pair, pair + 4));
}

/** Reads the configuration of the plugin, `length` bytes of it. */
export function readPluginConfiguration(length: i32): bool {
  return readBuffer(abi.BUFFER_PLUGIN_CONFIGURATION, length);
}

/** Reads `length` bytes of the answer to the HTTP call whose callback is under way. */
export function readHttpCallBody(length: i32): bool {
  return readBuffer(abi.BUFFER_HTTP_CALL_RESPONSE_BODY, length);
}

function readBuffer(buffer: i32, length: i32): bool {
  clearPair();
  return takeValue(abi.proxy_get_buffer_bytes(buffer, 0, <u32>length, pair, pair + 4));
}

/** Calls a function that the host offers beyond the ABI. An empty answer is a success with no bytes. */
export function callForeignFunction(name: usize, nameLength: i32, message: usize, messageLength: i32): bool {
  clearPair();
  return takeValue(abi.proxy_call_foreign_function(name, nameLength, message, messageLength, pair, pair + 4));
}

/** Wall clock in seconds since 1970-01-01T00:00:00Z. */
export function now(): f64 {
  store<u64>(pair, 0);
  abi.proxy_get_current_time_nanoseconds(pair);
  return <f64>load<u64>(pair) / 1_000_000_000.0;
}

/** Defines a counter or gauge, or finds the one of that name. Returns its id, or `u32.MAX_VALUE` on failure. */
export function defineMetric(type: i32, name: usize, nameLength: i32): u32 {
  store<u32>(pair, 0);
  const status = abi.proxy_define_metric(type, name, nameLength, pair);
  return status == abi.STATUS_OK ? load<u32>(pair) : u32.MAX_VALUE;
}

/**
 * Lets the hostcalls that follow act for another context, until the callback ends. False where that context is gone:
 * they then act for the one before.
 */
export function actFor(context: u32): bool {
  return abi.proxy_set_effective_context(context) == abi.STATUS_OK;
}

/** Lets a paused request of the context go on. */
export function continueRequest(): void {
  abi.proxy_continue_stream(abi.STREAM_HTTP_REQUEST);
}

/** Starts an HTTP call for the context. Returns its id, or 0 where the host could not start it. */
export function startHttpCall(
  cluster: usize,
  clusterLength: i32,
  headers: usize,
  headersLength: i32,
  body: usize,
  bodyLength: i32,
  timeoutMs: u32,
): u32 {
  clearPair();
  const status = abi.proxy_http_call(
    cluster,
    clusterLength,
    headers,
    headersLength,
    body,
    bodyLength,
    0,
    0,
    timeoutMs,
    pair,
  );
  return status == abi.STATUS_OK ? load<u32>(pair) : 0;
}
