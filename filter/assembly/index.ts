/** The callbacks that the host may call. It calls what is exported, so nothing is exported that is not needed. */
import "./abort";
import { resetScratch } from "./host/memory";
import { active, configure } from "./plugin";
import { onRequestHeaders } from "./stream";

export { allocate as proxy_on_memory_allocate } from "./host/memory";

/** Declares the version of the ABI by its mere presence. */
export function proxy_abi_version_0_2_1(): void {}

/** A new configuration: non-zero where it is accepted. */
export function proxy_on_configure(_pluginContext: u32, length: u32): u32 {
  resetScratch();
  const accepted = configure(<i32>length);
  resetScratch();
  return accepted ? 1 : 0;
}

/** The headers of a request. */
export function proxy_on_request_headers(_streamContext: u32, _headers: u32, _endOfStream: u32): u32 {
  resetScratch();
  return onRequestHeaders(active);
}
