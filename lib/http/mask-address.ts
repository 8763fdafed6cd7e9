// A network address as people may see it beside their own: enough to know it by, too little to find anybody with.

import { isIPv4, isIPv6 } from 'node:net';

const REST = '***';

/** The first four of an IPv6 address's eight groups, which are a network; WHATWG's parser knows the one short form of all of them. */
function networkOf(address: string): string {
  const { hostname } = new URL(`http://[${address}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 4).join(':');
}

/** `192.168.1.***`, `2001:db8:0:7:***`; an IPv4 address within IPv6 is the IPv4 address. Undefined for what is none. */
export function maskAddress(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const bare = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(bare)) return bare.replace(/\d+$/, REST);
  return isIPv6(bare) ? `${networkOf(bare)}:${REST}` : undefined;
}
