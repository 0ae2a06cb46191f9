import { type LookupAddress, lookup as resolve } from "node:dns";
import { BlockList, type IPVersion, isIP, type LookupFunction } from "node:net";
import { ControllerError } from "../errors.ts";

/** Addresses that no authorization server has: unspecified, link-local, multicast, reserved, and the clouds' metadata services. */
const FORBIDDEN: readonly [network: string, prefix: number, family: IPVersion][] = [
  ["0.0.0.0", 8, "ipv4"],
  ["100.100.100.200", 32, "ipv4"],
  ["168.63.129.16", 32, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["192.0.0.192", 32, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 128, "ipv6"],
  ["64:ff9b::a9fe:0", 112, "ipv6"],
  ["fd00:ec2::254", 128, "ipv6"],
  ["fd20:ce::254", 128, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

const LOOPBACK: typeof FORBIDDEN = [
  ["127.0.0.0", 8, "ipv4"],
  ["::1", 128, "ipv6"],
  ["64:ff9b::7f00:0", 104, "ipv6"],
];

const forbidden = toBlockList(FORBIDDEN);
const loopback = toBlockList(LOOPBACK);

/**
 * Says whether an IP address that a user names may be called. IPv4 addresses written as IPv6 ones are judged as IPv4.
 */
export function isAllowedAddress(address: string, allowLoopback: boolean): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (forbidden.check(address, family)) return false;
  return allowLoopback || !loopback.check(address, family);
}

/**
 * A DNS look-up for `connect` that fails when any of the addresses is not allowed. Because the addresses it
 * returns are the ones that are connected to, a name cannot be bound to another address in between.
 */
export function guardedLookup(allowLoopback: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const refused =
        error ?? addresses.map(({ address }) => refusalOf(hostname, address, allowLoopback)).find(Boolean);
      const [first] = addresses ?? [];
      if (refused || !first) callback(refused ?? new Error(`${hostname} has no address`), "");
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** The reason for not connecting to the host part of a URL that is an IP address; undefined for a name. */
export function refusalOfHost(hostname: string, allowLoopback: boolean): ControllerError | undefined {
  const address = hostname.replace(/^\[|\]$/g, "");
  return isIP(address) ? refusalOf(address, address, allowLoopback) : undefined;
}

function refusalOf(hostname: string, address: string, allowLoopback: boolean): ControllerError | undefined {
  if (isAllowedAddress(address, allowLoopback)) return undefined;
  const name = hostname === address ? address : `${hostname} (${address})`;
  return new ControllerError("address_refused", `${name} is not called: the address is not allowed`);
}

function toBlockList(networks: typeof FORBIDDEN): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of networks) list.addSubnet(network, prefix, family);
  return list;
}
