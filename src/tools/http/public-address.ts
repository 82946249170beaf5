import { BlockList, isIP } from 'node:net';

/**
 * What is not the public internet, from IANA's registries of special addresses; and Azure's 168.63.129.16, which is
 * public by its number and answers to machines there alone.
 */
const IPV4: readonly (readonly [what: string, address: string, bits: number])[] = [
  ['unspecified', '0.0.0.0', 8],
  ['loopback', '127.0.0.0', 8],
  ['private', '10.0.0.0', 8],
  ['private', '172.16.0.0', 12],
  ['private', '192.168.0.0', 16],
  ['link-local, where clouds keep their metadata', '169.254.0.0', 16],
  ['shared by a carrier', '100.64.0.0', 10],
  ['reserved', '192.0.0.0', 24],
  ['reserved', '192.0.2.0', 24],
  ['reserved', '192.88.99.0', 24],
  ['reserved', '198.18.0.0', 15],
  ['reserved', '198.51.100.0', 24],
  ['reserved', '203.0.113.0', 24],
  ['a metadata service', '168.63.129.16', 32],
  ['multicast', '224.0.0.0', 4],
  ['reserved', '240.0.0.0', 4],
];

/** IPv6 is public in 2000::/3 alone, with these exceptions; the rest is named as well as it can be. */
const IPV6: typeof IPV4 = [
  ['unspecified', '::', 128],
  ['loopback', '::1', 128],
  ['link-local', 'fe80::', 10],
  ['private', 'fc00::', 7],
  ['private', 'fec0::', 10],
  ['multicast', 'ff00::', 8],
  ['a tunnel or reserved', '2001::', 23],
  ['reserved', '2001:db8::', 32],
  ['a tunnel', '2002::', 16],
  ['reserved', '3fff::', 20],
];

const RANGES4 = IPV4.map(([what, address, bits]) => ({ what, list: listOf(address, bits, 'ipv4') }));
const RANGES6 = IPV6.map(([what, address, bits]) => ({ what, list: listOf(address, bits, 'ipv6') }));
const PUBLIC6 = listOf('2000::', 3, 'ipv6');
/** IPv4 written as IPv6: mapped, and translated by NAT64. What counts is the IPv4 address inside. */
const MAPPED = listOf('::ffff:0:0', 96, 'ipv6');
const TRANSLATED = listOf('64:ff9b::', 96, 'ipv6');

/** Why an address is not to be reached, as in "private"; undefined for one of the public internet. */
export function whyNotPublic(address: string): string | undefined {
  const plain = address.replace(/^\[|\]$|%.*$/g, '');
  const version = isIP(plain);
  if (version === 4) return RANGES4.find(({ list }) => list.check(plain, 'ipv4'))?.what;
  if (version !== 6) return 'no address';
  if (MAPPED.check(plain, 'ipv6') || TRANSLATED.check(plain, 'ipv6')) return whyNotPublic(lastAsIpv4(plain));
  const special = RANGES6.find(({ list }) => list.check(plain, 'ipv6'));
  if (special) return special.what;
  return PUBLIC6.check(plain, 'ipv6') ? undefined : 'reserved';
}

function listOf(address: string, bits: number, type: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  list.addSubnet(address, bits, type);
  return list;
}

/** The last 32 bits of an IPv6 address, however it is written. */
function lastAsIpv4(address: string): string {
  // The URL standard writes every IPv6 address in hexadecimal groups.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':').slice(-2);
  const [high = 0, low = 0] = groups.map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
