/** Checks one signature with one key, by the host where it can. */
import { decodeBase64url } from "../bytes/base64url";
import { Deny } from "../contract";
import { Key } from "../policy/config";
import { coordinateLength } from "./algorithms";
import { writeDerSignature } from "./ecdsa";
import { verifyByHost } from "./host-verifier";
import { isVerifiedInVm, verifyInVm } from "./vm-verifier";

/** The decoded signature: at most three quarters of a token. */
const decoded: usize = memory.data(12_288, 8);
const der: usize = memory.data(144, 8);

let algorithm: i32 = -1;
let inVm: bool = false;
/** The signature in the form that its verifier takes; length 0 where no key can make it right. */
let signatureAt: usize = 0;
let signatureLength: i32 = 0;

/** Takes the signature of a token for the checks that follow; false where it is not base64url. */
export function takeSignature(alg: i32, at: usize, length: i32): bool {
  algorithm = alg;
  inVm = isVerifiedInVm(alg);
  signatureAt = decoded;
  signatureLength = decodeBase64url(at, length, decoded);
  if (signatureLength < 0) return false;
  if (!inVm && coordinateLength(alg) > 0) {
    signatureLength = writeDerSignature(alg, decoded, signatureLength, der);
    signatureAt = der;
  }
  return true;
}

/** Checks the taken signature over `text` with one key: `None`, `SignatureMismatch`, or `VerifierUnavailable`. */
export function checkSignature(key: Key, text: usize, textLength: i32): Deny {
  if (signatureLength == 0) return Deny.SignatureMismatch;
  return inVm
    ? verifyInVm(algorithm, key, signatureAt, signatureLength, text, textLength)
    : verifyByHost(algorithm, key, signatureAt, signatureLength, text, textLength);
}
