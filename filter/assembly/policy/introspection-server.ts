/** Decodes the members of an introspection server. */
import { Arena } from "../bytes/arena";
import { MAX_INTROSPECTION_CACHE_SECONDS, MAX_INTROSPECTION_TIMEOUT_MS } from "../contract";
import { IntrospectionServer, isNull } from "./config";
import { entered, fail, UNKNOWN } from "./problem";
import * as read from "./read";

export function decodeServerField(arena: Arena, server: IntrospectionServer): bool {
  if (entered("id")) {
    if (!read.readId(arena)) return false;
    server.id = read.text;
    return true;
  }
  if (entered("cluster")) {
    if (!read.readVisibleText(arena)) return false;
    server.cluster = read.text;
    return true;
  }
  if (entered("authority")) {
    if (!read.readVisibleText(arena)) return false;
    server.authority = read.text;
    return true;
  }
  if (entered("path")) {
    if (!read.readVisibleText(arena)) return false;
    server.path = read.text;
    return load<u8>(read.text.at) == 0x2f || fail("must start with a slash");
  }
  return decodeSetting(arena, server);
}

function decodeSetting(arena: Arena, server: IntrospectionServer): bool {
  if (entered("timeoutMs")) {
    if (!read.readInteger(1, MAX_INTROSPECTION_TIMEOUT_MS)) return false;
    server.timeoutMs = read.integer;
    return true;
  }
  if (entered("maxCacheSeconds")) {
    if (!read.readInteger(0, MAX_INTROSPECTION_CACHE_SECONDS)) return false;
    server.maxCacheSeconds = <f64>read.integer;
    server.hasMaxCacheSeconds = true;
    return true;
  }
  if (!entered("issuer")) return fail(UNKNOWN);
  if (!read.readNonEmptyText(arena)) return false;
  server.issuer = read.text;
  return true;
}

/** Whether a server has all members that it must have. */
export function isCompleteServer(server: IntrospectionServer): bool {
  if (isNull(server.id) || isNull(server.cluster) || isNull(server.authority)) return false;
  return !isNull(server.path) && server.timeoutMs != 0 && server.hasMaxCacheSeconds;
}
