// GenAuth's id of an identity source, also for a provider that is no longer configured.

import { createHash } from 'node:crypto';

/** 24 hex digits: the first of the SHA-256 of the provider id. */
export function defaultExtIdpId(provider: string): string {
  return createHash('sha256').update(provider).digest('hex').slice(0, 24);
}
