import { DENY_CODES } from "../contract";
import { isAmbiguous, readBearer, tokenAt, tokenLength } from "../policy/credentials";
import { isAmbiguousPath } from "../policy/path";
import { place, placedLength, read } from "./text";

/** The token of an Authorization header, or the deny code. */
function bearer(value: string): string {
  const at = place(value);
  const deny = readBearer(at, placedLength);
  return deny == 0 ? read(tokenAt, tokenLength) : DENY_CODES[deny];
}

describe("bearer token", () => {
  it("is found behind the scheme, in any case", () => {
    const values = [
      "Bearer a.b.c",
      "bearer a.b.c",
      "BEARER a.b.c",
      "bEaReR a.b.c",
      "Bearer   a.b.c",
      "Bearer a.b.c  ",
    ];
    for (let i = 0; i < values.length; i++) expect(bearer(values[i])).toBe("a.b.c", values[i]);
  });

  it("is missing elsewhere", () => {
    const values = [
      "",
      "Bearer",
      "Bearer ",
      "Bearer    ",
      "Basic a.b.c",
      "Bearera.b.c",
      "Bearer\ta.b.c",
      " Bearer a",
      "\u0042earfr a",
    ];
    for (let i = 0; i < values.length; i++) expect(bearer(values[i])).toBe("token_missing", values[i]);
  });

  it("is ambiguous where the value holds several", () => {
    expect(bearer("Bearer a.b.c,Bearer d.e.f")).toBe("a.b.c,Bearer d.e.f");
    expect(isAmbiguous()).toBe(true);
    expect(bearer("Bearer a.b.c")).toBe("a.b.c");
    expect(isAmbiguous()).toBe(false);
    expect(bearer("Basic abc,Bearer a.b.c")).toBe("credentials_ambiguous");
    expect(bearer("Basic abc,  bearer a.b.c")).toBe("credentials_ambiguous");
    expect(bearer('Digest a="bearer x",b="y"')).toBe("token_missing");
  });
});

function ambiguous(path: string): bool {
  const at = place(path);
  return isAmbiguousPath(at, placedLength);
}

describe("ambiguous paths", () => {
  it("are those that a workload may read differently", () => {
    const paths = [
      "//",
      "/a//b",
      "/a/%2Fb",
      "/a%2fb",
      "/a%5Cb",
      "/a\\b",
      "/%2e%2e/a",
      "/a/%2E",
      "/a;x=1/b",
      "/a;",
      "/a%3bx",
      "/a%00",
      "/a%0d%0a",
      "/a%7f",
      "/a%",
      "/a%2",
      "/a%zz",
      "/./a",
      "/a/../b",
      "/a/..",
      "/a/.",
      "/..?x",
      "/%61",
      "/a%7E",
    ];
    for (let i = 0; i < paths.length; i++) expect(ambiguous(paths[i])).toBe(true, paths[i]);
  });

  it("are not those that can be read in one way only", () => {
    const paths = [
      "/",
      "/a/b",
      "/a/",
      "/a.b/..c/.d/...",
      "/%C3%A4",
      "/a%20b",
      "/a?x=//;%2f",
      "/a#//",
      "*",
      "/~a-b_c/(d)",
    ];
    for (let i = 0; i < paths.length; i++) expect(ambiguous(paths[i])).toBe(false, paths[i]);
  });
});
