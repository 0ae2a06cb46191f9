/** ASCII texts of the program as bytes, made once when the module starts. */

/** Copies an ASCII text to memory that is never freed. */
export function asciiBytes(text: string): usize {
  const bytes = heap.alloc(text.length);
  for (let i = 0; i < text.length; i++) store<u8>(bytes + i, <u8>text.charCodeAt(i));
  return bytes;
}
