// An OpenID provider for a host's own tests: on loopback, with any people a test needs, and without passwords.

import { randomUUID } from 'node:crypto';
import { DEFAULT_CALLBACK } from '../../http/mount.js';
import type { LatchkeySettings, PathOptions } from '../../index.js';
import { callbackSegment, KNOWN_PROVIDERS } from '../../providers/index.js';
import { defaultLogger } from '../../support/logger.js';
import { startDemoProvider } from '../demo/demo-provider.js';
import type { DemoPeople, DemoPerson } from '../demo/people.js';
import { signedInAgent, type TestAgent } from './test-agent.js';

export interface TestProviderOptions {
  /** The `baseUrl` that you pass to `latchkey()`. */
  readonly baseUrl: string;
  /** The ids that the provider plays: `google`, `logto`, `oidc`, and any of your own with `type: 'oidc'`. Default `['google', 'oidc']`. */
  readonly providers?: readonly string[];
  /** The `paths` that you pass to `latchkey()`. */
  readonly paths?: PathOptions;
}

export interface PersonOptions {
  /** Default: a made-up name. */
  readonly name?: string;
  /** Null: the provider reports no address. Default: a unique address at `example.test`. */
  readonly email?: string | null;
  /** Whether the provider vouches for the address. Default true. */
  readonly emailVerified?: boolean;
}

export interface TestProvider {
  /** The `providers` to pass to `latchkey()`. */
  readonly providers: NonNullable<LatchkeySettings['providers']>;
  /** Makes a new person at the provider, whom the app does not know yet. */
  person(options?: PersonOptions): DemoPerson;
  /**
   * Signs a person in to the app (default: a new person), with one of the providers (default: the first).
   * @throws Error that says what the app answered
   */
  signIn(person?: DemoPerson, options?: { readonly by?: string }): Promise<TestAgent>;
  close(): Promise<void>;
}

/** The built-in ids that it can play; the others have protocols of their own. */
const PLAYED: readonly string[] = ['google', 'logto', 'oidc'];

/**
 * Starts the provider on a free port of 127.0.0.1.
 * @throws TypeError for a provider that it cannot play; Error when the package oidc-provider is not installed
 */
export async function startTestProvider({
  baseUrl,
  providers = ['google', 'oidc'],
  paths = {},
}: TestProviderOptions): Promise<TestProvider> {
  const foreign = providers.filter((id) => KNOWN_PROVIDERS.includes(id) && !PLAYED.includes(id));
  if (foreign.length > 0)
    throw new TypeError(`The test provider plays ${PLAYED.join(', ')} and ids of your own, not ${foreign.join(', ')}`);
  const publicUrl = `${baseUrl.replace(/\/$/, '')}${paths.mount ?? ''}`;
  const people: DemoPeople = new Map();
  const redirectUris = providers.map((id) => `${publicUrl}${paths.callback ?? DEFAULT_CALLBACK}/${callbackSegment(id)}`);
  const provider = await startDemoProvider({ host: '127.0.0.1', port: 0, redirectUris, people, logger: defaultLogger() });
  const { issuer, origin, clientId, clientSecret } = provider;

  const optionsOf = (id: string) => {
    const client = { clientId, clientSecret };
    if (id === 'logto') return { endpoint: origin, ...client };
    return PLAYED.includes(id) ? { issuer, ...client } : { type: 'oidc' as const, issuer, ...client };
  };

  function person({ name, email, emailVerified = true }: PersonOptions = {}): DemoPerson {
    const subject = randomUUID();
    const made: DemoPerson = {
      subject,
      name: name ?? `Person ${people.size + 1}`,
      email: email === null ? undefined : (email ?? `person-${subject.slice(0, 8)}@example.test`),
      emailVerified,
    };
    people.set(subject, made);
    return made;
  }

  return {
    providers: Object.fromEntries(providers.map((id) => [id, optionsOf(id)])) as NonNullable<LatchkeySettings['providers']>,
    person,
    signIn: (who = person(), { by = providers[0] ?? '' } = {}) =>
      signedInAgent({ publicUrl, browserPrefix: paths.browser?.[0] ?? '' }, by, who),
    close: () => provider.close(),
  };
}
