// The host's own strategy as one more provider: it never sees a real request, and the flow stores what the strategy has to remember.

import { Strategy } from 'passport';
import { LatchkeyError } from '../accounts/errors.js';
import type { StrategySession } from '../accounts/flow.js';
import type { VerifiedIdentity } from '../accounts/types.js';
import { codeOf } from '../oauth/authorization-answer.js';
import { isSubject } from '../oauth/id-token-rules.js';
import { providerFailed } from '../oauth/provider-failure.js';
import { HOST_NAMESPACE, type HostProviderConfig, type PassportStrategy } from '../providers/host.js';
import { openIdProfile } from '../providers/openid-profile.js';
import { withDeadline } from '../support/deadline.js';
import { isSecure } from '../support/web-address.js';
import { type Departure, flowCarriedBy, type Return } from './flow-state-store.js';
import { standIn, type Visit } from './stand-in-request.js';
import { endWith } from './strategy-ends.js';
import type { StrategySetting } from './strategy-setting.js';

/** For each half of the flow, whatever the strategy asks meanwhile. */
const TIMEOUT_MS = 5_000;
/** Bytes of JSON. */
const MAX_SESSION = 2048;

/** How a strategy ends (passport-strategy); `pass` and `error` reject. */
type Ending =
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'success'; readonly user: unknown; readonly info: unknown }
  | { readonly kind: 'fail' };

/** node-oauth calls back out of a socket's event, where nobody would catch what a strategy throws at an odd answer. */
function catchCallbacks(strategy: PassportStrategy, thrown: (error: unknown) => void): object {
  const client: unknown = Reflect.get(strategy, '_oauth2');
  const request: unknown = typeof client === 'object' && client !== null ? Reflect.get(client, '_request') : undefined;
  if (typeof client !== 'object' || typeof request !== 'function') return {};
  const caught =
    (callback: unknown) =>
    (...answer: unknown[]) => {
      try {
        if (typeof callback === 'function') Reflect.apply(callback, undefined, answer);
      } catch (error) {
        thrown(error);
      }
    };
  const ask = request;
  function guarded(this: unknown, ...given: unknown[]): void {
    Reflect.apply(ask, this, [...given.slice(0, -1), caught(given.at(-1))]);
  }
  return { _oauth2: Object.assign(Object.create(client), { _request: guarded }) };
}

/** On an object of its own per flow, as Passport does it: two people at once share nothing. */
function run(strategy: PassportStrategy, request: object, options: object): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const own: PassportStrategy = Object.assign(Object.create(strategy), catchCallbacks(strategy, reject), {
      redirect: (url: string) => resolve({ kind: 'redirect', url }),
      success: (user: unknown, info: unknown) => resolve({ kind: 'success', user, info }),
      fail: () => resolve({ kind: 'fail' }),
      pass: () => reject(new Error('the strategy passed')),
      error: reject,
    });
    // One that is async rejects to nobody but us, and an unhandled rejection ends the process.
    Promise.resolve(own.authenticate(request, options)).catch(reject);
  });
}

/** `TokenError` of passport-oauth2 has the provider's own words for a message, which may quote the code. */
function withoutItsWords(thrown: unknown): unknown {
  if (!(thrown instanceof Error && thrown.name === 'TokenError')) return thrown;
  return Object.assign(new Error('the token endpoint refused'), { code: 'code' in thrown ? thrown.code : undefined });
}

/** What JavaScript writes where nothing is: `String(json.id)` of a strategy would make one user of all who have no id. */
const NOBODY: readonly string[] = ['undefined', 'null', 'NaN', '[object Object]'];

function assertSmall(kept: StrategySession): void {
  if (Buffer.byteLength(JSON.stringify(kept)) > MAX_SESSION)
    throw new Error(`the strategy keeps more than ${MAX_SESSION} bytes in its session`);
}

/**
 * Passport runs each request on `Object.create(strategy)`: what is set on `this` lives for one request,
 * and `#private` fields would be out of reach.
 */
export class HostStrategy extends Strategy {
  private readonly config: HostProviderConfig;
  private readonly redirectUri: string;

  constructor({ config, callbackURL }: StrategySetting<HostProviderConfig>) {
    super();
    this.config = config;
    this.redirectUri = callbackURL;
  }

  override authenticate(req: object): void {
    const half = flowCarriedBy(req);
    const travelling = half.half === 'request' ? this.depart(half) : this.comeBack(half);
    travelling.catch((error: unknown) => endWith(this, error));
  }

  private async travel(step: string, visit: Omit<Visit, 'redirectUri'>): Promise<Ending> {
    const { strategy, authenticateOptions } = this.config;
    const options = { ...authenticateOptions, callbackURL: this.redirectUri, session: false };
    try {
      return await withDeadline(TIMEOUT_MS, () => run(strategy, standIn({ ...visit, redirectUri: this.redirectUri }), options));
    } catch (error) {
      throw providerFailed(step, withoutItsWords(error));
    }
  }

  /**
   * The flow's id takes the place of the strategy's state afterwards: given as an option, passport-oauth2 would skip its
   * own state store, and with it forget its PKCE verifier.
   */
  private read(ending: Ending, session: Readonly<Record<string, unknown>>): { readonly url: URL; readonly kept: StrategySession } {
    try {
      if (ending.kind !== 'redirect') throw new Error('the strategy did not redirect');
      const url = new URL(ending.url);
      if (!isSecure(url)) throw new Error('plain http is for loopback hosts only');
      if (url.searchParams.get('redirect_uri') !== this.redirectUri) throw new Error('the strategy does not take callbackURL as an option');
      const state = url.searchParams.get('state');
      const posted = url.searchParams.get('response_mode') === 'form_post' ? ({ posted: true } as const) : {};
      const kept = { session, ...posted, ...(state === null ? {} : { state }) };
      assertSmall(kept);
      return { url, kept };
    } catch (error) {
      throw providerFailed('the redirect to the provider', error);
    }
  }

  private async depart({ prepared }: Departure): Promise<void> {
    const session: Record<string, unknown> = {};
    const { url, kept } = this.read(await this.travel('the redirect to the provider', { fields: {}, posted: false, session }), session);
    url.searchParams.set('state', prepared.flow.id);
    await prepared.save(kept); // Outside of every catch above: an outage of the store is not the provider's failure.
    this.redirect(url.href);
  }

  /** The strategy knows its provider's issuer or none, so `iss` is its to compare; the redirect URI is this provider's alone. */
  private async comeBack({ flow, answer }: Return): Promise<void> {
    const code = await codeOf(answer, answer.iss ?? '', async () => false);
    const { state, session, posted = answer.posted ?? false } = flow.strategySession ?? { session: {} };
    const { iss, user } = answer;
    const fields = {
      code,
      ...(state === undefined ? {} : { state }),
      ...(iss === undefined ? {} : { iss }),
      ...(user === undefined ? {} : { user }),
    };
    const ending = await this.travel('redeeming the code', { fields, posted, session: { ...session } });
    if (ending.kind === 'fail') throw new LatchkeyError('denied');
    if (ending.kind === 'redirect') throw providerFailed('the strategy redirected again in the callback');
    this.success(this.identityOf(ending.user, ending.info));
  }

  private identityOf(user: unknown, info: unknown): VerifiedIdentity {
    try {
      const { subject, email, emailVerified, name, picture } = this.config.profile(user, info);
      if (!isSubject(subject) || NOBODY.includes(subject)) throw new Error('the subject is missing or not valid');
      const told = openIdProfile({ email, email_verified: emailVerified, name, picture });
      return { provider: this.config.id, namespace: HOST_NAMESPACE, subject, profile: told };
    } catch (error) {
      throw providerFailed('reading the profile', error);
    }
  }
}
