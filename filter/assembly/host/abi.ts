/** The proxy-wasm ABI 0.2.1 as far as the filter uses it: hostcalls, and the numbers of the specification. */
export {
  proxy_call_foreign_function,
  proxy_continue_stream,
  proxy_define_metric,
  proxy_get_buffer_bytes,
  proxy_get_current_time_nanoseconds,
  proxy_get_header_map_pairs,
  proxy_get_header_map_value,
  proxy_get_property,
  proxy_http_call,
  proxy_increment_metric,
  proxy_log,
  proxy_record_metric,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_send_local_response,
  proxy_set_effective_context,
} from "@gcoredev/proxy-wasm-sdk-as/assembly/imports";

/** `proxy_status_t`. */
export const STATUS_OK: u32 = 0;
export const STATUS_NOT_FOUND: u32 = 1;

/** `proxy_action_t`. */
export const ACTION_CONTINUE: u32 = 0;
export const ACTION_PAUSE: u32 = 1;

/** `proxy_stream_type_t`. */
export const STREAM_HTTP_REQUEST: i32 = 0;

/** `proxy_buffer_type_t`. */
export const BUFFER_HTTP_CALL_RESPONSE_BODY: i32 = 4;
export const BUFFER_PLUGIN_CONFIGURATION: i32 = 7;

/** `proxy_header_map_type_t`. */
export const MAP_REQUEST_HEADERS: i32 = 0;
export const MAP_HTTP_CALL_RESPONSE_HEADERS: i32 = 6;

/** `proxy_log_level_t`. */
export const LOG_INFO: usize = 2;
export const LOG_ERROR: usize = 4;
export const LOG_CRITICAL: usize = 5;

/** `proxy_metric_type_t`. */
export const METRIC_COUNTER: i32 = 0;
export const METRIC_GAUGE: i32 = 1;
