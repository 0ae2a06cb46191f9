/** Signatures that the VM verifies itself: those that the host cannot, and all of them where the host can none. */
import { Arena } from "../bytes/arena";
import { Alg, Deny } from "../contract";
import { verifyEd25519 } from "../crypto/ed25519";
import { Ed25519Key } from "../crypto/ed25519-key";
import { verifyP256 } from "../crypto/p256";
import { P256Key } from "../crypto/p256-key";
import { verifyPss } from "../crypto/pss";
import { RsaKey, verifyPkcs1 } from "../crypto/rsa";
import { KeyType, keyType, readSpki } from "../crypto/spki";
import { Key } from "../policy/config";
import { algorithmBit, hashLength, isPss } from "./algorithms";
import { hostVerifies } from "./host-verifier";

/** The algorithms that no host verifies. */
const ALWAYS: u32 =
  algorithmBit(Alg.PS256) | algorithmBit(Alg.PS384) | algorithmBit(Alg.PS512) | algorithmBit(Alg.EdDSA);

/** Whether signatures of that algorithm are verified here. */
export function isVerifiedInVm(algorithm: i32): bool {
  return (algorithmBit(algorithm) & ALWAYS) != 0 || !hostVerifies;
}

/**
 * Reads a key of the configuration that may have to be verified with here. A key that is none (an even modulus, a
 * point that is not on its curve) is kept: the document is right, and no signature is right by such a key.
 */
export function prepareKey(arena: Arena, key: Key): void {
  if ((key.algorithms & ALWAYS) == 0 && hostVerifies) return;
  key.publicKey = readSpki(arena, key.spki, key.spkiLength);
  key.type = keyType;
}

/** Checks a signature: `None`, `SignatureMismatch`, or `VerifierUnavailable` where nobody can verify it. */
export function verifyInVm(
  algorithm: i32,
  key: Key,
  signature: usize,
  signatureLength: i32,
  text: usize,
  textLength: i32,
): Deny {
  if (algorithm == Alg.ES384 || algorithm == Alg.ES512) return Deny.VerifierUnavailable;
  const right = isRight(algorithm, key, signature, signatureLength, text, textLength);
  return right ? Deny.None : Deny.SignatureMismatch;
}

function isRight(
  algorithm: i32,
  key: Key,
  signature: usize,
  signatureLength: i32,
  text: usize,
  textLength: i32,
): bool {
  const type = key.type;
  const at = key.publicKey;
  if (algorithm == Alg.EdDSA) {
    if (type != KeyType.Ed25519) return false;
    return verifyEd25519(changetype<Ed25519Key>(at), text, textLength, signature, signatureLength);
  }
  if (algorithm == Alg.ES256) {
    if (type != KeyType.P256) return false;
    return verifyP256(changetype<P256Key>(at), text, textLength, signature, signatureLength);
  }
  if (type != KeyType.Rsa) return false;
  const rsa = changetype<RsaKey>(at);
  const hash = hashLength(algorithm);
  if (isPss(algorithm)) return verifyPss(rsa, hash, text, textLength, signature, signatureLength);
  return verifyPkcs1(rsa, hash, text, textLength, signature, signatureLength);
}
