/** The hashes of JOSE by their length. */
import { sha256 } from "./sha2-32";
import { sha384, sha512 } from "./sha2-64";

/** Hashes a message with the SHA-2 function of `hashLength` bytes: 32, 48 or 64. */
export function hash(hashLength: i32, at: usize, length: i32, target: usize): void {
  if (hashLength == 32) sha256(at, length, target);
  else if (hashLength == 48) sha384(at, length, target);
  else sha512(at, length, target);
}
