// Who may become a user: the allow-list of domains, invitations, and the host's own decision about each new person.

import { inTime } from '../support/deadline.js';
import { LatchkeyError } from './errors.js';
import type { InvitationRepository } from './invitations.js';
import { normalEmail } from './keys.js';
import type { NewUser, SignInTransaction } from './ports.js';
import { tokenHash } from './proof-tokens.js';
import type { Identity, Profile, RequestContext } from './types.js';

/** A person who is about to become a user. */
export interface Newcomer {
  /** The identity that the provider has proven; undefined for a sign-up by password. */
  readonly identity: Identity | undefined;
  readonly profile: Profile;
}

/**
 * The host's decision about a new person: nothing to go on, a refusal with a text that they may read, or attributes of the new user:
 * `nickname`, `language` and, with the host's own users, further attributes of its model under the names that `users.defaults` uses.
 */
export type SignUpDecision =
  | undefined
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing
  | void
  | { readonly refuse: true; readonly message?: string }
  | Readonly<Record<string, unknown>>;

/** Called before each new user is made, outside any transaction, and perhaps again if two sign-ups collide. */
export type BeforeSignUp = (newcomer: Newcomer & { readonly context: RequestContext }) => SignUpDecision | Promise<SignUpDecision>;

export interface AdmissionRules {
  /** In lower case, as A-labels; undefined: of any domain. */
  readonly domains: readonly string[] | undefined;
  readonly invites: boolean;
}

export interface AdmissionsOptions {
  readonly rules: AdmissionRules;
  readonly invitations: InvitationRepository;
  readonly beforeSignUp: BeforeSignUp | undefined;
}

/** A newcomer who may come in. */
export interface Admitted {
  /** With what the host has to say of them. */
  readonly user: NewUser;
  /** In the transaction that makes the user: uses the invitation up. @throws LatchkeyError `sign_up_not_allowed` */
  enter(transaction: Pick<SignInTransaction, 'takeInvitation'>): Promise<void>;
}

export interface AdmissionRequest {
  readonly newcomer: Newcomer;
  readonly user: NewUser;
  /** The address is proven before they can sign in, and so as good as proven. */
  readonly provesLater: boolean;
}

export interface Admissions {
  /**
   * Asks the rules, then the host.
   * @throws LatchkeyError `sign_up_not_allowed`; `unavailable` where the host takes more than 5 s; what the host throws
   */
  admit(request: AdmissionRequest, context: RequestContext): Promise<Admitted>;
  /** Whether an invitation can still be used. */
  isOpen(token: string): Promise<boolean>;
}

/** A person waits, and so does their provider's code. Milliseconds. */
const PATIENCE_MS = 5_000;

const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1);

const late = () => new LatchkeyError('unavailable', { detail: `beforeSignUp: no answer within ${PATIENCE_MS} ms` });

/** @throws LatchkeyError `sign_up_not_allowed`, TypeError for what is no answer: then nobody is made */
function decided(user: NewUser, decision: unknown): NewUser {
  if (decision === undefined || decision === null) return user;
  if (typeof decision !== 'object' || Array.isArray(decision))
    throw new TypeError('beforeSignUp: expected nothing, a refusal or attributes');
  const { refuse, message, ...given } = decision as Readonly<Record<string, unknown>>;
  if (refuse === true) {
    const told = typeof message === 'string' && message !== '' ? { message: message.slice(0, 500) } : {};
    throw new LatchkeyError('sign_up_not_allowed', { ...told, detail: 'beforeSignUp refused' });
  }
  const { nickname = user.nickname, language = user.language, ...attributes } = given;
  if (refuse !== undefined || typeof nickname !== 'string' || typeof language !== 'string')
    throw new TypeError('beforeSignUp: expected `refuse` to be true, and `nickname` and `language` to be strings');
  // What is no refusal may have an attribute of that name.
  const named = message === undefined ? attributes : { ...attributes, message };
  return { ...user, nickname, language, ...(Object.keys(named).length === 0 ? {} : { attributes: named }) };
}

export function createAdmissions({ rules, invitations, beforeSignUp }: AdmissionsOptions): Admissions {
  const isOpenToAll = rules.domains === undefined && !rules.invites;

  /** The hash of the invitation that is to be used up; undefined where none is needed. */
  async function ticketOf({ newcomer, provesLater }: AdmissionRequest, { invitation }: RequestContext): Promise<string | undefined> {
    if (isOpenToAll) return undefined;
    const { email, emailVerified } = newcomer.profile;
    const proven = email !== undefined && (emailVerified || provesLater) ? normalEmail(email) : undefined;
    if (proven !== undefined && rules.domains?.includes(domainOf(proven)) === true) return undefined;
    const ticket = rules.invites && invitation !== undefined ? tokenHash(invitation) : undefined;
    const found = ticket === undefined ? undefined : await invitations.find(ticket);
    const isTheirs = found !== undefined && (found.email === undefined || found.email === proven);
    if (isTheirs) return ticket;
    const why = rules.invites ? 'no valid invitation' : 'no proven address in an allowed domain';
    throw new LatchkeyError('sign_up_not_allowed', { detail: why });
  }

  return {
    async admit(request, context) {
      const ticket = await ticketOf(request, context);
      const { newcomer, user } = request;
      const { invitation: _secret, ...asking } = context;
      const decision = beforeSignUp && (await inTime(PATIENCE_MS, () => beforeSignUp({ ...newcomer, context: asking }), { error: late }));
      return {
        user: decided(user, decision),
        async enter(transaction) {
          if (ticket === undefined || (await transaction.takeInvitation(ticket))) return;
          throw new LatchkeyError('sign_up_not_allowed', { detail: 'the invitation was used meanwhile' });
        },
      };
    },
    isOpen: async (token) => (await invitations.find(tokenHash(token))) !== undefined,
  };
}
