/** Headers in the form of the ABI: count, lengths of names and values, then the bytes of each, closed by NUL. */

/** Reads headers; throws where their form is wrong. */
export function readPairs(bytes: Buffer): Record<string, string> {
  const pairs: Record<string, string> = {};
  const count = bytes.readUInt32LE(0);
  let at = 4 + count * 8;
  for (let i = 0; i < count; i++) {
    const nameEnd = at + bytes.readUInt32LE(4 + i * 8);
    const valueEnd = nameEnd + 1 + bytes.readUInt32LE(8 + i * 8);
    if (bytes[nameEnd] !== 0 || bytes[valueEnd] !== 0) throw new Error("a header pair is not closed by NUL");
    pairs[bytes.toString("utf8", at, nameEnd)] = bytes.toString("utf8", nameEnd + 1, valueEnd);
    at = valueEnd + 1;
  }
  if (at !== bytes.length) throw new Error("header pairs of the wrong length");
  return pairs;
}

/** Writes headers. */
export function writePairs(headers: ReadonlyMap<string, string>): Buffer {
  const texts = [...headers].flat().map((text) => Buffer.from(text, "latin1"));
  const words = [headers.size, ...texts.map(({ length }) => length)].map((word) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(word);
    return bytes;
  });
  return Buffer.concat([...words, ...texts.flatMap((text) => [text, Buffer.of(0)])]);
}
