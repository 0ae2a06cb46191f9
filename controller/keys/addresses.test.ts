import { expect, test } from "vitest";
import { isAllowedAddress } from "./addresses.ts";

test.each([
  "0.0.0.0",
  "169.254.169.254",
  "168.63.129.16",
  "100.100.100.200",
  "192.0.0.192",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "64:ff9b::a9fe:a9fe",
  "fd00:ec2::254",
  "fe80::1",
  "ff02::1",
])("%s is never allowed", (address) => {
  expect(isAllowedAddress(address, true)).toBe(false);
});

test.each(["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])(
  "%s is allowed by choice only",
  (address) => {
    expect([isAllowedAddress(address, true), isAllowedAddress(address, false)]).toEqual([true, false]);
  },
);

test.each(["10.0.0.1", "192.168.1.1", "203.0.113.7", "2001:db8::1", "fd00::1"])(
  "%s is allowed",
  (address) => {
    expect(isAllowedAddress(address, false)).toBe(true);
  },
);
