// The people that the demo provider knows.

export interface DemoPerson {
  /** Stays the same after a restart, so that a link made yesterday still works. */
  readonly subject: string;
  readonly name: string;
  /** Undefined: the provider reports no address. */
  readonly email: string | undefined;
  /** Whether the provider vouches for the address. Default true. */
  readonly emailVerified?: boolean;
}

/** May grow while the provider runs. */
export type DemoPeople = Map<string, DemoPerson>;

/** The people of the standalone server. */
export const demoPeople = (): DemoPeople =>
  new Map(
    [
      { subject: 'demo-alice', name: 'Alice Example', email: 'alice@example.test' },
      { subject: 'demo-bob', name: 'Bob Example', email: 'bob@example.test' },
    ].map((person) => [person.subject, person]),
  );

/** OpenID Connect Core 5.1. */
export function claimsOf({ subject, name, email, emailVerified = true }: DemoPerson) {
  return { sub: subject, name, ...(email === undefined ? {} : { email, email_verified: emailVerified }) };
}
