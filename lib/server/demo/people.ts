// The two people of the demo provider.

export interface DemoPerson {
  /** Stays the same over restarts, so that a link made yesterday still works. */
  readonly subject: string;
  readonly name: string;
  readonly email: string;
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { subject: 'demo-alice', name: 'Alice Example', email: 'alice@example.test' },
  { subject: 'demo-bob', name: 'Bob Example', email: 'bob@example.test' },
];

export function findDemoPerson(subject: string): DemoPerson | undefined {
  return DEMO_PEOPLE.find((person) => person.subject === subject);
}

/** OpenID Connect Core 5.1. */
export function claimsOf({ subject, name, email }: DemoPerson) {
  return { sub: subject, name, email, email_verified: true };
}
