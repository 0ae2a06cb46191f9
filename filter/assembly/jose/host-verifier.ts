/** The host function `verify_signature`: RSASSA-PKCS1-v1_5 and ECDSA, where the host has it. */
import { asciiBytes } from "../bytes/ascii";
import { Alg, Deny } from "../contract";
import { callForeignFunction, valueAt, valueLength } from "../host/hostcalls";
import { Key } from "../policy/config";
import { hashName } from "./algorithms";
import { isRight, writeFieldHeader } from "./message";

const VERIFY_SIGNATURE: string = "verify_signature";
const FUNCTION_NAME: usize = asciiBytes(VERIFY_SIGNATURE);

const FIELD_HASH: i32 = 1;
const FIELD_SIGNATURE: i32 = 3;
const FIELD_TEXT: i32 = 4;

/** Room for a key, a signature and a signing input of the largest size. */
const message: usize = memory.data(32_768, 8);

/** A right signature: ES256 over the text "tollgate". The key is a whole field of the message. */
const KNOWN_KEY: usize = memory.data<u8>([
  0x12, 0x5b, 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
  0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0xd6, 0xcf, 0x18, 0x5b, 0xd7, 0x39, 0x8d,
  0x5e, 0xed, 0x2b, 0x58, 0x2e, 0xb8, 0x7e, 0x73, 0xac, 0xc0, 0x26, 0x7c, 0x94, 0x45, 0x60, 0x50, 0x58, 0x7b,
  0x17, 0xe5, 0x6d, 0x6e, 0x39, 0x05, 0x3b, 0x28, 0x91, 0xa9, 0xbc, 0x17, 0x43, 0x45, 0x2a, 0xb8, 0x6c, 0xb6,
  0x61, 0x9a, 0xe9, 0x1c, 0x32, 0xb4, 0x68, 0x74, 0x21, 0xeb, 0x33, 0x3f, 0x84, 0xb3, 0xf2, 0x39, 0x74, 0x4f,
  0xdc, 0xa2, 0x6e,
]);
const KNOWN_KEY_BYTES: i32 = 93;
const KNOWN_SIGNATURE: usize = memory.data<u8>([
  0x30, 0x44, 0x02, 0x20, 0x6e, 0x96, 0x0c, 0x4c, 0x93, 0x80, 0x7e, 0xa3, 0xef, 0x93, 0x14, 0xc6, 0x9c, 0x24,
  0x0e, 0x79, 0xe4, 0x76, 0xb6, 0xb2, 0xb4, 0x6d, 0xfb, 0x86, 0x04, 0xbd, 0x1c, 0xbf, 0xec, 0x72, 0x48, 0xc4,
  0x02, 0x20, 0x5e, 0x21, 0x5f, 0x75, 0x64, 0x36, 0xf0, 0x7a, 0xb3, 0x27, 0x44, 0xac, 0x93, 0xd6, 0x5f, 0x96,
  0xce, 0x90, 0x1a, 0xb0, 0xa9, 0x80, 0x7c, 0x49, 0xa9, 0xc7, 0x13, 0xd0, 0x8b, 0x28, 0x9e, 0x1d,
]);
const KNOWN_SIGNATURE_BYTES: i32 = 70;
const KNOWN_TEXT: string = "tollgate";
const KNOWN_TEXT_BYTES: usize = asciiBytes(KNOWN_TEXT);

let probed: bool = false;

/** Whether the host verifies signatures; known after the first `probeHost`. */
export let hostVerifies: bool = false;

/** Learns from a right signature whether the host verifies; does nothing when that is known. */
export function probeHost(): void {
  if (probed) return;
  probed = true;
  const end = writeSignature(Alg.ES256, KNOWN_KEY, KNOWN_KEY_BYTES, KNOWN_SIGNATURE, KNOWN_SIGNATURE_BYTES);
  hostVerifies = callHost(end, KNOWN_TEXT_BYTES, KNOWN_TEXT.length) == Deny.None;
}

/**
 * Checks a signature: `None`, `SignatureMismatch`, or `VerifierUnavailable`. The key is the field `public_key` of the
 * message; an ECDSA signature is DER (RFC 3279, section 2.2.3).
 */
export function verifyByHost(
  algorithm: i32,
  key: Key,
  signature: usize,
  signatureLength: i32,
  text: usize,
  textLength: i32,
): Deny {
  const end = writeSignature(algorithm, key.field, key.fieldLength, signature, signatureLength);
  return callHost(end, text, textLength);
}

/** Starts the message with all but the text; returns the address behind it. */
function writeSignature(
  algorithm: i32,
  keyField: usize,
  keyFieldLength: i32,
  signature: usize,
  signatureLength: i32,
): usize {
  const hash = hashName(algorithm);
  let out = writeFieldHeader(FIELD_HASH, hash.length, message);
  for (let i = 0; i < hash.length; i++) store<u8>(out + i, <u8>hash.charCodeAt(i));
  out += hash.length;
  memory.copy(out, keyField, keyFieldLength);
  out = writeFieldHeader(FIELD_SIGNATURE, signatureLength, out + keyFieldLength);
  memory.copy(out, signature, signatureLength);
  return out + signatureLength;
}

/** Appends the text at `end` and asks the host. */
function callHost(end: usize, text: usize, textLength: i32): Deny {
  const out = writeFieldHeader(FIELD_TEXT, textLength, end);
  memory.copy(out, text, textLength);
  const length = <i32>(out + textLength - message);
  if (!callForeignFunction(FUNCTION_NAME, VERIFY_SIGNATURE.length, message, length)) {
    return Deny.VerifierUnavailable;
  }
  return isRight(valueAt, valueLength) ? Deny.None : Deny.SignatureMismatch;
}
