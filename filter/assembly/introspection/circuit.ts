/** Stops asking an endpoint that does not serve, and tries it again from time to time. */
import { INTROSPECTION_FAILURES_TO_OPEN, INTROSPECTION_OPEN_SECONDS } from "../contract";
import { countCircuitOpened } from "../metrics";
import { IntrospectionServer } from "../policy/config";

/** Whether the endpoint may be called now. Of those it turns away, it lets one pass each period, to try. */
export function admitsCall(server: IntrospectionServer, now: f64): bool {
  if (server.failures < INTROSPECTION_FAILURES_TO_OPEN) return true;
  const left = server.openUntil - now;
  if (left > 0 && left <= INTROSPECTION_OPEN_SECONDS) return false;
  server.openUntil = now + INTROSPECTION_OPEN_SECONDS;
  return true;
}

/** Takes note of how a call ended. */
export function noteCall(server: IntrospectionServer, isServing: bool, now: f64): void {
  if (isServing) {
    server.failures = 0;
    return;
  }
  server.failures += 1;
  if (server.failures < INTROSPECTION_FAILURES_TO_OPEN) return;
  server.openUntil = now + INTROSPECTION_OPEN_SECONDS;
  if (server.failures == INTROSPECTION_FAILURES_TO_OPEN) countCircuitOpened();
}
