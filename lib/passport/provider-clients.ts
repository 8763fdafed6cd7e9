// The implementation of the interface to every provider: Passport strategies on a Passport of their own.

import { Passport } from 'passport';
import type { Config } from '../../config/config.js';
import { LatchkeyError } from '../accounts/errors.js';
import type { ProviderClients } from '../accounts/provider-clients.js';
import type { SubmissionClient } from '../accounts/submissions.js';
import type { ProviderTokens, VerifiedIdentity } from '../accounts/types.js';
import type { OAuthClient } from '../oauth/oauth-client.js';
import type { VerifiedTokenClient } from '../oauth/verified-token-client.js';
import { GrantRefused } from '../providers/answers.js';
import { isHost, isOpenId, openIdProvider } from '../providers/index.js';
import type { ProviderConfig } from '../providers/provider-config.js';
import { withDeadline } from '../support/deadline.js';
import { type Logger, silentLogger } from '../support/logger.js';
import { type CarriedFlow, FlowStateStore, requestWith } from './flow-state-store.js';
import { HostStrategy } from './host-strategy.js';
import { OAuthStrategy } from './oauth-strategy.js';
import { OpenIdStrategy } from './openid-strategy.js';
import { StrategySetting } from './strategy-setting.js';
import type { Done, StrategyContext, StrategyProfile } from './strategy-types.js';
import { createSubmissionClient, type OpenIdEntry } from './submission-client.js';

const SIGN_OUT_TIMEOUT_MS = 2_000;

export interface ProviderClientsOptions {
  readonly config: Config;
  /** The one redirect URI of a provider id; absolute, without query. */
  redirectUri(provider: string): string;
  /** Default: says nothing. */
  readonly logger?: Logger;
}

interface Ends {
  redirected(url: string): void;
  identified(identity: VerifiedIdentity): void;
  reject(error: unknown): void;
}

function identified({ identity, expiresAt }: StrategyProfile, accessToken: string, refreshToken: string | undefined): VerifiedIdentity {
  return { ...identity, tokens: { accessToken, refreshToken, ...(expiresAt === undefined ? {} : { expiresAt }) } };
}

/** The router's own: who came is whom the checks say, and no user is looked up. */
function verifyOpenId(
  _issuer: string,
  profile: StrategyProfile,
  _context: StrategyContext,
  _idToken: string,
  accessToken: string,
  refreshToken: string | undefined,
  done: Done,
): void {
  done(null, identified(profile, accessToken, refreshToken));
}

const verifyOAuth = (accessToken: string, refreshToken: string | undefined, profile: StrategyProfile, done: Done) =>
  done(null, identified(profile, accessToken, refreshToken));

/** A private Passport, so that neither the host's strategies nor its serializers are touched. */
export function createProviderClients({
  config,
  redirectUri,
  logger = silentLogger,
}: ProviderClientsOptions): ProviderClients & SubmissionClient {
  const passport = new Passport();
  const keepsTokens = config.storeProviderTokens;
  const isEnabled = (id: string) => config.providers.get(id)?.enabled === true;
  const openIdClients = new Map<string, VerifiedTokenClient>();
  const oauthClients = new Map<string, OAuthClient>();
  const store = new FlowStateStore();

  function settingOf<C extends ProviderConfig>(config: C): StrategySetting<C> {
    // As the token request will spell it.
    return new StrategySetting({ config, callbackURL: new URL(redirectUri(config.id)).href, store, logger, keepsTokens });
  }

  // A provider that is switched off has no strategy; but what it gave can still be revoked.
  for (const provider of config.providers.values()) {
    if (isHost(provider)) {
      if (provider.enabled) passport.use(provider.id, new HostStrategy(settingOf(provider)));
    } else if (isOpenId(provider)) {
      const strategy = new OpenIdStrategy(settingOf(provider), verifyOpenId);
      openIdClients.set(provider.id, strategy.client);
      if (provider.enabled) passport.use(provider.id, strategy);
    } else {
      const strategy = new OAuthStrategy(settingOf(provider), verifyOAuth);
      oauthClients.set(provider.id, strategy.client);
      if (provider.enabled) passport.use(provider.id, strategy);
    }
  }

  /** By name: an instance handed over would be shared by all requests. */
  function ask(provider: string, half: CarriedFlow, ends: Ends): void {
    if (!isEnabled(provider)) throw new LatchkeyError('provider_disabled');
    // Passport's own sign-in would renew the host's session, also in the middle of linking.
    const authenticate = passport.authenticate(provider, { session: false }, (error: unknown, user: unknown, refusal: unknown) => {
      if (error) ends.reject(error);
      else if (user) ends.identified(user as VerifiedIdentity);
      else ends.reject(refusal instanceof LatchkeyError ? refusal : new LatchkeyError('denied'));
    });
    // Passport redirects by the response; whoever asked sends the address in a way of their own.
    const setHeader = (name: string, value: string) => (name === 'Location' ? ends.redirected(value) : undefined);
    authenticate(requestWith(half), { setHeader, end: () => undefined }, ends.reject);
  }

  function openIdEntry(id: string): OpenIdEntry | undefined {
    const [provider, client] = [config.providers.get(id), openIdClients.get(id)];
    return provider && client && isOpenId(provider) ? { config: provider, client } : undefined;
  }

  return {
    isEnabled,
    ...createSubmissionClient({ openId: openIdEntry, oauth: (id) => oauthClients.get(id) }),
    authorizationUrl: (prepared, hint) =>
      new Promise((redirected, reject) => {
        const identified = () => reject(new TypeError('The authorization request ends at the provider'));
        ask(prepared.flow.provider, { half: 'request', prepared, hint }, { redirected, identified, reject });
      }),
    identify: (flow, answer) =>
      new Promise((identified, reject) => {
        const redirected = () => reject(new TypeError('The answer ends with an identity'));
        ask(flow.provider, { half: 'answer', flow, answer }, { redirected, identified, reject });
      }),
    async revoke(provider, tokens): Promise<void> {
      await (openIdClients.get(provider) ?? oauthClients.get(provider))?.revoke(tokens);
    },
    async refresh({ provider, subject }, { refreshToken }): Promise<ProviderTokens> {
      if (!isEnabled(provider)) throw new LatchkeyError('provider_disabled');
      const signInAgain = (cause?: unknown) =>
        new LatchkeyError('reauthentication_required', {
          message: 'The provider no longer gives access: sign in with the provider again',
          cause,
        });
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
      const entry = openIdEntry(provider);
      if (entry === undefined || !isEnabled(provider) || !openIdProvider(entry.config).signsOut) return undefined;
      try {
        return await withDeadline(SIGN_OUT_TIMEOUT_MS, () => entry.client.endSessionUrl(config.baseUrl));
      } catch {
        return undefined;
      }
    },
  };
}
