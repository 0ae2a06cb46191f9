/** The filter, made to trap by requests that ask for it. For tests of what gateways do then; never released. */
import { asciiBytes } from "../bytes/ascii";
import { readRequestHeader } from "../host/hostcalls";
import { resetScratch } from "../host/memory";
import { proxy_on_request_headers as onRequestHeaders } from "../index";

export {
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_http_call_response,
  proxy_on_memory_allocate,
} from "../index";

const TRAP: string = "x-trap";
const TRAP_NAME: usize = asciiBytes(TRAP);

/** As the filter's own, unless the request has the header `x-trap`. */
export function proxy_on_request_headers(streamContext: u32, headers: u32, endOfStream: u32): u32 {
  resetScratch();
  if (readRequestHeader(TRAP_NAME, TRAP.length)) unreachable();
  return onRequestHeaders(streamContext, headers, endOfStream);
}
