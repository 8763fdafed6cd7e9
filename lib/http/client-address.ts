// The network address of a client: what counts as one client if nothing else is known, and the masked form that people see in their list of
// sessions.

import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';

/** Some proxies write a port behind the address: it makes nobody another client. */
function withoutPort(address: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
}

/**
 * One key per IPv4 address or IPv6 network, however it is spelled; an IPv4-mapped IPv6 address is the IPv4 address.
 * Express's `trust proxy` decides whose `X-Forwarded-For` counts; what is no address there counts as the proxy's own.
 * @param ipv6Bits how much of an IPv6 address is one client
 */
export function clientAddress(req: Request, ipv6Bits: 56 | 64 = 56): string {
  const address = [req.ip, req.socket.remoteAddress].map((each) => withoutPort(each ?? '')).find((each) => isIP(each) !== 0);
  return ipKeyGenerator(address ?? 'unknown', ipv6Bits);
}

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
