// Who a client is when nothing but its address is known.

import { isIP } from 'node:net';
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
