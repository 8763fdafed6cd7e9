// What is to be revoked at a provider after an unlink: a failure never undoes the unlink, and the revocation is tried until it works.

import type { Revocation } from '../accounts/ports.js';
import type { Identity, ProviderTokens } from '../accounts/types.js';
import type { Logger } from '../support/logger.js';

export interface RevokerOptions {
  open(identity: Identity, sealed: string): ProviderTokens | undefined;
  /** Resolves when the provider has revoked, or has nowhere to ask. */
  revoke(provider: string, tokens: ProviderTokens): Promise<void>;
  readonly logger: Logger;
}

/** A rejection is tried again; tokens that no key of ours opens are given up, because trying again would not help. */
export function revoker({ open, revoke, logger }: RevokerOptions): (revocation: Revocation) => Promise<void> {
  return async (revocation) => {
    const tokens = open(revocation, revocation.sealedTokens);
    if (tokens !== undefined) return revoke(revocation.provider, tokens);
    logger.warn({ provider: revocation.provider }, 'the tokens of a provider could not be read, so they were not revoked');
  };
}
