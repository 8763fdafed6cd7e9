// An OpenID provider for a host's own tests: on loopback, with whatever people a test wants, and nobody asked for a password.

import { randomUUID } from 'node:crypto';
import { DEFAULT_CALLBACK } from '../../http/mount.js';
import type { LatchkeySettings, PathOptions } from '../../index.js';
import { callbackSegment, KNOWN_PROVIDERS } from '../../providers/index.js';
import { defaultLogger } from '../../support/logger.js';
import { startDemoProvider } from '../demo/demo-provider.js';
import type { DemoPeople, DemoPerson } from '../demo/people.js';
import { signedInAgent, type TestAgent } from './test-agent.js';

export interface TestProviderOptions {
  /** What `latchkey()` gets as `baseUrl`. */
  readonly baseUrl: string;
  /** The ids that the provider plays: `google`, `logto`, `oidc`, and any of your own with `type: 'oidc'`. Default `['google', 'oidc']`. */
  readonly providers?: readonly string[];
  /** What `latchkey()` gets as `paths`. */
  readonly paths?: PathOptions;
}

export interface PersonOptions {
  /** Default: made up. */
  readonly name?: string;
  /** Null: the provider tells none. Default: one of their own at `example.test`. */
  readonly email?: string | null;
  /** Whether the provider vouches for the address. Default true. */
  readonly emailVerified?: boolean;
}

export interface TestProvider {
  /** To pass to `latchkey()` as `providers`. */
  readonly providers: NonNullable<LatchkeySettings['providers']>;
  /** Somebody new at the provider, whom the app does not know yet. */
  person(options?: PersonOptions): DemoPerson;
  /**
   * Signs a person in to the app (default: somebody new), by one of the providers (default: the first).
   * @throws Error that says what the app answered
   */
  signIn(person?: DemoPerson, options?: { readonly by?: string }): Promise<TestAgent>;
  close(): Promise<void>;
}

/** The others speak protocols of their own. */
const PLAYED: readonly string[] = ['google', 'logto', 'oidc'];

/**
 * Starts it on a free port of 127.0.0.1.
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
