// How long a client of the standalone server may take to send a request: who trickles is cut off.

import type { ServerOptions } from 'node:http';

/** All in milliseconds; a request that is not whole in time is answered 408, and its connection closed. */
export const REQUEST_LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 250,
} as const satisfies ServerOptions;
