// Which addresses belong to the public internet. Whatever else a name leads to is our machine, its networks, or nobody's.
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** IPv4 ranges that are no public unicast addresses (the special-purpose registry of IANA, RFC 6890, and multicast). */
const SPECIAL_IPV4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Global unicast (RFC 4291), and NAT64 (RFC 6052), behind which an IPv4 address decides. */
const GLOBAL_IPV6: [string, number][] = [
  ['2000::', 3],
  ['64:ff9b::', 96],
];

/** What of it is none: protocol assignments and Teredo, documentation, 6to4. */
const SPECIAL_IPV6: [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const global6 = new BlockList();
const special = new BlockList();
for (const [net, bits] of GLOBAL_IPV6) global6.addSubnet(net, bits, 'ipv6');
for (const [net, bits] of SPECIAL_IPV6) special.addSubnet(net, bits, 'ipv6');
for (const [net, bits] of SPECIAL_IPV4) {
  special.addSubnet(net, bits, 'ipv4');
  special.addSubnet(`64:ff9b::${net}`, 96 + bits, 'ipv6');
}

/** @param address as text; anything that is no address is not public. IPv4 addresses written as IPv6 are not either */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  // With a zone an address is one of a link.
  if (!isIPv6(address) || address.includes('%')) return false;
  return global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
