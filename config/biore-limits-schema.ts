// The schema of the limits of BIO.RE's calls. It is separate from their names, because those are public and need no types of the schema library.

import type { z } from 'zod';
import { closedObject } from '../lib/support/closed-object.js';
import { type BioreLimitName, DOCUMENTED } from './biore-limits.js';
import type { RateLimit } from './config.js';

type Limits = Readonly<Record<BioreLimitName, RateLimit>>;

/** @param rateLimit the schema of one limit, with its defaults */
export function bioreLimits(rateLimit: (documented: { readonly limit: number; readonly window: string }) => z.ZodType<RateLimit>) {
  const shape = Object.fromEntries(Object.entries(DOCUMENTED).map(([name, documented]) => [name, rateLimit(documented)]));
  return closedObject(shape as Readonly<Record<BioreLimitName, z.ZodType<RateLimit>>>).prefault({} as Limits);
}
