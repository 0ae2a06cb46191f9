/** Decodes the members of a CORS policy. */
import { Arena, allocateIn } from "../bytes/arena";
import * as json from "../bytes/json";
import { itemAt, List } from "../bytes/list";
import { AllowedOrigin, CorsPolicy, isNull, nothing, OriginKind, Text } from "./config";
import { entered, fail, UNKNOWN } from "./problem";
import * as read from "./read";
import { TextKind } from "./read";

/** Decodes a member of a CORS policy other than its origins. */
export function decodeCorsMember(arena: Arena, cors: CorsPolicy): bool {
  if (entered("id")) {
    if (!read.readId(arena)) return false;
    cors.id = read.text;
    return true;
  }
  if (entered("allowCredentials")) {
    if (!read.readFlag()) return false;
    cors.allowCredentials = read.flag;
    return true;
  }
  if (!entered("exposeHeaders")) return fail(UNKNOWN);
  if (!read.readTexts(arena, TextKind.Visible)) return false;
  cors.exposeHeaders = joined(arena, read.list);
  return true;
}

/** The texts with commas between them; null where there are none. */
function joined(arena: Arena, texts: List): Text {
  if (texts.count == 0) return nothing<Text>();
  let length = texts.count - 1;
  for (let i = 0; i < texts.count; i++) length += changetype<Text>(itemAt(texts, i)).length;
  const all = changetype<Text>(allocateIn(arena, offsetof<Text>()));
  all.at = allocateIn(arena, length);
  all.length = length;
  let out = all.at;
  for (let i = 0; i < texts.count; i++) {
    if (i > 0) store<u8>(out++, 0x2c);
    const text = changetype<Text>(itemAt(texts, i));
    memory.copy(out, text.at, text.length);
    out += text.length;
  }
  return all;
}

export function decodeOriginField(arena: Arena, origin: AllowedOrigin): bool {
  if (entered("kind")) return decodeKind(origin);
  if (!entered("value")) return fail(UNKNOWN);
  if (!read.readNonEmptyText(arena)) return false;
  origin.value = read.text;
  return true;
}

function decodeKind(origin: AllowedOrigin): bool {
  if (!json.readString()) return fail("must be a string");
  if (json.textIs("exact")) origin.kind = OriginKind.Exact;
  else if (json.textIs("prefix")) origin.kind = OriginKind.Prefix;
  else if (json.textIs("regex")) origin.kind = OriginKind.Regex;
  else return fail("must be exact, prefix or regex");
  return true;
}

/** Whether an origin has both members. */
export function isCompleteOrigin(origin: AllowedOrigin): bool {
  return origin.kind != OriginKind.None && !isNull(origin.value);
}
