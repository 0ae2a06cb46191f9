/** A document that is carried as DEFLATE streams (RFC 1951), because it would be too large otherwise. */
import { Arena, allocateIn } from "../bytes/arena";
import { decodeBase64url } from "../bytes/base64url";
import { inflate } from "../bytes/inflate";
import * as json from "../bytes/json";
import { append, createList, itemAt, List } from "../bytes/list";
import { Slice } from "../bytes/slice";
import { MAX_CONFIG_BYTES } from "../contract";
import { nothing } from "./config";
import { enterIndex, enterMember, fail, leaveTo, NOT_JSON, pathMark } from "./problem";
import * as read from "./read";

let streams: List = nothing<List>();

/** Bytes of the document that the current one carries. */
export let inflatedBytes: i32 = 0;

/** Reads the value of the member `deflate`: texts that stay where they are in the document. */
export function readStreams(arena: Arena): bool {
  if (!json.enterArray()) return fail("must be an array");
  const mark = pathMark();
  streams = createList(arena);
  let step = json.nextElement();
  while (step == json.MORE) {
    enterIndex(streams.count);
    if (!json.readString()) return fail("must be a string");
    const text = changetype<Slice>(allocateIn(arena, offsetof<Slice>()));
    text.at = json.textAt;
    text.length = json.textLength;
    append(streams, changetype<usize>(text));
    leaveTo(mark);
    step = json.nextElement();
  }
  return step == json.DONE || fail(NOT_JSON);
}

/** Reads the value of the member `inflatedBytes`. */
export function readInflatedBytes(): bool {
  if (!read.readInteger(1, MAX_CONFIG_BYTES)) return false;
  inflatedBytes = read.integer;
  return true;
}

/** The document that is carried, `inflatedBytes` long, which the caller frees; 0 where it is not good. */
export function inflateDocument(): usize {
  const mark = pathMark();
  enterMember("deflate");
  const document = heap.alloc(inflatedBytes);
  if (!inflateStreams(document)) {
    heap.free(document);
    return 0;
  }
  leaveTo(mark);
  return document;
}

function inflateStreams(target: usize): bool {
  const mark = pathMark();
  let left = inflatedBytes;
  for (let i = 0; i < streams.count; i++) {
    enterIndex(i);
    const text = changetype<Slice>(itemAt(streams, i));
    const length = decodeBase64url(text.at, text.length, text.at);
    if (length < 0) return fail("must be base64url without padding");
    const written = inflate(text.at, length, target + (inflatedBytes - left), left);
    if (written < 0) return fail("must be a DEFLATE stream of no more bytes than are left");
    left -= written;
    leaveTo(mark);
  }
  return left == 0 || fail("must have inflatedBytes bytes");
}
