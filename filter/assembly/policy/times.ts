/** Whether a good token is good now. */
import { Deny } from "../contract";
import { Policy } from "./config";

/**
 * Judges `exp` and `nbf` (RFC 7519, sections 4.1.4 and 4.1.5; seconds, infinite and zero where absent) by the clock
 * skew of the policy.
 */
export function checkTimes(policy: Policy, expires: f64, notBefore: f64, now: f64): Deny {
  if (expires <= now - policy.clockSkew) return Deny.Expired;
  if (notBefore > now + policy.clockSkew) return Deny.NotYetValid;
  return policy.requireExp && expires == Infinity ? Deny.ExpMissing : Deny.None;
}
