/** Resolves the references of a decoded configuration, so that a request follows addresses and numbers only. */
import { Arena, allocateIn } from "../bytes/arena";
import { itemAt, List } from "../bytes/list";
import { createStringTable, findString, numberString, StringTable } from "../bytes/string-table";
import { linkClaims } from "./claim-table";
import {
  Authorization,
  Config,
  CorsPolicy,
  findIntrospectionServer,
  IntrospectionServer,
  isNull,
  KeySet,
  Policy,
  PolicyKind,
  Provider,
  Text,
} from "./config";
import { linkIdentityHeaders } from "./identity-headers";
import { linkPlaces } from "./link-places";
import { enterIndex, enterMember, fail, leaveTo, pathMark, startPath } from "./problem";

/** False, with the problem noted, where an id is used twice or names nothing. */
export function link(config: Config): bool {
  startPath();
  const keySetIds = createStringTable(config.arena, config.keySets.count);
  const providerIds = createStringTable(config.arena, config.providers.count);
  config.policyIds = createStringTable(config.arena, config.policies.count);
  if (!numberKeySets(config, keySetIds) || !numberProviders(config, providerIds)) return false;
  const corsIds = createStringTable(config.arena, countOf(config.corsPolicies));
  if (!numberIntrospectionServers(config) || !numberCorsPolicies(config, corsIds)) return false;
  if (!linkProviders(config, keySetIds)) return false;
  linkIssuers(config);
  if (!linkPolicies(config, providerIds, corsIds)) return false;
  numberStrings(config);
  linkClaims(config);
  linkIdentityHeaders(config);
  return true;
}

function isNewId(ids: StringTable, id: Text): bool {
  const before = ids.count;
  numberString(ids, id.at, id.length);
  if (ids.count > before) return true;
  enterMember("id");
  return fail("must be unique");
}

function numberKeySets(config: Config, ids: StringTable): bool {
  enterMember("keySets");
  const mark = pathMark();
  for (let i = 0; i < config.keySets.count; i++) {
    enterIndex(i);
    if (!isNewId(ids, changetype<KeySet>(itemAt(config.keySets, i)).id)) return false;
    leaveTo(mark);
  }
  leaveTo(0);
  return true;
}

function numberProviders(config: Config, ids: StringTable): bool {
  enterMember("providers");
  const mark = pathMark();
  for (let i = 0; i < config.providers.count; i++) {
    enterIndex(i);
    const provider = changetype<Provider>(itemAt(config.providers, i));
    provider.index = i;
    if (!isNewId(ids, provider.id)) return false;
    leaveTo(mark);
  }
  leaveTo(0);
  return true;
}

/** Elements of a list that a document may leave out. */
function countOf(list: List): i32 {
  return isNull(list) ? 0 : list.count;
}

function numberCorsPolicies(config: Config, ids: StringTable): bool {
  enterMember("corsPolicies");
  const mark = pathMark();
  for (let i = 0; i < countOf(config.corsPolicies); i++) {
    enterIndex(i);
    if (!isNewId(ids, changetype<CorsPolicy>(itemAt(config.corsPolicies, i)).id)) return false;
    leaveTo(mark);
  }
  leaveTo(0);
  return true;
}

function numberIntrospectionServers(config: Config): bool {
  const servers = config.introspectionServers;
  const count = countOf(servers);
  config.introspectionServerIds = createStringTable(config.arena, count);
  enterMember("introspectionServers");
  const mark = pathMark();
  for (let i = 0; i < count; i++) {
    enterIndex(i);
    const id = changetype<IntrospectionServer>(itemAt(servers, i)).id;
    if (!isNewId(config.introspectionServerIds, id)) return false;
    leaveTo(mark);
  }
  leaveTo(0);
  return true;
}

function linkProviders(config: Config, keySetIds: StringTable): bool {
  enterMember("providers");
  const mark = pathMark();
  for (let i = 0; i < config.providers.count; i++) {
    enterIndex(i);
    const provider = changetype<Provider>(itemAt(config.providers, i));
    const number = findString(keySetIds, provider.keySetId.at, provider.keySetId.length);
    if (number < 0) {
      enterMember("keySet");
      return fail("must name a key set");
    }
    provider.keySet = changetype<KeySet>(itemAt(config.keySets, number));
    leaveTo(mark);
  }
  leaveTo(0);
  return true;
}

/** Makes the hash table from issuers to their providers; those of one issuer stay in their order. */
function linkIssuers(config: Config): void {
  const count = config.providers.count;
  config.issuers = createStringTable(config.arena, count);
  config.providerOfIssuer = allocateIn(config.arena, (<usize>count) << 2);
  for (let i = count - 1; i >= 0; i--) {
    const provider = changetype<Provider>(itemAt(config.providers, i));
    const number = numberString(config.issuers, provider.issuer.at, provider.issuer.length);
    const first = config.providerOfIssuer + ((<usize>number) << 2);
    provider.sameIssuer = changetype<Provider>(load<usize>(first));
    store<usize>(first, changetype<usize>(provider));
  }
}

function linkPolicies(config: Config, providerIds: StringTable, corsIds: StringTable): bool {
  enterMember("policies");
  const mark = pathMark();
  for (let i = 0; i < config.policies.count; i++) {
    enterIndex(i);
    const policy = changetype<Policy>(itemAt(config.policies, i));
    if (!isNewId(config.policyIds, policy.id)) return false;
    if (!linkCors(config, policy, corsIds)) return false;
    if (policy.kind == PolicyKind.Jwt && !linkPolicy(config, policy, providerIds)) return false;
    leaveTo(mark);
  }
  leaveTo(0);
  return true;
}

function linkCors(config: Config, policy: Policy, ids: StringTable): bool {
  if (isNull(policy.corsId)) return true;
  const number = findString(ids, policy.corsId.at, policy.corsId.length);
  if (number < 0) {
    enterMember("cors");
    return fail("must name a CORS policy");
  }
  policy.cors = changetype<CorsPolicy>(itemAt(config.corsPolicies, number));
  return true;
}

function linkPolicy(config: Config, policy: Policy, providerIds: StringTable): bool {
  if (!policy.hasClockSkew) policy.clockSkew = config.clockSkew;
  if (!linkPolicyProviders(config.arena, policy, providerIds) || !linkPlaces(config, policy)) return false;
  const introspection = policy.introspection;
  if (isNull(introspection)) {
    if (policy.providerCount > 0) return true;
    enterMember("providers");
    return fail("must not be empty without introspection");
  }
  const id = introspection.serverId;
  introspection.server = findIntrospectionServer(config, id.at, id.length);
  if (!isNull(introspection.server)) return true;
  enterMember("introspection");
  enterMember("server");
  return fail("must name an introspection server");
}

/** Fills in the sorted indexes of a policy's providers, by insertion: the lists are short and mostly sorted. */
function linkPolicyProviders(arena: Arena, policy: Policy, providerIds: StringTable): bool {
  const count = policy.providerIds.count;
  policy.providers = allocateIn(arena, (<usize>count) << 2);
  policy.providerCount = count;
  for (let i = 0; i < count; i++) {
    const id = changetype<Text>(itemAt(policy.providerIds, i));
    const index = findString(providerIds, id.at, id.length);
    if (index < 0) {
      enterMember("providers");
      enterIndex(i);
      return fail("must name a provider");
    }
    let place = i;
    for (; place > 0; place--) {
      const before = load<u32>(policy.providers + ((<usize>(place - 1)) << 2));
      if (before <= <u32>index) break;
      store<u32>(policy.providers + ((<usize>place) << 2), before);
    }
    store<u32>(policy.providers + ((<usize>place) << 2), index);
  }
  return true;
}

function numberStrings(config: Config): void {
  config.strings = createStringTable(config.arena, eachText(config, false));
  eachText(config, true);
}

/** Counts the scopes and audiences of all policies; numbers them as well where `numbering` is set. */
function eachText(config: Config, numbering: bool): u32 {
  let count: u32 = 0;
  for (let i = 0; i < config.policies.count; i++) {
    const policy = changetype<Policy>(itemAt(config.policies, i));
    if (policy.kind != PolicyKind.Jwt) continue;
    count += eachTextOf(config, policy.authorizations, numbering);
    if (isNull(policy.introspection)) continue;
    count += eachTextOf(config, policy.introspection.authorizations, numbering);
  }
  return count;
}

function eachTextOf(config: Config, authorizations: List, numbering: bool): u32 {
  let count: u32 = 0;
  for (let i = 0; i < authorizations.count; i++) {
    const authorization = changetype<Authorization>(itemAt(authorizations, i));
    count += authorization.scopes.count + authorization.audiences.count;
    if (!numbering) continue;
    numberAll(config.strings, authorization.scopes);
    numberAll(config.strings, authorization.audiences);
  }
  return count;
}

function numberAll(strings: StringTable, texts: List): void {
  for (let i = 0; i < texts.count; i++) {
    const text = changetype<Text>(itemAt(texts, i));
    text.number = numberString(strings, text.at, text.length);
  }
}
