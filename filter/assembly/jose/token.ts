/** Verifies one bearer token: its form, its issuer, its signature, its times. */
import { decodeBase64url } from "../bytes/base64url";
import * as json from "../bytes/json";
import { itemAt } from "../bytes/list";
import { equalBytes } from "../bytes/slice";
import { Deny, MAX_KEY_ATTEMPTS, MAX_TOKEN_BYTES } from "../contract";
import { countSignatureCheck, countTokenWithoutExp, countUnknownKeyId } from "../metrics";
import { accepts, Config, findProvider, isNull, Key, Policy, Provider } from "../policy/config";
import { createFacts, Facts } from "../policy/facts";
import { checkTimes } from "../policy/times";
import { wantKeys } from "../policy/wanted-keys";
import { algorithmBit } from "./algorithms";
import { readClaimValues } from "./claim-values";
import * as claims from "./claims";
import * as compact from "./compact";
import * as header from "./header";
import { checkSignature, takeSignature } from "./verify";

const decodedHeader: usize = memory.data(12_288, 8);
const decodedPayload: usize = memory.data(12_288, 8);

/** The facts of the last token that was accepted. */
export const verified: Facts = createFacts();

/** Verifies a token, which stands in `places`, for a policy: which of its providers issued it, and whether it is good now. */
export function verifyToken(
  config: Config,
  policy: Policy,
  places: u32,
  token: usize,
  length: i32,
  now: f64,
): Deny {
  if (length > MAX_TOKEN_BYTES) return Deny.TokenTooLarge;
  if (!compact.splitCompact(token, length)) return Deny.TokenMalformed;
  const headerLength = decodeBase64url(compact.headerAt, compact.headerLength, decodedHeader);
  const payloadLength = decodeBase64url(compact.payloadAt, compact.payloadLength, decodedPayload);
  if (headerLength < 0 || payloadLength < 0) return Deny.TokenMalformed;
  let refusal = header.readHeader(decodedHeader, headerLength);
  if (refusal != Deny.None) return refusal;
  if (!takeSignature(header.algorithm, compact.signatureAt, compact.signatureLength))
    return Deny.TokenMalformed;
  refusal = claims.readClaims(decodedPayload, payloadLength, config.strings);
  if (refusal != Deny.None) return refusal;
  refusal = verifyIssuer(config, policy, places, token, now);
  if (refusal != Deny.None) return refusal;
  if (claims.isBound) return Deny.TokenBound;
  refusal = checkTimes(policy, claims.expires, claims.notBefore, now);
  if (refusal != Deny.None) return refusal;
  if (claims.expires == Infinity) countTokenWithoutExp();
  noteClaims(verified);
  return isNull(config.claims) || readAgain(config) ? Deny.None : Deny.ClaimsInvalid;
}

/** Reads the claims that policies name; the first reading has resolved the escapes of the decoded payload. */
function readAgain(config: Config): bool {
  const length = decodeBase64url(compact.payloadAt, compact.payloadLength, decodedPayload);
  return readClaimValues(config, decodedPayload, length, verified);
}

/** Takes over what the last claims set says. */
export function noteClaims(facts: Facts): void {
  facts.expires = claims.expires;
  facts.notBefore = claims.notBefore;
  facts.scopes = claims.scopes;
  facts.scopeCount = claims.scopeCount;
  facts.audiences = claims.audiences;
  facts.audienceCount = claims.audienceCount;
  facts.valueCount = 0;
  facts.textCount = 0;
  facts.textBytes = 0;
}

/** Whether a token, which stands in `places`, is by its form a JWT of a provider of the policy, verified or not. */
export function isTokenOfProvider(
  config: Config,
  policy: Policy,
  places: u32,
  token: usize,
  length: i32,
): bool {
  if (policy.providerCount == 0 || !compact.splitCompact(token, length)) return false;
  const headerLength = decodeBase64url(compact.headerAt, compact.headerLength, decodedHeader);
  const payloadLength = decodeBase64url(compact.payloadAt, compact.payloadLength, decodedPayload);
  if (headerLength < 0 || payloadLength < 0) return false;
  json.open(decodedHeader, headerLength);
  if (json.peek() != json.Kind.Object || !json.skipValue() || !json.isAtEnd()) return false;
  if (claims.readClaims(decodedPayload, payloadLength, config.strings) != Deny.None) return false;
  if (claims.issuerAt == 0) return false;
  let provider = findProvider(config, claims.issuerAt, claims.issuerLength);
  while (!isNull(provider) && !accepts(policy, provider, places)) provider = provider.sameIssuer;
  return !isNull(provider);
}

/** Tries the providers of the issuer that the policy accepts, until one of their keys made the signature. */
function verifyIssuer(config: Config, policy: Policy, places: u32, token: usize, now: f64): Deny {
  let result: Deny = Deny.IssuerUnexpected;
  if (claims.issuerAt == 0) return result;
  let provider = findProvider(config, claims.issuerAt, claims.issuerLength);
  for (; !isNull(provider); provider = provider.sameIssuer) {
    if (!accepts(policy, provider, places)) continue;
    result = verifyWith(provider, token);
    if (result != Deny.None) continue;
    verified.provider = provider;
    return Deny.None;
  }
  if (result == Deny.KeyNotFound) noteUnknownKeyId(config, policy, places, now);
  return result;
}

/** Keys of the issuer may be new: asks for a fetch from wherever the policy takes them. */
function noteUnknownKeyId(config: Config, policy: Policy, places: u32, now: f64): void {
  countUnknownKeyId();
  let provider = findProvider(config, claims.issuerAt, claims.issuerLength);
  for (; !isNull(provider); provider = provider.sameIssuer) {
    if (!accepts(policy, provider, places)) continue;
    wantKeys(provider.keySet, header.kidAt, header.kidLength, now);
  }
}

/** Tries the keys of one provider that the header and the allow-lists admit. */
function verifyWith(provider: Provider, token: usize): Deny {
  if (!isNull(provider.tokenTypes) && !header.hasType(provider.tokenTypes)) return Deny.TypeUnexpected;
  const algorithm = algorithmBit(header.algorithm);
  if ((provider.algorithms & algorithm) == 0) return Deny.AlgNotAllowed;
  const keys = provider.keySet.keys;
  if (keys.count == 0) return Deny.KeysUnavailable;
  let result: Deny = Deny.KeyNotFound;
  let attempts = 0;
  for (let i = 0; i < keys.count && attempts < MAX_KEY_ATTEMPTS; i++) {
    const key = changetype<Key>(itemAt(keys, i));
    if (!isNamed(key)) continue;
    if ((key.algorithms & algorithm) == 0) {
      if (result == Deny.KeyNotFound) result = Deny.AlgNotAllowed;
      continue;
    }
    attempts++;
    countSignatureCheck();
    result = checkSignature(key, token, compact.signingInputLength());
    if (result != Deny.SignatureMismatch) return result;
  }
  return result;
}

/** Whether the header's `kid` names this key; a token without `kid` may be by any key. */
function isNamed(key: Key): bool {
  if (header.kidAt == 0) return true;
  return !isNull(key.kid) && equalBytes(key.kid.at, key.kid.length, header.kidAt, header.kidLength);
}
