// People who sign in at a test provider.

import { randomBytes } from 'node:crypto';

/** The claims a provider tells about somebody. */
export interface Person {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly [claim: string]: unknown;
}

/** Somebody nobody has seen before, with a verified address. */
export function person(name = 'person'): Person & { readonly email: string; readonly name: string } {
  const sub = `${name}-${randomBytes(6).toString('hex')}`;
  return { sub, email: `${sub}@example.test`, email_verified: true, name: sub };
}
