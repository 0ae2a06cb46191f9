/** Decodes the places of tokens. */
import { Arena } from "../bytes/arena";
import * as json from "../bytes/json";
import { isNull, Place, PlaceKind } from "./config";
import { entered, fail, UNKNOWN } from "./problem";
import * as read from "./read";

export function decodePlaceField(arena: Arena, place: Place): bool {
  if (entered("kind")) return decodeKind(place);
  if (entered("name")) {
    if (!read.readNonEmptyText(arena)) return false;
    place.name = read.text;
    return true;
  }
  if (!entered("prefix")) return fail(UNKNOWN);
  if (!read.readNonEmptyText(arena)) return false;
  place.prefix = read.text;
  return true;
}

function decodeKind(place: Place): bool {
  if (!json.readString()) return fail("must be a string");
  if (json.textIs("header")) place.kind = PlaceKind.Header;
  else if (json.textIs("param")) place.kind = PlaceKind.Param;
  else if (json.textIs("cookie")) place.kind = PlaceKind.Cookie;
  else return fail("must be header, param or cookie");
  return true;
}

/** Whether a place has all members that it must have, and none that its kind forbids. */
export function isCompletePlace(place: Place): bool {
  if (isNull(place.name) || place.kind == PlaceKind.Bearer) return false;
  if (place.kind == PlaceKind.Header) {
    return read.isHeaderName(place.name) || fail("must name a header in lower case");
  }
  return isNull(place.prefix) || fail("must not have a prefix");
}
