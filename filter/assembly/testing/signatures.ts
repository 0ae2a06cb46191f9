/** Entry of the tests with official vectors: the verifiers of the VM with raw keys, signatures and messages. */
import "../abort";
import { allocateIn, createArena, freeArena } from "../bytes/arena";
import { Deny } from "../contract";
import { hash as hashBytes } from "../crypto/sha2";
import { readSpki } from "../crypto/spki";
import { prepareKey, verifyInVm } from "../jose/vm-verifier";
import { Key } from "../policy/config";

/** Memory for `length` bytes, never freed. */
export function place(length: i32): usize {
  return heap.alloc(length);
}

/** Hashes a message with the SHA-2 function of `hashLength` bytes. */
export function hash(hashLength: i32, at: usize, length: i32, target: usize): void {
  hashBytes(hashLength, at, length, target);
}

/** Whether bytes are a key in SubjectPublicKeyInfo that the VM can verify with. */
export function isKey(spki: usize, length: i32): bool {
  const arena = createArena();
  const found = readSpki(arena, spki, length) != 0;
  freeArena(arena);
  return found;
}

/** Whether the VM takes a signature of that algorithm for right, by a key in SubjectPublicKeyInfo. */
export function verify(
  algorithm: i32,
  spki: usize,
  spkiLength: i32,
  signature: usize,
  signatureLength: i32,
  text: usize,
  textLength: i32,
): bool {
  const arena = createArena();
  const key = changetype<Key>(allocateIn(arena, offsetof<Key>()));
  key.spki = spki;
  key.spkiLength = spkiLength;
  prepareKey(arena, key);
  const result = verifyInVm(algorithm, key, signature, signatureLength, text, textLength);
  freeArena(arena);
  return result == Deny.None;
}
