/** SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) in DER, of the key types that are verified in the VM. */
import { Arena } from "../bytes/arena";
import { equalBytes } from "../bytes/slice";
import { createEd25519Key } from "./ed25519-key";
import { createP256Key } from "./p256-key";
import { createRsaKey } from "./rsa";

/** What kind of key was read. */
export enum KeyType {
  None,
  Rsa,
  P256,
  Ed25519,
}

/** rsaEncryption with NULL (RFC 3279, section 2.3.1). */
const RSA_ALGORITHM: usize = memory.data<u8>([
  0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
]);
const RSA_ALGORITHM_BYTES: i32 = 15;

/** All of a P-256 key up to the coordinates of its point (RFC 5480, section 2), which is not compressed. */
const P256_PREFIX: usize = memory.data<u8>([
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
  0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
]);
const P256_PREFIX_BYTES: i32 = 27;

/** All of an Ed25519 key up to the encoded point (RFC 8410, section 4). */
const ED25519_PREFIX: usize = memory.data<u8>([
  0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
]);
const ED25519_PREFIX_BYTES: i32 = 12;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/** The type of the key that the last `readSpki` returned. */
export let keyType: KeyType = KeyType.None;

let at: usize = 0;
let end: usize = 0;
let integerAt: usize = 0;
let integerLength: i32 = 0;

/** Makes a key in the arena. Returns its address, or 0 where it is no valid key of a type that is known here. */
export function readSpki(arena: Arena, der: usize, length: i32): usize {
  const key = readKey(arena, der, length);
  if (key == 0) keyType = KeyType.None;
  return key;
}

function readKey(arena: Arena, der: usize, length: i32): usize {
  if (length == ED25519_PREFIX_BYTES + 32 && startsWith(der, ED25519_PREFIX, ED25519_PREFIX_BYTES)) {
    keyType = KeyType.Ed25519;
    return createEd25519Key(arena, der + ED25519_PREFIX_BYTES);
  }
  if (length == P256_PREFIX_BYTES + 64 && startsWith(der, P256_PREFIX, P256_PREFIX_BYTES)) {
    keyType = KeyType.P256;
    return createP256Key(arena, der + P256_PREFIX_BYTES);
  }
  keyType = KeyType.Rsa;
  return readRsaKey(arena, der, length);
}

function startsWith(at: usize, prefix: usize, length: i32): bool {
  return equalBytes(at, length, prefix, length);
}

/** RSAPublicKey (RFC 8017, appendix A.1.1) in a SubjectPublicKeyInfo. */
function readRsaKey(arena: Arena, der: usize, length: i32): usize {
  at = der;
  end = der + length;
  if (!enter(SEQUENCE) || end - at < <usize>RSA_ALGORITHM_BYTES) return 0;
  if (!startsWith(at, RSA_ALGORITHM, RSA_ALGORITHM_BYTES)) return 0;
  at += RSA_ALGORITHM_BYTES;
  if (!enter(BIT_STRING) || at == end || load<u8>(at) != 0) return 0;
  at += 1;
  if (!enter(SEQUENCE) || !readInteger()) return 0;
  const n = integerAt;
  const nLength = integerLength;
  if (!readInteger() || at != end) return 0;
  return changetype<usize>(createRsaKey(arena, n, nLength, integerAt, integerLength));
}

/** Enters a value that reaches to the end of what surrounds it. */
function enter(tag: u8): bool {
  const length = readHeader(tag);
  return length >= 0 && at + length == end;
}

/** Reads tag and length in their shortest form (X.690, section 10.1). Returns the length, or -1. */
function readHeader(tag: u8): i32 {
  if (end - at < 2 || load<u8>(at) != tag) return -1;
  let length = <i32>load<u8>(at, 1);
  at += 2;
  if (length < 0x80) return length <= <i32>(end - at) ? length : -1;
  const bytes = length & 0x7f;
  if (bytes < 1 || bytes > 2 || end - at < <usize>bytes) return -1;
  length = 0;
  for (let i = 0; i < bytes; i++) length = (length << 8) | <i32>load<u8>(at + i);
  at += bytes;
  const shortest = bytes == 1 ? 0x80 : 0x100;
  return length >= shortest && length <= <i32>(end - at) ? length : -1;
}

/** Reads a positive INTEGER in its shortest form (X.690, section 8.3.2), without the zero byte of its sign. */
function readInteger(): bool {
  const length = readHeader(INTEGER);
  if (length < 1) return false;
  integerAt = at;
  integerLength = length;
  at += length;
  const first = load<u8>(integerAt);
  if (first >= 0x80) return false;
  if (first != 0) return true;
  if (length == 1 || load<u8>(integerAt, 1) < 0x80) return false;
  integerAt += 1;
  integerLength -= 1;
  return true;
}
