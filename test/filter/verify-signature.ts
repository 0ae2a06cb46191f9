/** The host function `verify_signature`, by node:crypto. */
import { createPublicKey, verify } from "node:crypto";

function readFields(message: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  while (at < message.length) {
    const field = (message[at++] ?? 0) >> 3;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    fields.set(field, message.subarray(at, at + length));
    at += length;
  }
  return fields;
}

/** Judges its message: fields of Protocol Buffers with hash, key, signature and text. */
export function verifySignature(message: Buffer): boolean {
  const fields = readFields(message);
  const [hash, key, signature, text] = [1, 2, 3, 4].map((field) => fields.get(field) ?? Buffer.alloc(0));
  try {
    const publicKey = createPublicKey({ key: key as Buffer, format: "der", type: "spki" });
    return verify(String(hash), text as Buffer, publicKey, signature as Buffer);
  } catch {
    return false;
  }
}
