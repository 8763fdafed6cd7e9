// Any OpenID provider as a Passport strategy: the base builds the request, the verified token client judges the answer.

import type { Request } from 'express';
import { Strategy, type VerifyCallback } from 'passport-openidconnect';
import type { PreparedFlow } from '../accounts/flows.js';
import { codeChallenge } from '../oauth/code-challenge.js';
import { verifiedIdentity } from '../oauth/verified-identity.js';
import type { VerifiedTokenClient } from '../oauth/verified-token-client.js';
import type { OpenIdConfig, OpenIdProvider } from '../providers/provider.js';
import { FlowStateStore } from './flow-state-store.js';
import type { Departure, Outcome, Return, TripOptions } from './trip.js';
import { arrive, departure } from './trip-ends.js';

export interface OpenIdStrategyOptions {
  readonly config: OpenIdConfig;
  readonly provider: OpenIdProvider;
  readonly client: VerifiedTokenClient;
  readonly redirectUri: string;
  /** The host keeps the provider's tokens. Default false. */
  readonly keepsTokens?: boolean;
}

/** What the base hands on to `authorizationParams`. Its own `loginHint` would reach every provider. */
interface RequestOptions {
  readonly state: PreparedFlow;
  readonly scope: string[];
  readonly hint: string | undefined;
}

/** The base wants endpoints at construction, when nothing is discovered yet (RFC 2606: never resolves). */
const UNDISCOVERED = 'https://undiscovered.invalid/';

/**
 * Passport runs each request on `Object.create(strategy)`: what is set on `this` lives for one request,
 * and `#private` fields would be out of reach.
 */
export class OpenIdStrategy extends Strategy {
  private readonly config: OpenIdConfig;
  private readonly provider: OpenIdProvider;
  private readonly client: VerifiedTokenClient;
  private readonly keepsTokens: boolean;

  constructor({ config, provider, client, redirectUri, keepsTokens = false }: OpenIdStrategyOptions) {
    const { id, issuer, clientId } = config;
    super(
      {
        issuer,
        authorizationURL: UNDISCOVERED,
        tokenURL: UNDISCOVERED,
        userInfoURL: UNDISCOVERED,
        clientID: clientId,
        clientSecret: '', // The base never speaks to the provider.
        callbackURL: new URL(redirectUri).href, // As the token request will spell it.
        store: new FlowStateStore(),
      },
      (_issuer: string, _profile: object, done: VerifyCallback) => done(new TypeError('The base strategy never verifies')),
    );
    this.name = id;
    this.config = config;
    this.provider = provider;
    this.client = client;
    this.keepsTokens = keepsTokens;
  }

  override authenticate(req: Request, { trip }: TripOptions): void {
    if (trip.way === 'out') this.depart(req, trip).catch((error: Error) => this.error(error));
    else void arrive(this, this.comeBack(trip));
  }

  /** OpenID Connect Core 1.0, section 3.1.2.1 and RFC 7636; ours come last, so that no provider's quirk replaces them. */
  override authorizationParams({ state: { flow }, hint }: RequestOptions): object {
    return {
      ...this.provider.authorizationParams(this.config, {
        hint,
        fresh: flow.intent.kind === 'reauthenticate',
        keepsTokens: this.keepsTokens,
      }),
      nonce: flow.nonce,
      ...codeChallenge(flow),
    };
  }

  private async depart(req: Request, { prepared, hint }: Departure): Promise<void> {
    const { authorizationEndpoint } = await this.client.metadata();
    this._oauth2 = Object.assign(Object.create(this._oauth2), { _authorizeUrl: authorizationEndpoint });
    this.redirect = departure(this);
    const scope = this.provider.scope(this.config).filter((one) => one !== 'openid');
    const options: RequestOptions = { state: prepared, scope, hint };
    super.authenticate(req, options);
  }

  private async comeBack({ flow, answer }: Return): Promise<Outcome> {
    const verified = await this.client.redeem(flow, answer);
    return { kind: 'identified', identity: verifiedIdentity(verified, { config: this.config, provider: this.provider, flow, answer }) };
  }
}
