// What every router is made from: guards to put on a route, and the calls behind them.

import type { RequestHandler } from 'express';
import type { Config } from '../config/config.js';
import type { Flows } from '../lib/accounts/flows.js';
import type { Links } from '../lib/accounts/links.js';
import type { Passwords } from '../lib/accounts/passwords.js';
import type { AccountRepository } from '../lib/accounts/ports.js';
import type { ProviderGate } from '../lib/accounts/provider-gate.js';
import type { Trips } from '../lib/accounts/trips.js';
import type { Logger } from '../lib/logger.js';
import type { RemovableOf } from '../lib/middleware/anti-lockout.js';
import type { FlowCookie } from '../lib/middleware/flow-cookie.js';
import type { RateLimits } from '../lib/middleware/rate-limits.js';
import type { Authentication } from '../lib/middleware/require-user.js';
import type { OneTimeStore } from '../lib/stores/one-time-store.js';
import type { PublicIds } from '../lib/tokens/public-ids.js';
import type { TokenPairs } from '../lib/tokens/token-pairs.js';

export interface Guards extends Authentication {
  readonly sameOrigin: RequestHandler;
  readonly recentSignIn: RequestHandler;
  readonly limits: RateLimits;
  antiLockout(removableOf: RemovableOf): RequestHandler;
}

export interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly repository: AccountRepository;
  readonly flows: Flows;
  readonly flowCookie: FlowCookie;
  readonly gate: ProviderGate;
  readonly guards: Guards;
  readonly links: Links;
  readonly passwords: Passwords;
  readonly publicIds: PublicIds;
  readonly store: OneTimeStore;
  readonly tokens: TokenPairs;
  readonly trips: Trips;
}

/** `path` under every prefix that the router answers at. */
export function at(prefixes: readonly string[], path: string): string[] {
  return prefixes.map((prefix) => `${prefix}${path}`);
}
