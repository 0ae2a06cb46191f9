/** Entry of a test of failures: the filter, but a request with the header `x-test-trap` makes its VM trap. */
import { asciiBytes } from "../bytes/ascii";
import { readRequestHeader } from "../host/hostcalls";
import { resetScratch } from "../host/memory";
import { proxy_on_request_headers as decide } from "../index";

export {
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_http_call_response,
  proxy_on_memory_allocate,
} from "../index";

const TRAP: string = "x-test-trap";
const TRAP_NAME: usize = asciiBytes(TRAP);

export function proxy_on_request_headers(streamContext: u32, headers: u32, endOfStream: u32): u32 {
  resetScratch();
  if (readRequestHeader(TRAP_NAME, TRAP.length)) unreachable();
  return decide(streamContext, headers, endOfStream);
}
