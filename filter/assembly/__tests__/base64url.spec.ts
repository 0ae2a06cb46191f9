import { decodeBase64url, decodedLength } from "../bytes/base64url";
import { place, placedLength, read } from "./text";

/** What a text decodes to, or "refused". */
function decoded(text: string): string {
  const at = place(text);
  const target = heap.alloc(decodedLength(placedLength) + 1);
  const length = decodeBase64url(at, placedLength, target);
  return length < 0 ? "refused" : read(target, length);
}

describe("base64url", () => {
  it("decodes the vectors of RFC 4648, section 10, without their padding", () => {
    expect(decoded("")).toBe("");
    expect(decoded("Zg")).toBe("f");
    expect(decoded("Zm8")).toBe("fo");
    expect(decoded("Zm9v")).toBe("foo");
    expect(decoded("Zm9vYg")).toBe("foob");
    expect(decoded("Zm9vYmE")).toBe("fooba");
    expect(decoded("Zm9vYmFy")).toBe("foobar");
  });

  it("uses the URL-safe alphabet", () => {
    expect(decoded("w7_Dvg")).toBe("ÿþ");
    expect(decoded("w7/Dvg")).toBe("refused");
    expect(decoded("fn5-")).toBe("~~~");
    expect(decoded("fn5+")).toBe("refused");
  });

  it("refuses padding, white space and foreign characters", () => {
    const texts = ["Zg==", "Zm8=", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v.", "Zm9\u00e9", "Z"];
    for (let i = 0; i < texts.length; i++) expect(decoded(texts[i])).toBe("refused", texts[i]);
  });

  it("refuses a text whose unused bits are not zero", () => {
    expect(decoded("Zh")).toBe("refused");
    expect(decoded("Zm9")).toBe("refused");
  });
});
