/** RSASSA-PSS (RFC 8017, section 8.1.2) with MGF1 over the same hash and a salt as long as the hash. */
import { equalBytes } from "../bytes/slice";
import { RsaKey, recover, recovered } from "./rsa";
import { hash } from "./sha2";

const TRAILER: u8 = 0xbc;

/** M': eight zero bytes, the hash of the message, the salt (RFC 8017, section 9.1.2 step 12). */
const prefixed: usize = memory.data(136, 8);
const digest: usize = memory.data(64, 8);
const seed: usize = memory.data(72, 8);
const mask: usize = memory.data(64, 8);

/** Whether a signature is right with a hash of `hashLength` bytes: 32, 48 or 64. */
export function verifyPss(
  key: RsaKey,
  hashLength: i32,
  text: usize,
  textLength: i32,
  signature: usize,
  length: i32,
): bool {
  if (!recover(key, signature, length)) return false;
  const encodedBits = key.modulus.bits - 1;
  const encodedLength = (encodedBits + 7) >> 3;
  if (encodedLength < length && load<u8>(recovered) != 0) return false;
  hash(hashLength, text, textLength, prefixed + 8);
  return verifyEncoded(recovered + length - encodedLength, encodedLength, encodedBits, hashLength);
}

/** EMSA-PSS-VERIFY (RFC 8017, section 9.1.2 from step 4 on) of the hash in `prefixed`; changes the message. */
function verifyEncoded(encoded: usize, length: i32, bits: i32, hashLength: i32): bool {
  if (load<u8>(encoded + length - 1) != TRAILER) return false;
  const dataLength = length - hashLength - 1;
  const first = <u32>0xff >> ((length << 3) - bits);
  if ((<u32>load<u8>(encoded) & ~first) != 0) return false;
  unmask(encoded, dataLength, encoded + dataLength, hashLength);
  store<u8>(encoded, load<u8>(encoded) & <u8>first);
  const zeros = dataLength - hashLength - 1;
  for (let i = 0; i < zeros; i++) {
    if (load<u8>(encoded + i) != 0) return false;
  }
  if (load<u8>(encoded + zeros) != 0x01) return false;
  memory.copy(prefixed + 8 + hashLength, encoded + zeros + 1, hashLength);
  hash(hashLength, prefixed, 8 + 2 * hashLength, digest);
  return equalBytes(digest, hashLength, encoded + dataLength, hashLength);
}

/** Takes the mask MGF1 (RFC 8017, appendix B.2.1) of the hash at `from` off `length` bytes. */
function unmask(at: usize, length: i32, from: usize, hashLength: i32): void {
  memory.copy(seed, from, hashLength);
  for (let done = 0, counter: u32 = 0; done < length; done += hashLength, counter++) {
    store<u32>(seed + hashLength, bswap(counter));
    hash(hashLength, seed, hashLength + 4, mask);
    const part = min(hashLength, length - done);
    for (let i = 0; i < part; i++) {
      store<u8>(at + done + i, load<u8>(at + done + i) ^ load<u8>(mask + i));
    }
  }
}
