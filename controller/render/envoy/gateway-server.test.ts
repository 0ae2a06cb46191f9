import { expect, test } from "vitest";
import { servesHost } from "./gateway-server.ts";

test.each([
  ["*", "a.example.com", true],
  ["a.example.com", "a.example.com", true],
  ["A.Example.com", "a.example.com", true],
  ["*.example.com", "a.example.com", true],
  ["*.example.com", "a.b.example.com", true],
  ["*.example.com", "*.b.example.com", true],
  ["*.example.com", "*.example.com", true],
  ["a.example.com", "*.example.com", false],
  ["*.example.com", "example.com", false],
  ["*.example.com", "a.example.org", false],
  ["*.example.com", "aexample.com", false],
  ["b.example.com", "a.example.com", false],
  ["*/a.example.com", "a.example.com", true],
  ["team/a.example.com", "a.example.com", true],
  ["other/a.example.com", "a.example.com", false],
  ["./a.example.com", "a.example.com", false],
])("whether a server for %s serves %s to namespace team: %s", (serverHost, host, serves) => {
  expect(servesHost(serverHost, "gateways", host, "team")).toBe(serves);
});

test("a dot admits the namespace of the Gateway", () => {
  expect(servesHost("./a.example.com", "team", "a.example.com", "team")).toBe(true);
});
