/** The callbacks that the host may call. It calls what is exported, so nothing is exported that is not needed. */
import "./abort";
import { resetScratch } from "./host/memory";
import { onHttpCallResponse } from "./introspection/resume";
import { active, configure } from "./plugin";
import { onRequestHeaders } from "./stream";

export { allocate as proxy_on_memory_allocate } from "./host/memory";

/** Declares the version of the ABI by its mere presence. */
export function proxy_abi_version_0_2_1(): void {}

/** A new configuration: non-zero where it is accepted. */
export function proxy_on_configure(pluginContext: u32, length: u32): u32 {
  resetScratch();
  const accepted = configure(pluginContext, <i32>length);
  resetScratch();
  return accepted ? 1 : 0;
}

/** The headers of a request. */
export function proxy_on_request_headers(streamContext: u32, _headers: u32, _endOfStream: u32): u32 {
  resetScratch();
  return onRequestHeaders(active, streamContext);
}

/** An HTTP call has ended; without headers where there was no answer. */
export function proxy_on_http_call_response(
  _context: u32,
  call: u32,
  _headers: u32,
  bodyLength: u32,
  _trailers: u32,
): void {
  resetScratch();
  onHttpCallResponse(active, call, <i32>bodyLength);
}
