import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whyNotPublic } from '../../src/tools/http/public-address.ts';

describe('addresses', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'shared by a carrier'],
    ['100.100.100.200', 'shared by a carrier'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['168.63.129.16', 'a metadata service'],
    ['169.254.169.254', 'link-local, where clouds keep their metadata'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.192', 'reserved'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['[::1]', 'loopback'],
    ['::127.0.0.1', 'reserved'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a9fe:a9fe', 'link-local, where clouds keep their metadata'],
    ['0:0:0:0:0:ffff:0a00:0001', 'private'],
    ['::ffff:0:127.0.0.1', 'reserved'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['64:ff9b::10.1.2.3', 'private'],
    ['64:ff9b:1::1', 'reserved'],
    ['100::1', 'reserved'],
    ['2001::1', 'a tunnel or reserved'],
    ['2001:db8::1', 'reserved'],
    ['2002:7f00:1::', 'a tunnel'],
    ['3fff::1', 'reserved'],
    ['fc00::1', 'private'],
    ['fd00:ec2::254', 'private'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['fec0::1', 'private'],
    ['ff02::1', 'multicast'],
    ['5f00::1', 'reserved'],
    ['example.com', 'no address'],
    ['', 'no address'],
  ])('%s is %s', (address, why) => expect(whyNotPublic(address)).toBe(why));

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('%s is public', (address) => expect(whyNotPublic(address)).toBeUndefined());

  it('are judged alike as IPv4 and as IPv6 that stands for it', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const written of [
          `::ffff:${address}`,
          `::ffff:${hex}`,
          `64:ff9b::${hex}`,
          `0064:ff9b:0:0:0:0:${hex}`,
        ]) {
          expect(whyNotPublic(written)).toBe(whyNotPublic(address));
        }
      }),
    );
  });
});
