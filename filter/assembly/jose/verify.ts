/** Checks one signature with one key through the host function `verify_signature`. */
import { asciiBytes } from "../bytes/ascii";
import { decodeBase64url } from "../bytes/base64url";
import { Deny } from "../contract";
import { callForeignFunction, valueAt, valueLength } from "../host/hostcalls";
import { Key } from "../policy/config";
import { coordinateLength, hashName } from "./algorithms";
import { writeDerSignature } from "./ecdsa";
import { isRight, writeFieldHeader } from "./message";

const VERIFY_SIGNATURE: string = "verify_signature";
const FUNCTION_NAME: usize = asciiBytes(VERIFY_SIGNATURE);

const FIELD_HASH: i32 = 1;
const FIELD_SIGNATURE: i32 = 3;
const FIELD_TEXT: i32 = 4;

/** The decoded signature: at most three quarters of a token. */
const decoded: usize = memory.data(12_288, 8);
const der: usize = memory.data(144, 8);
/** Room for a key, a signature and a signing input of the largest size. */
const message: usize = memory.data(32_768, 8);

let algorithm: i32 = -1;
/** The signature in the form that the host takes; length 0 where no key can make it right. */
let signatureAt: usize = 0;
let signatureLength: i32 = 0;

/** Takes the signature of a token for the checks that follow; false where it is not base64url. */
export function takeSignature(alg: i32, at: usize, length: i32): bool {
  algorithm = alg;
  signatureAt = decoded;
  signatureLength = decodeBase64url(at, length, decoded);
  if (signatureLength < 0) return false;
  if (coordinateLength(alg) > 0) {
    signatureLength = writeDerSignature(alg, decoded, signatureLength, der);
    signatureAt = der;
  }
  return true;
}

/** Checks the taken signature over `text` with one key: `None`, `SignatureMismatch`, or `VerifierUnavailable`. */
export function checkSignature(key: Key, text: usize, textLength: i32): Deny {
  if (signatureLength == 0) return Deny.SignatureMismatch;
  const length = writeMessage(key, text, textLength);
  if (!callForeignFunction(FUNCTION_NAME, VERIFY_SIGNATURE.length, message, length)) {
    return Deny.VerifierUnavailable;
  }
  return isRight(valueAt, valueLength) ? Deny.None : Deny.SignatureMismatch;
}

function writeMessage(key: Key, text: usize, textLength: i32): i32 {
  const hash = hashName(algorithm);
  let out = writeFieldHeader(FIELD_HASH, hash.length, message);
  for (let i = 0; i < hash.length; i++) store<u8>(out + i, <u8>hash.charCodeAt(i));
  out += hash.length;
  memory.copy(out, key.field, key.fieldLength);
  out = writeFieldHeader(FIELD_SIGNATURE, signatureLength, out + key.fieldLength);
  memory.copy(out, signatureAt, signatureLength);
  out = writeFieldHeader(FIELD_TEXT, textLength, out + signatureLength);
  memory.copy(out, text, textLength);
  return <i32>(out + textLength - message);
}
