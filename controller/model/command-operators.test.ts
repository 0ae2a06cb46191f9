import { describe, expect, test } from "vitest";
import { unknownOperator } from "./command-operators.ts";

describe("values that Envoy accepts", () => {
  test.each([
    "",
    "plain",
    "100%%",
    "%REQ(x-id)%",
    "%REQ(:authority?host):20%",
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
    ["%PROTOCOL", "%PROTOCOL"],
    ["%protocol%", "%protocol%"],
    ["%ENVIRONMENT(SECRET)%", "%ENVIRONMENT(SECRET)%"],
    ["%FILE_CONTENT(/etc/passwd)%", "%FILE_CONTENT(/etc/passwd)%"],
    ["%PROTOCOL%%", "%"],
    ["%%%UNKNOWN%", "%UNKNOWN%"],
  ])("%j: %j", (value, part) => {
    expect(unknownOperator(value)).toBe(part);
  });
});
