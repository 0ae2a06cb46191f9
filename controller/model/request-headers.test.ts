import { describe, expect, test } from "vitest";
import type { Rule } from "../api/apirule/rule.ts";
import { Findings } from "./findings.ts";
import { readRequestHeaders } from "./request-headers.ts";

function read(request: Rule["request"]): {
  headers: [string, string][];
  problems: string[];
  warnings: string[];
} {
  const findings = new Findings();
  const rule: Rule = { path: "/", methods: ["GET"], noAuth: true, ...(request && { request }) };
  const headers = readRequestHeaders(rule, ".spec.rules[0]", findings);
  return {
    headers: headers.map(({ name, value }) => [name, value]),
    problems: findings.problems.map(({ path, message }) => `${path}: ${message}`),
    warnings: findings.warnings.map(({ path, message }) => `${path}: ${message}`),
  };
}

describe("cookies", () => {
  test("are sorted by name and followed by those of the client", () => {
    expect(read({ cookies: { b: "2", a: "1" } }).headers).toEqual([["cookie", "a=1; b=2%REQ(COOKIE)%"]]);
  });

  test.each([
    "",
    "plain",
    '"quoted"',
    "!#$&'()*+-./:<=>?@[]^_`{|}~",
    "100%%",
    "%REQ(x-id?:path)%-%PROTOCOL%",
    "%START_TIME(%Y-%m)%",
  ])("%j may be a value", (value) => {
    expect(read({ cookies: { name: value } }).problems).toEqual([]);
  });

  test.each(["a b", "a,b", "a;b", "a\\b", 'a"b', '"a', "ä", " ", "%REQ(x)% %REQ(y)%", "%START_TIME(%H;%M)%"])(
    "%j must not be a value",
    (value) => {
      expect(read({ cookies: { name: value } }).problems).toEqual([
        ".spec.rules[0].request.cookies.name: the value of a cookie must not hold blanks, quotes, commas, semicolons, " +
          "backslashes or characters beyond ASCII",
      ]);
    },
  );

  test.each(["a\tb", "a\r\nb", "\0"])("%j holds a control character", (value) => {
    expect(read({ cookies: { name: value } }).problems).toHaveLength(1);
  });

  test.each(["", "a b", "a=b", "a;b", "a,b", "ä", "(a)"])("%j is no name", (name) => {
    const { problems } = read({ cookies: { [name]: "value" } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/: is not a valid cookie name$/);
  });

  test("with the value of a header are warned of: the client can add others there", () => {
    expect(read({ cookies: { a: "%REQ(x-id?:path)%", b: "%PROTOCOL%" } }).warnings).toEqual([
      ".spec.rules[0].request.cookies.a: a client that puts a semicolon into x-id sends any cookie, also one that the rule sets",
      ".spec.rules[0].request.cookies.a: a client that puts a semicolon into :path sends any cookie, also one that the rule sets",
    ]);
  });

  test("have 16384 bytes together, with what comes before those of the client", () => {
    const others = "%REQ(COOKIE)%".length;
    const cookies = (bytes: number) => ({ a: "1", b: "x".repeat(bytes - "a=1; b=".length - others) });
    expect(read({ cookies: cookies(16_384) }).problems).toEqual([]);
    expect(read({ cookies: cookies(16_385) }).problems).toEqual([
      ".spec.rules[0].request.cookies: the header must have at most 16384 bytes, but would have 16385",
    ]);
  });

  test("and a header cookie exclude each other", () => {
    expect(read({ cookies: { a: "1" }, headers: { Cookie: "b=2" } }).problems).toEqual([
      ".spec.rules[0].request.cookies: request.headers sets the header cookie too",
    ]);
  });
});

describe("headers", () => {
  test("are in lower case and sorted", () => {
    expect(read({ headers: { "X-B": "2", "x-A": "1" } }).headers).toEqual([
      ["x-a", "1"],
      ["x-b", "2"],
    ]);
  });

  test.each([
    ["", "is not a valid header name"],
    [":path", "is not a valid header name"],
    ["x y", "is not a valid header name"],
    ["Host", "is set by the gateway"],
    ["X-Forwarded-Host", "is set by the gateway"],
    ["Transfer-Encoding", "belongs to the connection and cannot be set"],
  ])("%j %s", (name, message) => {
    const { problems } = read({ headers: { [name]: "value" } });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.endsWith(`: ${message}`)).toBe(true);
  });

  test.each(["a\r\nx-other: b", "a\0b", "%ENVIRONMENT(HOME)%", "50%"])("%j must not be a value", (value) => {
    expect(read({ headers: { name: value } }).problems).toHaveLength(1);
  });

  test("have values of 16384 bytes", () => {
    expect(read({ headers: { "x-a": "ä".repeat(8_192) } }).problems).toEqual([]);
    expect(read({ headers: { "X-A": `${"ä".repeat(8_192)}a` } }).problems).toEqual([
      ".spec.rules[0].request.headers.X-A: the header must have at most 16384 bytes, but would have 16385",
    ]);
  });

  test("have names of 128 characters", () => {
    expect(read({ headers: { ["a".repeat(128)]: "" } }).problems).toEqual([]);
    expect(read({ headers: { ["a".repeat(129)]: "" } }).problems).toEqual([
      `.spec.rules[0].request.headers.${"a".repeat(129)}: the name must have at most 128 characters, but has 129`,
    ]);
  });

  test.each<[string, Rule["request"], reader: string]>([
    ["another header", { headers: { "X-User": "%PROTOCOL%", "X-Copy": "%REQ(x-user)%" } }, "x-copy"],
    ["an alternative", { headers: { "X-User": "", "x-copy": "a %REQ(x-other?X-USER)%" } }, "x-copy"],
    ["a cookie", { headers: { "X-User": "%REQ(x-id)%" }, cookies: { a: "%REQ(x-user)%" } }, "cookie"],
  ])("without a value must not be read by %s", (_, request, reader) => {
    expect(read(request).problems).toEqual([
      ".spec.rules[0].request.headers.X-User: the value may turn out empty, and what the client sent would stay, because " +
        `the header ${reader} reads it; put text into the value, or do not read x-user`,
    ]);
  });

  test.each<[string, Rule["request"]]>([
    ["that always have one", { headers: { "x-user": "id-%REQ(x-id)%", "x-copy": "%REQ(x-user)%" } }],
    ["that read themselves", { headers: { "x-user": "%REQ(X-User)%", "x-copy": "%REQ(x-user)%" } }],
    ["that nobody reads", { headers: { "x-user": "", "x-copy": "%REQ(x-user2)%%START_TIME(x-user)%" } }],
  ])("%s may be read or set", (_, request) => {
    expect(read(request).problems).toEqual([]);
  });

  test("must not be set twice", () => {
    expect(read({ headers: { "x-a": "1", "X-A": "2" } }).problems).toEqual([
      ".spec.rules[0].request.headers.X-A: the header x-a is set twice",
    ]);
  });
});
