/**
 * The proof that an external authorizer was asked about a request: Istio's CUSTOM AuthorizationPolicy leaves its id in
 * the dynamic metadata of the RBAC filter, which runs before this one, and Envoy asks the authorizer wherever it does.
 */
import { asciiBytes } from "../bytes/ascii";
import { equalBytes } from "../bytes/slice";
import { readProperty, valueAt, valueLength } from "../host/hostcalls";
import { Policy } from "./config";

const POLICY_ID: string =
  "metadata\0filter_metadata\0envoy.filters.http.rbac\0istio_ext_authz_shadow_effective_policy_id";
const POLICY_ID_PATH: usize = asciiBytes(POLICY_ID);

/** Whether the authorizer was asked that the policy, which has an `externalProof`, names. */
export function wasAsked(policy: Policy): bool {
  const proof = policy.externalProof;
  if (!readProperty(POLICY_ID_PATH, POLICY_ID.length) || valueLength < proof.length) return false;
  return equalBytes(valueAt, proof.length, proof.at, proof.length);
}
