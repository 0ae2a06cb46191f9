import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runSpec } from "../../tools/as-pect/run.ts";

const folder = "filter/assembly/__tests__";

/** Enough of a host for what the specs touch: no hostcall finds anything. */
const env = {
  proxy_log: () => 0,
  proxy_define_metric: () => 1,
  proxy_increment_metric: () => 0,
  proxy_record_metric: () => 0,
  proxy_get_property: () => 1,
  proxy_get_header_map_value: () => 1,
  proxy_get_buffer_bytes: () => 1,
  proxy_get_current_time_nanoseconds: () => 0,
  proxy_call_foreign_function: () => 1,
  proxy_send_local_response: () => 0,
  proxy_http_call: () => 1,
  proxy_set_effective_context: () => 1,
  proxy_continue_stream: () => 1,
};

for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".spec.ts"))) {
  const results = await runSpec(`${folder}/${name}`, { env });
  describe(name, () => {
    test.each(results.map((result) => ({ ...result, title: result.path.join(" › ") })))(
      "$title",
      (result) => {
        expect(result.passed, result.message).toBe(true);
      },
    );
  });
}
