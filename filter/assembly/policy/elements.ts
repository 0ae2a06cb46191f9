/** Decodes the elements of a configuration's lists, each an object. */
import { Arena, allocateIn } from "../bytes/arena";
import { decodeBase64url, decodedLength } from "../bytes/base64url";
import * as json from "../bytes/json";
import { append, createList, List } from "../bytes/list";
import { MAX_CLOCK_SKEW_SECONDS, MAX_SPKI_CHARACTERS } from "../contract";
import { writeLengthDelimited, writtenField, writtenFieldLength } from "../jose/message";
import { prepareKey } from "../jose/vm-verifier";
import { decodeClaimToHeaderField, decodeRequiredClaimField } from "./claim-elements";
import {
  AllowedOrigin,
  Authorization,
  ClaimToHeader,
  CorsPolicy,
  Introspection,
  IntrospectionServer,
  isNull,
  Key,
  KeySet,
  nothing,
  Place,
  Policy,
  PolicyKind,
  Provider,
  RequiredClaim,
} from "./config";
import { decodeCorsMember, decodeOriginField, isCompleteOrigin } from "./cors-policy";
import { decodeServerField, isCompleteServer } from "./introspection-server";
import { decodePlaceField, isCompletePlace } from "./place-elements";
import { entered, enterIndex, fail, leaveTo, MISSING, NOT_JSON, pathMark, UNKNOWN } from "./problem";
import * as read from "./read";
import { TextKind } from "./read";

/** The kinds of objects in the document. */
export enum Section {
  KeySets,
  Keys,
  Providers,
  Policies,
  Authorizations,
  IntrospectionServers,
  Introspection,
  Places,
  RequiredClaims,
  ClaimsToHeaders,
  CorsPolicies,
  AllowedOrigins,
}

/** Decodes an array of at least one object of a section; null where it fails. */
function decodeNonEmptyList(arena: Arena, section: Section): List {
  const list = decodeList(arena, section);
  if (isNull(list) || list.count > 0) return list;
  fail("must not be empty");
  return nothing<List>();
}

/** Decodes an array of objects of one section; null where it fails. */
export function decodeList(arena: Arena, section: Section): List {
  if (!json.enterArray()) {
    fail("must be an array");
    return nothing<List>();
  }
  const list = createList(arena);
  const mark = pathMark();
  let step = json.nextElement();
  while (step == json.MORE) {
    enterIndex(list.count);
    const item = decodeElement(arena, section);
    if (item == 0) return nothing<List>();
    append(list, item);
    leaveTo(mark);
    step = json.nextElement();
  }
  if (step == json.DONE) return list;
  fail(NOT_JSON);
  return nothing<List>();
}

function sizeOfElement(section: Section): usize {
  if (section == Section.KeySets) return offsetof<KeySet>();
  if (section == Section.Keys) return offsetof<Key>();
  if (section == Section.Providers) return offsetof<Provider>();
  if (section == Section.Policies) return offsetof<Policy>();
  if (section == Section.IntrospectionServers) return offsetof<IntrospectionServer>();
  if (section == Section.Introspection) return offsetof<Introspection>();
  if (section == Section.Places) return offsetof<Place>();
  if (section == Section.RequiredClaims) return offsetof<RequiredClaim>();
  if (section == Section.CorsPolicies) return offsetof<CorsPolicy>();
  if (section == Section.AllowedOrigins) return offsetof<AllowedOrigin>();
  return section == Section.ClaimsToHeaders ? offsetof<ClaimToHeader>() : offsetof<Authorization>();
}

/** Decodes one object of a section; 0 where it fails. */
function decodeElement(arena: Arena, section: Section): usize {
  if (!json.enterObject()) {
    fail("must be an object");
    return 0;
  }
  const item = allocateIn(arena, sizeOfElement(section));
  const mark = pathMark();
  let step = json.nextMember();
  while (step == json.MORE) {
    if (!decodeField(arena, section, item)) return 0;
    leaveTo(mark);
    step = json.nextMember();
  }
  if (step != json.DONE) fail(NOT_JSON);
  else if (!isComplete(section, item)) fail(MISSING);
  else {
    if (section == Section.Keys) prepareKey(arena, changetype<Key>(item));
    return item;
  }
  return 0;
}

function decodeField(arena: Arena, section: Section, item: usize): bool {
  if (section == Section.KeySets) return decodeKeySetField(arena, changetype<KeySet>(item));
  if (section == Section.Keys) return decodeKeyField(arena, changetype<Key>(item));
  if (section == Section.Providers) return decodeProviderField(arena, changetype<Provider>(item));
  if (section == Section.Policies) return decodePolicyField(arena, changetype<Policy>(item));
  if (section == Section.IntrospectionServers) {
    return decodeServerField(arena, changetype<IntrospectionServer>(item));
  }
  if (section == Section.Introspection) {
    return decodeIntrospectionField(arena, changetype<Introspection>(item));
  }
  if (section == Section.Places) return decodePlaceField(arena, changetype<Place>(item));
  if (section == Section.RequiredClaims) {
    return decodeRequiredClaimField(arena, changetype<RequiredClaim>(item));
  }
  if (section == Section.ClaimsToHeaders) {
    return decodeClaimToHeaderField(arena, changetype<ClaimToHeader>(item));
  }
  if (section == Section.CorsPolicies) return decodeCorsField(arena, changetype<CorsPolicy>(item));
  if (section == Section.AllowedOrigins) return decodeOriginField(arena, changetype<AllowedOrigin>(item));
  return decodeAuthorizationField(arena, changetype<Authorization>(item));
}

function decodeKeySetField(arena: Arena, keySet: KeySet): bool {
  if (entered("id")) {
    if (!read.readId(arena)) return false;
    keySet.id = read.text;
    return true;
  }
  if (!entered("keys")) return fail(UNKNOWN);
  keySet.keys = decodeList(arena, Section.Keys);
  return !isNull(keySet.keys);
}

function decodeKeyField(arena: Arena, key: Key): bool {
  if (entered("kid")) {
    if (!read.readText(arena)) return false;
    key.kid = read.text;
    return true;
  }
  if (entered("algorithms")) {
    if (!read.readAlgorithms()) return false;
    key.algorithms = read.mask;
    return true;
  }
  if (!entered("spki")) return fail(UNKNOWN);
  return decodeSpki(arena, key);
}

function decodeSpki(arena: Arena, key: Key): bool {
  if (!read.readNonEmptyText(arena)) return false;
  const encoded = read.text;
  if (encoded.length > MAX_SPKI_CHARACTERS) return fail("must not be longer than a key can be");
  const der = allocateIn(arena, decodedLength(encoded.length));
  const length = decodeBase64url(encoded.at, encoded.length, der);
  if (length <= 0) return fail("must be base64url without padding");
  writeLengthDelimited(arena, 2, der, length);
  key.field = writtenField;
  key.fieldLength = writtenFieldLength;
  key.spki = key.field + (key.fieldLength - length);
  key.spkiLength = length;
  return true;
}

function decodeProviderField(arena: Arena, provider: Provider): bool {
  if (entered("algorithms")) {
    if (!read.readAlgorithms()) return false;
    provider.algorithms = read.mask;
    return true;
  }
  if (entered("issuer")) {
    if (!read.readNonEmptyText(arena)) return false;
    provider.issuer = read.text;
    return true;
  }
  if (entered("id")) {
    if (!read.readId(arena)) return false;
    provider.id = read.text;
    return true;
  }
  if (entered("keySet")) {
    if (!read.readId(arena)) return false;
    provider.keySetId = read.text;
    return true;
  }
  if (entered("places")) {
    provider.places = decodeNonEmptyList(arena, Section.Places);
    return !isNull(provider.places);
  }
  if (!entered("tokenTypes")) return fail(UNKNOWN);
  if (!read.readTexts(arena, TextKind.LowerCase)) return false;
  provider.tokenTypes = read.list;
  return read.list.count > 0 || fail("must not be empty");
}

function decodePolicyField(arena: Arena, policy: Policy): bool {
  if (entered("id")) {
    if (!read.readId(arena)) return false;
    policy.id = read.text;
    return true;
  }
  if (entered("kind")) {
    return decodePolicyKind(policy);
  }
  if (entered("providers")) {
    if (!read.readTexts(arena, TextKind.Id)) return false;
    policy.providerIds = read.list;
    return true;
  }
  if (entered("authorizations")) {
    policy.authorizations = decodeList(arena, Section.Authorizations);
    return !isNull(policy.authorizations);
  }
  if (entered("introspection")) {
    policy.introspection = changetype<Introspection>(decodeElement(arena, Section.Introspection));
    return !isNull(policy.introspection);
  }
  if (entered("cors")) {
    if (!read.readId(arena)) return false;
    policy.corsId = read.text;
    return true;
  }
  return decodeTokenMember(arena, policy);
}

function decodeTokenMember(arena: Arena, policy: Policy): bool {
  if (entered("clockSkewSeconds")) {
    if (!read.readInteger(0, MAX_CLOCK_SKEW_SECONDS)) return false;
    policy.clockSkew = <f64>read.integer;
    policy.hasClockSkew = true;
  } else if (entered("requireExp")) {
    if (!read.readFlag()) return false;
    policy.requireExp = read.flag;
  } else if (entered("claimsToHeaders")) {
    policy.claimsToHeaders = decodeList(arena, Section.ClaimsToHeaders);
    if (isNull(policy.claimsToHeaders)) return false;
  } else {
    return decodePolicyFlag(arena, policy);
  }
  policy.hasTokenMember = true;
  return true;
}

function decodeIntrospectionField(arena: Arena, introspection: Introspection): bool {
  if (entered("server")) {
    if (!read.readId(arena)) return false;
    introspection.serverId = read.text;
    return true;
  }
  if (entered("places")) {
    introspection.places = decodeNonEmptyList(arena, Section.Places);
    return !isNull(introspection.places);
  }
  if (!entered("authorizations")) return fail(UNKNOWN);
  introspection.authorizations = decodeList(arena, Section.Authorizations);
  return !isNull(introspection.authorizations);
}

function decodeCorsField(arena: Arena, cors: CorsPolicy): bool {
  if (!entered("allowOrigins")) return decodeCorsMember(arena, cors);
  cors.origins = decodeList(arena, Section.AllowedOrigins);
  if (isNull(cors.origins)) return false;
  return cors.origins.count > 0 || fail("must not be empty");
}

function decodePolicyFlag(arena: Arena, policy: Policy): bool {
  if (entered("passCorsPreflight")) {
    if (!read.readFlag()) return false;
    policy.passCorsPreflight = read.flag;
    return true;
  }
  if (entered("externalProof")) {
    if (!read.readNonEmptyText(arena)) return false;
    policy.externalProof = read.text;
    return true;
  }
  if (entered("setCookies")) {
    if (!read.readTexts(arena, TextKind.Visible)) return false;
    policy.setCookies = read.list;
    return read.list.count > 0 || fail("must not be empty");
  }
  if (entered("shadow")) {
    if (!read.readFlag()) return false;
    policy.shadow = read.flag;
    policy.hasTokenMember = true;
    return true;
  }
  if (!entered("refuseAmbiguousPath")) return fail(UNKNOWN);
  if (!read.readFlag()) return false;
  policy.refuseAmbiguousPath = read.flag;
  return true;
}

function decodePolicyKind(policy: Policy): bool {
  if (!json.readString()) return fail("must be a string");
  if (json.textIs("open")) policy.kind = PolicyKind.Open;
  else if (json.textIs("jwt")) policy.kind = PolicyKind.Jwt;
  else return fail("must be open or jwt");
  return true;
}

function decodeAuthorizationField(arena: Arena, authorization: Authorization): bool {
  if (entered("scopes")) {
    if (!read.readTexts(arena, TextKind.NonEmpty)) return false;
    authorization.scopes = read.list;
    return true;
  }
  if (entered("audiences")) {
    if (!read.readTexts(arena, TextKind.NonEmpty)) return false;
    authorization.audiences = read.list;
    return true;
  }
  if (!entered("claims")) return fail(UNKNOWN);
  authorization.claims = decodeList(arena, Section.RequiredClaims);
  return !isNull(authorization.claims);
}

/** Whether an element has all members that it must have, and none that its kind forbids. */
function isComplete(section: Section, item: usize): bool {
  if (section == Section.KeySets) {
    const keySet = changetype<KeySet>(item);
    return !isNull(keySet.id) && !isNull(keySet.keys);
  }
  if (section == Section.Keys) {
    const key = changetype<Key>(item);
    return key.algorithms != 0 && key.field != 0;
  }
  if (section == Section.Providers) {
    const provider = changetype<Provider>(item);
    const named = !isNull(provider.id) && !isNull(provider.issuer);
    return named && provider.algorithms != 0 && !isNull(provider.keySetId);
  }
  if (section == Section.Policies) return isCompletePolicy(changetype<Policy>(item));
  if (section == Section.IntrospectionServers) return isCompleteServer(changetype<IntrospectionServer>(item));
  if (section == Section.Introspection) {
    const introspection = changetype<Introspection>(item);
    return !isNull(introspection.serverId) && !isNull(introspection.authorizations);
  }
  if (section == Section.Places) return isCompletePlace(changetype<Place>(item));
  if (section == Section.RequiredClaims) {
    const claim = changetype<RequiredClaim>(item);
    return !isNull(claim.path) && !isNull(claim.values);
  }
  if (section == Section.ClaimsToHeaders) {
    const entry = changetype<ClaimToHeader>(item);
    return !isNull(entry.path) && !isNull(entry.header);
  }
  if (section == Section.CorsPolicies) {
    const cors = changetype<CorsPolicy>(item);
    return !isNull(cors.id) && !isNull(cors.origins);
  }
  if (section == Section.AllowedOrigins) return isCompleteOrigin(changetype<AllowedOrigin>(item));
  const authorization = changetype<Authorization>(item);
  return !isNull(authorization.scopes) && !isNull(authorization.audiences);
}

function isCompletePolicy(policy: Policy): bool {
  if (isNull(policy.id)) return false;
  const hasProviders = !isNull(policy.providerIds);
  const hasAuthorizations = !isNull(policy.authorizations);
  if (policy.kind == PolicyKind.Jwt) return hasProviders && hasAuthorizations;
  if (policy.kind != PolicyKind.Open) return false;
  return !hasProviders && !hasAuthorizations && !policy.hasTokenMember && isNull(policy.introspection);
}
