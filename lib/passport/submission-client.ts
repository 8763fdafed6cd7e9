// Checks what a native app submits, with the same clients that redeem flows.

import { randomUUID } from 'node:crypto';
import { LatchkeyError } from '../accounts/errors.js';
import type { AuthorizationAnswer } from '../accounts/provider-clients.js';
import type { SubmissionClient, SubmittedIdentity, SubmittedProof } from '../accounts/submissions.js';
import type { VerifiedIdentity } from '../accounts/types.js';
import type { RedeemableFlow } from '../oauth/code-redemption.js';
import type { OAuthClient } from '../oauth/oauth-client.js';
import { type FlowTime, verifiedIdentity } from '../oauth/verified-identity.js';
import type { VerifiedTokenClient } from '../oauth/verified-token-client.js';
import { GrantRefused } from '../providers/answers.js';
import type { OpenIdConfig } from '../providers/provider-config.js';

export interface OpenIdEntry {
  readonly config: OpenIdConfig;
  readonly client: VerifiedTokenClient;
}

export interface SubmissionClientOptions {
  openId(provider: string): OpenIdEntry | undefined;
  oauth(provider: string): OAuthClient | undefined;
}

/** There is no redirect of ours that a provider could have named itself in. */
const answerWith = (code: string | undefined): AuthorizationAnswer => ({ code, iss: undefined, issMayBeMissing: true });

/** No flow of ours: whatever the app has kept of its own. */
function flowOf({ codeVerifier, nonce }: SubmittedProof): RedeemableFlow & FlowTime {
  return { id: randomUUID(), codeVerifier, nonce, issued: Date.now() };
}

/** A code that is refused is the caller's mistake; all else that fails is the provider's. */
function blame(error: unknown): never {
  if (error instanceof LatchkeyError && error.cause instanceof GrantRefused)
    throw new LatchkeyError('id_token_refused', { ...(error.detail === undefined ? {} : { detail: error.detail }), cause: error });
  throw error;
}

/** Whom the provider's acceptance keeps out is no fault of the provider's. */
function believed(read: () => VerifiedIdentity): VerifiedIdentity {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    throw new LatchkeyError('id_token_refused', { detail: `ID token: ${error.detail ?? error.code}`, cause: error });
  }
}

export function createSubmissionClient({ openId, oauth }: SubmissionClientOptions): SubmissionClient {
  async function byToken({ config, client }: OpenIdEntry, idToken: string, proof: SubmittedProof): Promise<SubmittedIdentity> {
    const { claims, subject, once } = await client.believe(idToken, proof.nonce);
    const told = { config, flow: flowOf(proof), answer: answerWith(undefined) };
    const identity = believed(() => verifiedIdentity({ subject, claims, idToken: claims }, told));
    // It may have been made while nobody was there: without better word, what it proves it proved when it was made.
    return { identity: { authenticatedAt: new Date(Math.min(Number(claims.iat) * 1000, Date.now())), ...identity }, once };
  }

  return {
    async believe(id, proof) {
      const { idToken, code } = proof;
      const entry = openId(id);
      if (entry !== undefined && idToken !== undefined) return await byToken(entry, idToken, proof);
      if (code === undefined) throw new LatchkeyError('validation_failed');
      const [flow, answer] = [flowOf(proof), answerWith(code)];
      const identity =
        entry === undefined
          ? await oauth(id)?.redeem(flow, answer).catch(blame)
          : verifiedIdentity(await entry.client.redeem(flow, answer).catch(blame), { ...entry, flow, answer });
      if (identity === undefined) throw new LatchkeyError('provider_disabled');
      return { identity, once: undefined };
    },
  };
}
