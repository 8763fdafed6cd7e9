// Any OpenID provider as a Passport strategy: the base class builds the request, the verified token client checks the answer.

import type { Request } from 'express';
import { Strategy, type VerifyCallback } from 'passport-openidconnect';
import { verifiedIdentity } from '../oauth/verified-identity.js';
import { createVerifiedTokenClient, type VerifiedTokenClient } from '../oauth/verified-token-client.js';
import { openIdProvider } from '../providers/index.js';
import type { OpenIdProvider } from '../providers/provider.js';
import type { OpenIdConfig } from '../providers/provider-config.js';
import { answerIn, bare, codeChallenge, newContext, type ProviderAnswer, take } from './flow-halves.js';
import type { FlowContext, StateStore, StoreCallback, StoreMeta } from './state-store.js';
import { callVerify, contextOf, endWith, profileOf, type VerifyCall } from './strategy-ends.js';
import type { StrategyAuthenticateOptions } from './strategy-options.js';
import type { StrategySetting } from './strategy-setting.js';

/** What the base hands on to `authorizationParams`. */
interface RequestOptions extends Pick<StrategyAuthenticateOptions, 'prompt' | 'loginHint'> {
  readonly context: FlowContext;
  readonly scope: string[];
}

/** Of the app: any function. */
export type Verify = VerifyCall['verify'];

/** The base wants endpoints at construction, when nothing is discovered yet (RFC 2606: never resolves). */
const UNDISCOVERED = 'https://undiscovered.invalid/';

/** By how many parameters `verify` has beside the request; any other number gets the shortest form. */
const ARGUMENTS: ReadonlyMap<number, number> = new Map([
  [3, 2],
  [4, 3],
  [5, 4],
  [7, 6],
  [8, 7],
]);

export const OPENID_VERIFY_TAKES = [...ARGUMENTS.keys()];

/**
 * Passport runs each request on `Object.create(strategy)`: what is set on `this` lives for one request,
 * and `#private` fields would be out of reach.
 */
export class OpenIdStrategy extends Strategy {
  /** What else is asked of the provider. */
  readonly client: VerifiedTokenClient;
  private readonly setting: StrategySetting<OpenIdConfig>;
  private readonly provider: OpenIdProvider;
  private readonly verify: Verify;
  private readonly store: StateStore;

  constructor(setting: StrategySetting<OpenIdConfig>, verify: Verify) {
    const { config, callbackURL, logger, keepsTokens, store } = setting;
    super(
      {
        issuer: config.issuer,
        authorizationURL: UNDISCOVERED,
        tokenURL: UNDISCOVERED,
        userInfoURL: UNDISCOVERED,
        clientID: config.clientId,
        clientSecret: '', // The base never speaks to the provider.
        callbackURL,
      },
      (_issuer: string, _profile: object, done: VerifyCallback) => done(new TypeError('The base strategy never verifies')),
    );
    this.name = config.id;
    this.setting = setting;
    this.provider = openIdProvider(config);
    this.client = createVerifiedTokenClient({ config, redirectUri: callbackURL, logger, keepsTokens });
    this.verify = verify;
    this.store = store;
  }

  override authenticate(req: Request, options: StrategyAuthenticateOptions = {}): void {
    const travelling = async () => {
      const came = answerIn(req);
      await (came === undefined ? this.depart(req, options) : this.comeBack(req, came));
    };
    travelling().catch((error: unknown) => endWith(this, error));
  }

  /** OpenID Connect Core 1.0, section 3.1.2.1 and RFC 7636; ours come last, so that no provider's quirk replaces them. */
  override authorizationParams({ context }: RequestOptions): object {
    const { hint, fresh = false } = context;
    const { config, keepsTokens } = this.setting;
    return {
      ...this.provider.authorizationParams(config, { hint, fresh, keepsTokens }),
      nonce: context.nonce,
      ...codeChallenge(context),
    };
  }

  private meta(): StoreMeta {
    const { config, callbackURL } = this.setting;
    return { name: this.name, issuer: config.issuer, clientID: config.clientId, callbackURL };
  }

  private scopes(asked: StrategyAuthenticateOptions['scope']): string[] {
    const { config } = this.setting;
    const scope = typeof asked === 'string' ? asked.split(/[\s,]+/).filter((one) => one !== '') : asked;
    return this.provider.scope(scope === undefined ? config : { ...config, scope }).filter((one) => one !== 'openid');
  }

  private async depart(
    req: Request,
    { state, scope, prompt, loginHint, reauthenticate = false }: StrategyAuthenticateOptions,
  ): Promise<void> {
    const { authorizationEndpoint } = await this.client.metadata();
    const context = this.store.prepare?.(req) ?? newContext(reauthenticate);
    const redirect = this.redirect.bind(this);
    Object.assign(this, {
      _oauth2: Object.assign(Object.create(this._oauth2), { _authorizeUrl: authorizationEndpoint }),
      _stateStore: {
        store: (_req: Request, _ctx: unknown, _state: unknown, _meta: unknown, done: StoreCallback) =>
          this.store.store(req, context, state, this.meta(), done),
      },
      redirect: (url: string) => redirect(new URL(url).href),
    });
    const options: RequestOptions = {
      context,
      scope: this.scopes(scope),
      ...(prompt === undefined ? {} : { prompt }),
      ...(loginHint === undefined ? {} : { loginHint }),
    };
    super.authenticate(bare(req), options);
  }

  private async comeBack(req: Request, came: ProviderAnswer): Promise<void> {
    const { context, state } = await take({ store: this.store, req, handle: came.state, meta: this.meta() });
    const { nonce, codeVerifier, issMayBeMissing = false } = context;
    const answer = { ...came.answer, issMayBeMissing };
    const redeemed = await this.client.redeem({ id: came.state ?? '', nonce, codeVerifier }, answer);
    const { config, passReqToCallback } = this.setting;
    const identity = verifiedIdentity(redeemed, { config, flow: context, answer });
    const { tokens, idToken, claims } = redeemed;
    const told = [
      String(idToken.iss),
      profileOf(identity, claims),
      contextOf(idToken),
      redeemed.answer.id_token,
      tokens.accessToken,
      tokens.refreshToken,
      redeemed.answer,
    ];
    const asked = told.slice(0, ARGUMENTS.get(this.verify.length - (passReqToCallback ? 1 : 0)) ?? 2);
    callVerify({ ends: this, verify: this.verify, args: passReqToCallback ? [req, ...asked] : asked, state });
  }
}
