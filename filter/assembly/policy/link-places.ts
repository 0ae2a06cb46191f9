/** Joins the places of a policy's providers and of its introspection, so that each is looked at once a request. */
import { allocateIn } from "../bytes/arena";
import { append, createList, itemAt, List } from "../bytes/list";
import { equalBytes } from "../bytes/slice";
import { MAX_TOKEN_PLACES } from "../contract";
import { Config, isNull, Place, PlaceKind, Policy, Provider, Text } from "./config";
import { enterMember, fail } from "./problem";

/** Fills in `places` and the masks; false, with the problem noted, where there are too many. */
export function linkPlaces(config: Config, policy: Policy): bool {
  if (!hasOwnPlaces(config, policy)) return true;
  policy.places = createList(config.arena);
  policy.placeMasks = allocateIn(config.arena, (<usize>policy.providerCount) << 2);
  addBearer(config, policy);
  for (let i = 0; i < policy.providerCount; i++) {
    const places = providerOf(config, policy, i).places;
    if (!isNull(places)) store<u32>(maskAt(policy, i), addPlaces(policy.places, places));
  }
  const introspection = policy.introspection;
  if (!isNull(introspection) && !isNull(introspection.places)) {
    introspection.placeMask = addPlaces(policy.places, introspection.places);
  }
  if (policy.places.count <= MAX_TOKEN_PLACES) return true;
  enterMember("providers");
  return fail("must not have so many token places");
}

/** Adds the place of those who name none. */
function addBearer(config: Config, policy: Policy): void {
  const bearer = changetype<Place>(allocateIn(config.arena, offsetof<Place>()));
  for (let i = 0; i < policy.providerCount; i++) {
    if (isNull(providerOf(config, policy, i).places))
      store<u32>(maskAt(policy, i), addPlace(policy.places, bearer));
  }
  const introspection = policy.introspection;
  if (isNull(introspection) || !isNull(introspection.places)) return;
  introspection.placeMask = addPlace(policy.places, bearer);
}

function maskAt(policy: Policy, provider: i32): usize {
  return policy.placeMasks + ((<usize>provider) << 2);
}

function providerOf(config: Config, policy: Policy, index: i32): Provider {
  const number = load<u32>(policy.providers + ((<usize>index) << 2));
  return changetype<Provider>(itemAt(config.providers, <i32>number));
}

function hasOwnPlaces(config: Config, policy: Policy): bool {
  for (let i = 0; i < policy.providerCount; i++) {
    if (!isNull(providerOf(config, policy, i).places)) return true;
  }
  return !isNull(policy.introspection) && !isNull(policy.introspection.places);
}

function addPlaces(all: List, places: List): u32 {
  let mask: u32 = 0;
  for (let i = 0; i < places.count; i++) mask |= addPlace(all, changetype<Place>(itemAt(places, i)));
  return mask;
}

/** The bit of a place, which is added where it is new. */
function addPlace(all: List, place: Place): u32 {
  let index = 0;
  while (index < all.count && !isSame(changetype<Place>(itemAt(all, index)), place)) index++;
  if (index == all.count && index <= MAX_TOKEN_PLACES) append(all, changetype<usize>(place));
  return (<u32>1) << index;
}

function isSame(a: Place, b: Place): bool {
  return a.kind == b.kind && isSameText(a.name, b.name) && isSameText(a.prefix, b.prefix);
}

function isSameText(a: Text, b: Text): bool {
  if (isNull(a) || isNull(b)) return isNull(a) && isNull(b);
  return equalBytes(a.at, a.length, b.at, b.length);
}
