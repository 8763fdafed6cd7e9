// A Passport strategy of the host's own as a provider: it knows client, scopes and endpoints itself.

import { z } from 'zod';
import { isRecord } from '../support/closed-object.js';
import { whyImpossible } from './impossible-strategy.js';
import type { FurtherOpenIdOptions } from './oidc.js';
import type { Named, OptionsSchema } from './provider.js';
import type { NamedProviderConfig } from './provider-config.js';
import type { NamedProviderOptions } from './provider-options.js';
import { named, type Shape, schemaOf } from './provider-schema.js';

/** Of all subjects that strategies of the host's own give: only the host knows whose they are. */
export const HOST_NAMESPACE = 'host';

/** A strategy as Passport knows it, told by its shape: the packages of strategies agree on no class. */
export interface PassportStrategy {
  authenticate(req: object, options?: object): unknown;
}

/** Who came back, in the words of the host's `profile`. */
export interface HostProfile {
  /** What the provider never changes nor gives to another, so no name or address: 1 to 255 printable ASCII characters. Required. */
  readonly subject: string;
  readonly email?: string | undefined;
  /** True only if the provider itself has proven the address; anything but `true` is unverified. Default false. */
  readonly emailVerified?: boolean | undefined;
  readonly name?: string | undefined;
  /** An http(s) address. */
  readonly picture?: string | undefined;
}

/**
 * A Passport strategy of the host's own, in code only, under an id that is not one of ours. It must go out by a redirect
 * to https (or http to a loopback host), come back with a code (RFC 6749, section 4.1) and take `callbackURL` as an
 * option of `authenticate`, as all that extend `passport-oauth2` do; its own state and PKCE work, and so does
 * `response_mode=form_post`. One of OAuth 1.0, SAML or OpenID 2.0, or that reads passwords or tokens, is refused at start-up.
 * It sees a request of ours in place of the host's: with `query` or `body`, `headers`, `get()`, `protocol`, `originalUrl`, a
 * throw-away `session` and `_passport`, and nothing of the person's browser. Register our redirect URI,
 * `<baseUrl>/callback/openid/<id>`, at the provider. What it asks of the provider is its own business: our limits
 * and checks of answers do not reach inside it, apart from 5 s for each half of the flow. What it throws in a callback is
 * caught where it calls by the client of `passport-oauth2`; anywhere else that ends the process. So prefer a built-in
 * provider where there is one. Its tokens are neither kept nor revoked.
 */
export interface HostProviderOptions extends NamedProviderOptions {
  /** The strategy, made and never registered by the host; its verify callback hands on what `profile` needs, and no user is looked up in it. Required. */
  readonly strategy: PassportStrategy;
  /**
   * Options that the strategy takes in `authenticate()`, such as `{ prompt: 'select_account', hd: 'example.com', accessType: 'offline' }`
   * for `passport-google-oauth20`; given on the way out and on the way back. `callbackURL`, `session` and `state` are ours. Default none.
   */
  readonly authenticateOptions?: Readonly<Record<string, unknown>>;
  /** Makes a profile of what the verify callback gave to `done(null, user, info)`; what it throws fails the flow. Required. */
  profile(user: unknown, info: unknown): HostProfile;
}

/** What stands under an id that was the hosts' before it was ours. */
export type OrHosts<Options> = Options | FurtherOpenIdOptions | HostProviderOptions;

export interface HostProviderConfig extends NamedProviderConfig {
  readonly type: 'host';
  readonly strategy: PassportStrategy;
  readonly authenticateOptions?: Readonly<Record<string, unknown>> | undefined;
  profile(user: unknown, info: unknown): HostProfile;
}

const STRATEGY = 'expected an instance of a Passport strategy, which only code can give';
const PROFILE = 'expected a function that makes a profile, which only code can give';

function isStrategy(value: unknown): value is PassportStrategy {
  return isRecord(value) && typeof value.authenticate === 'function';
}

/** What is ours to say: where people come back to, that nobody is signed in by it, and how a flow is found again. */
const OURS: readonly string[] = ['callbackURL', 'session', 'state'];
const AUTHENTICATE_OPTIONS = `expected an object of options that the strategy takes in authenticate(), without ${OURS.join(', ')}`;

const authenticateOptions = z.custom<Readonly<Record<string, unknown>>>(
  (value) => isRecord(value) && !OURS.some((name) => Object.hasOwn(value, name)),
  { error: AUTHENTICATE_OPTIONS },
);

/** No JSON meets it, for want of functions. */
export function hostSchema(naming: Named): OptionsSchema<Omit<HostProviderConfig, 'id' | 'type'>> {
  return schemaOf({
    ...named(naming),
    strategy: z.custom<PassportStrategy>(isStrategy, { error: STRATEGY }).superRefine((strategy, context) => {
      const message = whyImpossible(strategy);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
    authenticateOptions: authenticateOptions.optional(),
    profile: z.custom<HostProviderConfig['profile']>((value) => typeof value === 'function', { error: PROFILE }),
  } satisfies Shape<HostProviderOptions>);
}
