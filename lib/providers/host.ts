// The host's own Passport strategy as a provider: it knows client, scopes and endpoints itself.

import { z } from 'zod';
import { isRecord } from '../support/closed-object.js';
import { whyImpossible } from './impossible-strategy.js';
import type { FurtherOpenIdOptions } from './oidc.js';
import type { Named, OptionsSchema } from './provider.js';
import type { NamedProviderConfig } from './provider-config.js';
import type { NamedProviderOptions } from './provider-options.js';
import { named, type Shape, schemaOf } from './provider-schema.js';

/** The namespace of all subjects from the host's own strategies: only the host knows what they stand for. */
export const HOST_NAMESPACE = 'host';

/** A Passport strategy, recognized by its shape, because strategy packages share no common class. */
export interface PassportStrategy {
  authenticate(req: object, options?: object): unknown;
}

/** The person who came back, as the host's `profile` describes them. */
export interface HostProfile {
  /** An id that the provider never changes nor gives to somebody else, so not a name or address: 1 to 255 printable ASCII characters. Required. */
  readonly subject: string;
  readonly email?: string | undefined;
  /** True only if the provider itself has verified the address; anything but `true` counts as unverified. Default false. */
  readonly emailVerified?: boolean | undefined;
  readonly name?: string | undefined;
  /** An http(s) address. */
  readonly picture?: string | undefined;
}

/**
 * The host's own Passport strategy, in code only, under an id that is not built in. It must begin with a redirect to https (or
 * http to a loopback host), come back with a code (RFC 6749, section 4.1) and take `callbackURL` as an option of `authenticate`, as
 * all strategies that extend `passport-oauth2` do. Its own state and PKCE work, and so does `response_mode=form_post`. A strategy for
 * OAuth 1.0, SAML or OpenID 2.0, or one that reads passwords or tokens, is refused at start-up.
 *
 * The strategy sees a request that we make, not the host's. It has `query` or `body`, `headers`, `get()`, `protocol`, `originalUrl`, a
 * throw-away `session` and `_passport`, but nothing of the person's browser. Register our redirect URI,
 * `<baseUrl>/callback/openid/<id>`, at the provider.
 *
 * The strategy talks to the provider itself: our limits and checks do not apply to that, apart from 5 s for each half of the flow. An
 * error that it throws in a callback is caught if it uses the HTTP client of `passport-oauth2`; anywhere else it ends the process. So
 * prefer a built-in provider if there is one. The strategy's tokens are neither kept nor revoked.
 */
export interface HostProviderOptions extends NamedProviderOptions {
  /** The strategy. The host makes it but never registers it; its verify callback passes on what `profile` needs, and looks up no user. Required. */
  readonly strategy: PassportStrategy;
  /**
   * Options that the strategy takes in `authenticate()`, such as `{ prompt: 'select_account', hd: 'example.com', accessType: 'offline' }`
   * for `passport-google-oauth20`; they are passed in both halves of the flow. We set `callbackURL`, `session` and `state`. Default none.
   */
  readonly authenticateOptions?: Readonly<Record<string, unknown>>;
  /** Makes a profile from what the verify callback passed to `done(null, user, info)`; if it throws, the flow fails. Required. */
  profile(user: unknown, info: unknown): HostProfile;
}

/** The options under an id that hosts could use before it was built in. */
export type OrHosts<Options> = Options | FurtherOpenIdOptions | HostProviderOptions;

export interface HostProviderConfig extends NamedProviderConfig {
  readonly type: 'host';
  readonly strategy: PassportStrategy;
  readonly authenticateOptions?: Readonly<Record<string, unknown>> | undefined;
  profile(user: unknown, info: unknown): HostProfile;
}

const STRATEGY = 'expected an instance of a Passport strategy, which only code can pass';
const PROFILE = 'expected a function that makes a profile, which only code can pass';

function isStrategy(value: unknown): value is PassportStrategy {
  return isRecord(value) && typeof value.authenticate === 'function';
}

/** The options that we set: where people come back to, that Passport signs nobody in, and how a flow is found again. */
const OURS: readonly string[] = ['callbackURL', 'session', 'state'];
const AUTHENTICATE_OPTIONS = `expected an object of options that the strategy takes in authenticate(), without ${OURS.join(', ')}`;

const authenticateOptions = z.custom<Readonly<Record<string, unknown>>>(
  (value) => isRecord(value) && !OURS.some((name) => Object.hasOwn(value, name)),
  { error: AUTHENTICATE_OPTIONS },
);

/** No JSON can satisfy it, because JSON has no functions. */
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
