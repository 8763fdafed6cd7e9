// Access to a provider's API for a person: the stored access token, refreshed at the provider once, however many callers need it.

import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LatchkeyError } from './errors.js';
import type { OneTimeStore } from './one-time-store.js';
import type { AccountRepository } from './ports.js';
import type { ProviderClients } from './provider-clients.js';
import type { Identity, ProviderTokens, SocialLink } from './types.js';

export interface ProviderAccessOptions {
  readonly repository: Pick<AccountRepository, 'findAccount' | 'replaceTokens'>;
  readonly store: OneTimeStore;
  readonly providerClients: Pick<ProviderClients, 'refresh' | 'revoke'>;
  seal(identity: Identity, tokens: ProviderTokens): string;
  open(identity: Identity, sealed: string): ProviderTokens | undefined;
}

export interface AccessTokenOptions {
  /** A token that the provider did not accept although it had not expired: a new one is requested, unless there is a newer one already. */
  readonly rejected?: string;
}

export interface ProviderAccess {
  /**
   * @throws LatchkeyError `unauthenticated` for no such user, `not_linked`, `reauthentication_required` where only a sign-in by the
   * provider brings a token that works, `provider_disabled`, `provider_failed`, `unavailable`
   */
  accessToken(userId: string, provider: string, options?: AccessTokenOptions): Promise<string>;
}

/** A token that is about to be over is of no use to whoever still has to send it. Milliseconds. */
const EARLY_MS = 60_000;
/** Above what a provider is given for its answer. */
const LEASE_MS = 15_000;
const LOOK_AGAIN_MS = 100;
const PATIENCE_MS = 12_000;

const signInAgain = () =>
  new LatchkeyError('reauthentication_required', { message: 'No token of this provider works any more: sign in with the provider again' });

const isOver = (error: unknown) => error instanceof LatchkeyError && error.code === 'reauthentication_required';

export function createProviderAccess({ repository, store, providerClients, seal, open }: ProviderAccessOptions): ProviderAccess {
  async function linkOf(userId: string, provider: string): Promise<SocialLink> {
    const found = await repository.findAccount(userId);
    if (found === undefined) throw new LatchkeyError('unauthenticated', { message: 'There is no such user' });
    const link = found.account.links.find((each) => each.provider === provider);
    if (link === undefined) throw new LatchkeyError('not_linked');
    return link;
  }

  const isGood = ({ accessToken, expiresAt = Number.POSITIVE_INFINITY }: ProviderTokens, rejected: string | undefined) =>
    accessToken !== rejected && expiresAt - EARLY_MS > Date.now();

  /** Whoever holds the lease: new tokens take the place of these alone, and of none that a sign-in has brought meanwhile. */
  async function renew(link: SocialLink, sealed: string, tokens: ProviderTokens): Promise<void> {
    const refreshed = await providerClients.refresh(link, tokens).catch(async (error: unknown) => {
      if (isOver(error)) await repository.replaceTokens(link.id, sealed, undefined);
      throw error;
    });
    if (await repository.replaceTokens(link.id, sealed, seal(link, refreshed))) return;
    // Unlinked meanwhile: these are in no row, and so would be revoked by nobody.
    const isThere = await linkOf(link.userId, link.provider).catch(() => undefined);
    if (isThere?.id !== link.id) await providerClients.revoke(link.provider, refreshed).catch(() => undefined);
  }

  return {
    async accessToken(userId, provider, { rejected } = {}) {
      for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(LOOK_AGAIN_MS)) {
        const link = await linkOf(userId, provider);
        const { sealedTokens: sealed } = link;
        const tokens = sealed === undefined ? undefined : open(link, sealed);
        if (sealed === undefined || tokens === undefined) throw signInAgain();
        if (isGood(tokens, rejected)) return tokens.accessToken;
        if (tokens.refreshToken === undefined) throw signInAgain();
        const lease = `refresh:${link.id}:${createHash('sha256').update(sealed).digest('base64url')}`;
        if (!(await store.putNew(lease, {}, LEASE_MS))) continue;
        // Where the tokens in the row are others now, or none, the lease runs out by itself: who has read the old ones finds it taken, and
        // reads again. Only a provider that did not answer may be asked the same once more.
        await renew(link, sealed, tokens).catch(async (error: unknown) => {
          if (!isOver(error)) await store.claim(lease).catch(() => undefined);
          throw error;
        });
        const renewed = await linkOf(userId, provider);
        const fresh = renewed.sealedTokens === undefined ? undefined : open(renewed, renewed.sealedTokens);
        if (fresh !== undefined && renewed.sealedTokens !== sealed) return fresh.accessToken;
      }
      throw new LatchkeyError('unavailable', { detail: 'the tokens of the provider were not refreshed in time' });
    },
  };
}
