// Native apps submit what they received from a provider: an ID token, which is accepted once, or a code, which the provider accepts once.

import { LatchkeyError } from './errors.js';
import type { Links } from './links.js';
import type { OneTimeStore } from './one-time-store.js';
import type { ProviderClients } from './provider-clients.js';
import type { SessionRef } from './sessions.js';
import type { SignedIn, SignIn } from './sign-in.js';
import type { Account, RequestContext, SocialLink, VerifiedIdentity } from './types.js';

/** One of `idToken` and `code`; the token comes first. */
export interface SubmittedProof {
  readonly idToken: string | undefined;
  readonly code: string | undefined;
  /** RFC 7636, section 4.1. */
  readonly codeVerifier: string | undefined;
  /** What the app sent the provider, or the value whose SHA-256 in hexadecimal digits it sent. */
  readonly nonce: string | undefined;
}

export interface SubmittedIdentity {
  readonly identity: VerifiedIdentity;
  /** By what a use of it is remembered, and for how many milliseconds; absent where the provider sees to that. */
  readonly once: { readonly key: string; readonly ttlMs: number } | undefined;
}

export interface SubmissionClient {
  /** @throws LatchkeyError `id_token_refused`, `provider_failed`, `validation_failed` where there is nothing to believe */
  believe(provider: string, proof: SubmittedProof): Promise<SubmittedIdentity>;
}

export interface Submissions {
  /** @throws LatchkeyError `provider_disabled`, `id_token_refused`, `provider_failed`, and what signing in throws */
  signIn(provider: string, proof: SubmittedProof, context: RequestContext): Promise<SignedIn>;
  /**
   * @param preparedIn the session of ours that signs; undefined where the host's own does
   * @throws LatchkeyError the same, and what linking throws
   */
  link(
    provider: string,
    proof: SubmittedProof,
    by: { readonly account: Account; readonly preparedIn: SessionRef | undefined },
    context: RequestContext,
  ): Promise<SocialLink>;
}

export interface SubmissionsOptions {
  readonly providerClients: SubmissionClient & Pick<ProviderClients, 'isEnabled'>;
  readonly store: Pick<OneTimeStore, 'putNew'>;
  readonly signIn: Pick<SignIn, 'signIn'>;
  readonly links: Pick<Links, 'link'>;
}

export function createSubmissions({ providerClients, store, signIn, links }: SubmissionsOptions): Submissions {
  async function identify(provider: string, proof: SubmittedProof): Promise<VerifiedIdentity> {
    if (!providerClients.isEnabled(provider)) throw new LatchkeyError('provider_disabled');
    const { identity, once } = await providerClients.believe(provider, proof);
    if (once !== undefined && !(await store.putNew(once.key, {}, once.ttlMs)))
      throw new LatchkeyError('id_token_refused', { detail: 'ID token: used before' });
    return identity;
  }

  return {
    signIn: async (provider, proof, context) => await signIn.signIn(await identify(provider, proof), 'tokens', context),
    async link(provider, proof, { account: { user }, preparedIn }, context) {
      const identity = await identify(provider, proof);
      return await links.link(user.id, identity, context, { preparedIn, userSince: user.createdAt.getTime() });
    },
  };
}
