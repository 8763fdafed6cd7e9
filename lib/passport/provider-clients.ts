// The door to every provider, made of Passport strategies on a Passport of its own.

import { Passport } from 'passport';
import type { Config, HostProviderConfig, ProviderConfig } from '../../config/config.js';
import { LatchkeyError } from '../accounts/errors.js';
import type { ProviderClients } from '../accounts/provider-clients.js';
import type { SubmissionClient } from '../accounts/submissions.js';
import type { ProviderTokens, VerifiedIdentity } from '../accounts/types.js';
import { createOAuthClient, type OAuthClient } from '../oauth/oauth-client.js';
import { createVerifiedTokenClient, type VerifiedTokenClient } from '../oauth/verified-token-client.js';
import { isOpenId } from '../providers/acceptances.js';
import { GrantRefused } from '../providers/grant-refused.js';
import { OPENID_PROVIDERS } from '../providers/index.js';
import { oauthProvider } from '../providers/oauth-index.js';
import type { OpenIdConfig } from '../providers/provider.js';
import { withDeadline } from '../support/deadline.js';
import { type Logger, silentLogger } from '../support/logger.js';
import { HostStrategy } from './host-strategy.js';
import { OAuthStrategy } from './oauth-strategy.js';
import { OpenIdStrategy } from './openid-strategy.js';
import { createSubmissionClient, type OpenIdEntry } from './submission-client.js';
import type { Outcome, Trip, TripOptions } from './trip.js';

const SIGN_OUT_TIMEOUT_MS = 2_000;

export interface ProviderClientsOptions {
  readonly config: Config;
  /** The one redirect URI of a provider id; absolute, without query. */
  redirectUri(provider: string): string;
  /** Default: says nothing. */
  readonly logger?: Logger;
}

/** A private Passport, so that neither the host's strategies nor its serializers are touched. */
export function createProviderClients({
  config,
  redirectUri,
  logger = silentLogger,
}: ProviderClientsOptions): ProviderClients & SubmissionClient {
  const passport = new Passport();
  const keepsTokens = config.storeProviderTokens;
  const isEnabled = (id: string) => config.providers.get(id)?.enabled === true;
  /** As the token request will spell it. */
  const hrefOf = (id: string) => new URL(redirectUri(id)).href;
  const openIdClients = new Map<string, VerifiedTokenClient>();
  const oauthClients = new Map<string, OAuthClient>();

  function useOpenId(provider: OpenIdConfig): void {
    const { id } = provider;
    const options = { config: provider, redirectUri: hrefOf(id) };
    const client = createVerifiedTokenClient({ ...options, logger, keepsTokens });
    openIdClients.set(id, client);
    if (provider.enabled)
      passport.use(id, new OpenIdStrategy({ ...options, client, provider: OPENID_PROVIDERS[provider.type], keepsTokens }));
  }

  function useOAuth(config: Exclude<ProviderConfig, OpenIdConfig | HostProviderConfig>): void {
    const { id, clientId } = config;
    const options = { id, provider: oauthProvider(config, { keepsTokens }), redirectUri: hrefOf(id) };
    const client = createOAuthClient(options);
    oauthClients.set(id, client);
    if (config.enabled) passport.use(id, new OAuthStrategy({ ...options, clientId, client }));
  }

  function useHost(config: HostProviderConfig): void {
    if (config.enabled) passport.use(config.id, new HostStrategy({ config, redirectUri: hrefOf(config.id) }));
  }

  // A provider that is switched off has no strategy; but what it gave can still be revoked.
  for (const provider of config.providers.values()) {
    if (provider.type === 'host') useHost(provider);
    else if (isOpenId(provider)) useOpenId(provider);
    else useOAuth(provider);
  }

  /**
   * By name: an instance handed over would be shared by all requests. The request is a stand-in, because Passport writes
   * `login`, `_sessionManager` and more on it, and those of the host's own request belong to the host's own Passport.
   */
  function travel(provider: string, trip: Trip): Promise<Outcome> {
    if (!isEnabled(provider)) throw new LatchkeyError('provider_disabled');
    return new Promise((resolve, reject) => {
      const options: TripOptions = { session: false, trip };
      const done = (error: unknown, outcome: Outcome | false | undefined, refusal: unknown) => {
        if (error) reject(error);
        else if (outcome) resolve(outcome);
        else reject(refusal instanceof LatchkeyError ? refusal : new LatchkeyError('denied'));
      };
      passport.authenticate(provider, options, done)({ query: {} }, {}, reject);
    });
  }

  function openIdEntry(id: string): OpenIdEntry | undefined {
    const [provider, client] = [config.providers.get(id), openIdClients.get(id)];
    if (provider === undefined || client === undefined || !isOpenId(provider)) return undefined;
    return { config: provider, provider: OPENID_PROVIDERS[provider.type], client };
  }

  return {
    ...createSubmissionClient({ openId: openIdEntry, oauth: (id) => oauthClients.get(id) }),
    async authorizationUrl(prepared, hint): Promise<string> {
      const outcome = await travel(prepared.flow.provider, { way: 'out', prepared, hint });
      if (outcome.kind !== 'redirect') throw new TypeError('The way out ends at the provider');
      return outcome.url;
    },
    async identify(flow, answer): Promise<VerifiedIdentity> {
      const outcome = await travel(flow.provider, { way: 'back', flow, answer });
      if (outcome.kind !== 'identified') throw new TypeError('The way back ends with an identity');
      return outcome.identity;
    },
    async revoke(provider, tokens): Promise<void> {
      await (openIdClients.get(provider) ?? oauthClients.get(provider))?.revoke(tokens);
    },
    async refresh({ provider, subject }, { refreshToken }): Promise<ProviderTokens> {
      if (!isEnabled(provider)) throw new LatchkeyError('provider_disabled');
      const signInAgain = (cause?: unknown) =>
        new LatchkeyError('reauthentication_required', { message: 'The provider gives no access any more: sign in by it again', cause });
      if (refreshToken === undefined) throw signInAgain();
      try {
        const asked = openIdClients.get(provider)?.refresh(subject, refreshToken) ?? oauthClients.get(provider)?.refresh(refreshToken);
        const refreshed = await asked;
        if (refreshed !== undefined) return refreshed;
      } catch (error) {
        throw error instanceof LatchkeyError && error.cause instanceof GrantRefused ? signInAgain(error) : error;
      }
      throw signInAgain();
    },
    async endSessionUrl(provider): Promise<string | undefined> {
      const client = openIdClients.get(provider);
      if (client === undefined || !isEnabled(provider) || config.providers.get(provider)?.type !== 'logto') return undefined;
      try {
        return await withDeadline(SIGN_OUT_TIMEOUT_MS, () => client.endSessionUrl(config.baseUrl));
      } catch {
        return undefined;
      }
    },
  };
}
