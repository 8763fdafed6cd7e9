// A plain OAuth 2.0 provider as a Passport strategy: the base class builds the request, our client checks the answer.

import type { Request } from 'express';
import { Strategy } from 'passport-oauth2';
import { createOAuthClient, type OAuthClient } from '../oauth/oauth-client.js';
import { oauthProvider } from '../providers/index.js';
import type { OAuthService } from '../providers/oauth-service.js';
import type { OAuthConfig } from '../providers/provider-config.js';
import { answerIn, bare, codeChallenge, newContext, type ProviderAnswer, take } from './flow-halves.js';
import type { Verify } from './openid-strategy.js';
import type { FlowContext, StateStore, StoreCallback, StoreMeta } from './state-store.js';
import { callVerify, endWith, profileOf } from './strategy-ends.js';
import type { StrategyAuthenticateOptions } from './strategy-options.js';
import type { StrategySetting } from './strategy-setting.js';

/** What the base hands on to `authorizationParams`. */
interface RequestOptions {
  readonly context: FlowContext;
  readonly scope?: string[];
}

/** The base wants one at construction, and never speaks to the provider (RFC 2606: never resolves). */
const UNUSED = 'https://unused.invalid/';

export const OAUTH_VERIFY_TAKES = [4];

/**
 * Passport runs each request on `Object.create(strategy)`: what is set on `this` lives for one request,
 * and `#private` fields would be out of reach.
 */
export class OAuthStrategy extends Strategy {
  /** What else is asked of the provider. */
  readonly client: OAuthClient;
  private readonly setting: StrategySetting<OAuthConfig>;
  private readonly service: OAuthService;
  private readonly verify: Verify;
  private readonly store: StateStore;

  constructor(setting: StrategySetting<OAuthConfig>, verify: Verify) {
    const { config, callbackURL, keepsTokens, store } = setting;
    const service = oauthProvider(config).service(config, { keepsTokens });
    super(
      {
        authorizationURL: service.authorizationEndpoint,
        tokenURL: UNUSED,
        clientID: config.clientId,
        clientSecret: '',
        callbackURL,
        scope: [...service.scope],
        scopeSeparator: service.scopeSeparator,
      },
      (_accessToken: string, _refreshToken: string, _profile: object, done: (error: Error) => void) =>
        done(new TypeError('The base strategy never verifies')),
    );
    this.name = config.id;
    this.setting = setting;
    this.service = service;
    this.client = createOAuthClient({ id: config.id, service, redirectUri: callbackURL });
    this.verify = verify;
    this.store = store;
  }

  override authenticate(req: Request, options: StrategyAuthenticateOptions = {}): void {
    const travelling = async () => {
      const came = answerIn(req);
      if (came === undefined) this.depart(req, options);
      else await this.comeBack(req, came);
    };
    travelling().catch((error: unknown) => endWith(this, error));
  }

  override authorizationParams({ context }: RequestOptions): object {
    // The base's own PKCE would make a verifier that our flow does not know.
    return { ...(context.fresh ? this.service.whenFresh : {}), ...(this.service.pkce ? codeChallenge(context) : {}) };
  }

  private meta(): StoreMeta {
    const { config, callbackURL } = this.setting;
    return { name: this.name, issuer: this.service.authorizationEndpoint, clientID: config.clientId, callbackURL };
  }

  private depart(req: Request, { state, scope, reauthenticate = false }: StrategyAuthenticateOptions): void {
    const context = this.store.prepare?.(req) ?? newContext(reauthenticate);
    const redirect = this.redirect.bind(this);
    Object.assign(this, {
      _stateStore: {
        store: (_req: Request, _verifier: unknown, _state: unknown, _meta: unknown, done: StoreCallback) =>
          this.store.store(req, context, state, this.meta(), done),
      },
      redirect: (url: string) => redirect(new URL(url).href),
    });
    const asked = typeof scope === 'string' ? scope.split(/[\s,]+/).filter((one) => one !== '') : scope;
    const options: RequestOptions = { context, ...(asked === undefined ? {} : { scope: [...asked] }) };
    super.authenticate(bare(req), options);
  }

  private async comeBack(req: Request, came: ProviderAnswer): Promise<void> {
    const { context, state } = await take({ store: this.store, req, handle: came.state, meta: this.meta() });
    const { codeVerifier, issMayBeMissing = false } = context;
    const identity = await this.client.redeem({ codeVerifier }, { ...came.answer, issMayBeMissing });
    const { tokens } = identity;
    const told = [tokens?.accessToken, tokens?.refreshToken, profileOf(identity)];
    callVerify({ ends: this, verify: this.verify, args: this.setting.passReqToCallback ? [req, ...told] : told, state });
  }
}
