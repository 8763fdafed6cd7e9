// A provider of plain OAuth 2.0 as a Passport strategy: the base builds the request, our client judges the answer.

import type { Request } from 'express';
import { Strategy } from 'passport-oauth2';
import type { PreparedFlow } from '../accounts/flows.js';
import { codeChallenge } from '../oauth/code-challenge.js';
import type { OAuthClient } from '../oauth/oauth-client.js';
import type { OAuthProvider } from '../providers/oauth-provider.js';
import { FlowStateStore } from './flow-state-store.js';
import type { Departure, Outcome, Return, TripOptions } from './trip.js';
import { arrive, departure } from './trip-ends.js';

export interface OAuthStrategyOptions {
  /** The provider id. */
  readonly id: string;
  readonly clientId: string;
  readonly provider: OAuthProvider;
  readonly client: OAuthClient;
  readonly redirectUri: string;
}

/** What the base hands on to `authorizationParams`. */
interface RequestOptions {
  readonly state: PreparedFlow;
}

/** The base wants one at construction, and never speaks to the provider (RFC 2606: never resolves). */
const UNUSED = 'https://unused.invalid/';

/**
 * Passport runs each request on `Object.create(strategy)`: what is set on `this` lives for one request,
 * and `#private` fields would be out of reach.
 */
export class OAuthStrategy extends Strategy {
  private readonly provider: OAuthProvider;
  private readonly client: OAuthClient;
  /** Set here and not by an option: the base's types have no room for a store of five arguments. */
  protected readonly _stateStore: FlowStateStore;

  constructor({ id, clientId, provider, client, redirectUri }: OAuthStrategyOptions) {
    super(
      {
        authorizationURL: provider.authorizationEndpoint,
        tokenURL: UNUSED,
        clientID: clientId,
        clientSecret: '',
        callbackURL: redirectUri,
        scope: [...provider.scope],
        scopeSeparator: provider.scopeSeparator,
      },
      (_accessToken: string, _refreshToken: string, _profile: object, done: (error: Error) => void) =>
        done(new TypeError('The base strategy never verifies')),
    );
    this.name = id;
    this._stateStore = new FlowStateStore();
    this.provider = provider;
    this.client = client;
  }

  override authenticate(req: Request, { trip }: TripOptions): void {
    if (trip.way === 'out') this.depart(req, trip);
    else void arrive(this, this.comeBack(trip));
  }

  override authorizationParams({ state: { flow } }: RequestOptions): object {
    // The base's own PKCE would make a verifier that our flow does not know.
    return this.provider.pkce ? codeChallenge(flow) : {};
  }

  private depart(req: Request, { prepared }: Departure): void {
    this.redirect = departure(this);
    const options: RequestOptions = { state: prepared };
    super.authenticate(req, options);
  }

  private async comeBack({ flow, answer }: Return): Promise<Outcome> {
    return { kind: 'identified', identity: await this.client.redeem(flow, answer) };
  }
}
