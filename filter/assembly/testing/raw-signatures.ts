/**
 * Entry of the tests with official vectors in a real Envoy: a request is a signature, in the headers `x-algorithm` (its
 * number), `x-key` (SubjectPublicKeyInfo), `x-signature` and `x-text`, in base64url. It passes where that is right.
 */
import "../abort";
import { allocateIn, createArena, freeArena } from "../bytes/arena";
import { asciiBytes } from "../bytes/ascii";
import { decodeBase64url, decodedLength } from "../bytes/base64url";
import { Deny } from "../contract";
import { ACTION_CONTINUE, ACTION_PAUSE, proxy_send_local_response } from "../host/abi";
import { readRequestHeader, valueAt, valueLength } from "../host/hostcalls";
import { allocate, resetScratch } from "../host/memory";
import { probeHost } from "../jose/host-verifier";
import { writeLengthDelimited, writtenField, writtenFieldLength } from "../jose/message";
import { checkSignature, takeSignature } from "../jose/verify";
import { prepareKey } from "../jose/vm-verifier";
import { Key } from "../policy/config";

export { allocate as proxy_on_memory_allocate } from "../host/memory";

const FIELD_PUBLIC_KEY: i32 = 2;
const REFUSED: i32 = 401;
const NO_GRPC_STATUS: u32 = 0xffff_ffff;

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_configure(_context: u32, _length: u32): u32 {
  probeHost();
  return 1;
}

export function proxy_on_request_headers(_context: u32, _headers: u32, _endOfStream: u32): u32 {
  resetScratch();
  if (isRight()) return ACTION_CONTINUE;
  proxy_send_local_response(REFUSED, 0, 0, 0, 0, 0, 0, NO_GRPC_STATUS);
  return ACTION_PAUSE;
}

let decodedAt: usize = 0;
let decodedBytes: i32 = 0;

function decodeHeader(name: string): void {
  decodedBytes = 0;
  if (!readRequestHeader(asciiBytes(name), name.length)) return;
  decodedAt = allocate(decodedLength(valueLength));
  decodedBytes = decodeBase64url(valueAt, valueLength, decodedAt);
}

function isRight(): bool {
  const arena = createArena();
  const key = changetype<Key>(allocateIn(arena, offsetof<Key>()));
  decodeHeader("x-key");
  writeLengthDelimited(arena, FIELD_PUBLIC_KEY, decodedAt, decodedBytes);
  key.field = writtenField;
  key.fieldLength = writtenFieldLength;
  key.spki = decodedAt;
  key.spkiLength = decodedBytes;
  readRequestHeader(asciiBytes("x-algorithm"), 11);
  const algorithm = <i32>load<u8>(valueAt) - 0x30;
  key.algorithms = 1 << algorithm;
  prepareKey(arena, key);
  readRequestHeader(asciiBytes("x-signature"), 11);
  const taken = takeSignature(algorithm, valueAt, valueLength);
  decodeHeader("x-text");
  const result = taken && checkSignature(key, decodedAt, decodedBytes) == Deny.None;
  freeArena(arena);
  return result;
}
