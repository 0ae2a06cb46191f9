import { describe, expect, test } from "vitest";
import { headersRead, mayBeEmpty, unknownOperator } from "./command-operators.ts";

describe("values that Envoy accepts", () => {
  test.each([
    "",
    "plain",
    "100%%",
    "%REQ(x-id)%",
    "%REQ(:authority?host)%",
    "%REQ(x.y!#$%&'*+^_`|~-?X_1)%",
    "%START_TIME%",
    "%START_TIME(%s)%",
    "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
    "%START_TIME(%s)%%REQ(x)%%%",
    "%PROTOCOL%%DOWNSTREAM_PEER_SUBJECT%",
    "a%%%PROTOCOL%%%b",
  ])("%j", (value) => {
    expect(unknownOperator(value)).toBeUndefined();
  });
});

describe("values with something else", () => {
  test.each([
    ["100%", "%"],
    ["%REQ%", "%REQ%"],
    ["%REQ()%", "%REQ()%"],
    ["%REQ(x y)%", "%REQ(x y)%"],
    ["%REQ(x?y?z)%", "%REQ(x?y?z)%"],
    ["%REQ(a:b)%", "%REQ(a:b)%"],
    ["%REQ(x):20%", "%REQ(x):20%"],
    ["%PROTOCOL", "%PROTOCOL"],
    ["%PROTOCOL()%", "%PROTOCOL()%"],
    ["%PROTOCOL:3%", "%PROTOCOL:3%"],
    ["%START_TIME()%", "%START_TIME()%"],
    ["%START_TIME( %s)%", "%START_TIME( %s)%"],
    ["%START_TIME([%s])%", "%START_TIME([%s])%"],
    ['%START_TIME("%s")%', '%START_TIME("%s")%'],
    ["%START_TIME(%n)%", "%START_TIME(%n)%"],
    ["%START_TIME(%%n)%", "%START_TIME(%%n)%"],
    ["%START_TIME(%5Ed)%", "%START_TIME(%5Ed)%"],
    ["%START_TIME(%s):3%", "%START_TIME(%s):3%"],
    ["%START_TIME(%s", "%START_TIME(%"],
    ["%protocol%", "%protocol%"],
    ["%ENVIRONMENT(SECRET)%", "%ENVIRONMENT(SECRET)%"],
    ["%FILE_CONTENT(/etc/passwd)%", "%FILE_CONTENT(/etc/passwd)%"],
    ["%FILE_CONTENT(/etc/100%:x)% %REQ(x)%", "%FILE_CONTENT(/etc/100%:x)%"],
    ["a %PROTOCOL(%REQ(x)% b", "%PROTOCOL(%REQ(x)%"],
    ["%PROTOCOL%%", "%"],
    ["%%%UNKNOWN%", "%UNKNOWN%"],
  ])("%j: %j", (value, part) => {
    expect(unknownOperator(value)).toBe(part);
  });
});

test.each(["", "%REQ(x)%", "%PROTOCOL%%START_TIME(at %H)%"])("%j may turn out empty", (value) => {
  expect(mayBeEmpty(value)).toBe(true);
});

test.each([" ", "%%", "%REQ(x)%;", "%%%REQ(x)%"])("%j never turns out empty", (value) => {
  expect(mayBeEmpty(value)).toBe(false);
});

test.each([
  ["REQ(x) %%REQ(x)%%", []],
  ["%START_TIME(REQ)%", []],
  ["%REQ(X-Id)%", ["x-id"]],
  ["%REQ(:path?X)%, %REQ(x)%", [":path", "x", "x"]],
])("%j reads the headers %j", (value, names) => {
  expect(headersRead(value)).toEqual(names);
});
