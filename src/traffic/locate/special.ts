/**
 * Addresses that are not routed on the Internet: private, shared, loopback, link-local, documentation, benchmarks,
 * multicast, reserved (the registries of RFC 6890, as of 2025). Entries of a database for them are ignored.
 */
import { prefixOf, type Prefix } from "./network.ts";

const SPECIAL = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  // Unspecified and loopback; IPv4 in IPv6 is looked up as IPv4.
  "::/64",
  "64:ff9b:1::/48",
  "100::/64",
  "100:0:0:1::/64",
  "2001:2::/48",
  "2001:db8::/32",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

export const SPECIAL_PREFIXES: readonly Prefix[] = SPECIAL.map((cidr) => prefixOf(cidr) as Prefix);
