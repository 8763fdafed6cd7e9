// Signing in with an identity: finds its user, or makes a new one.

import type { AddressClaims } from './address-claims.js';
import type { AddressRepository, AddressTransaction } from './address-ports.js';
import type { Admissions } from './admissions.js';
import { LatchkeyError } from './errors.js';
import { normalEmail } from './keys.js';
import type { Links } from './links.js';
import type { AccountRepository, NewUser, SignInTransaction } from './ports.js';
import type { NewSession } from './session-ports.js';
import { assertActive, type MakeSession, type SessionKind } from './sessions.js';
import type { RequestContext, SocialLink, User, VerifiedIdentity } from './types.js';
import { ConstraintViolation, untilSettled } from './until-settled.js';

export interface SignInOptions {
  readonly repository: AccountRepository;
  readonly links: Links;
  readonly addresses: AddressRepository;
  readonly claims: AddressClaims;
  /** It is known of every address whether it was proven, and who proves one takes it from whoever merely typed it. */
  readonly proofWins: boolean;
  readonly admissions: Admissions;
  /** An unknown identity makes a user. */
  readonly signUp: boolean;
  /** Provider ids that may attach to a user whose address both sides have verified. */
  readonly linkByVerifiedEmail: readonly string[];
  readonly makeSession: MakeSession;
  displayName(provider: string): string;
}

export interface SignedIn {
  readonly user: User;
  readonly session: NewSession;
  /** The sign-in made the user. */
  readonly isNew?: true;
}

/** What an identity does for whoever showed it. */
export interface SignIn {
  /** Signs in the identity's user, or makes one. */
  signIn(identity: VerifiedIdentity, opens: SessionKind, context: RequestContext): Promise<SignedIn>;
  /**
   * Signs a user in again, who is signed in already; nobody is made, and nobody else comes in.
   * @throws LatchkeyError `not_linked` for an identity that is not this user's
   */
  signInAgain(userId: string, identity: VerifiedIdentity, opens: SessionKind, context: RequestContext): Promise<SignedIn>;
}

export function createSignIn(options: SignInOptions): SignIn {
  const { repository, addresses, admissions, claims, makeSession } = options;

  function newUser({ provider, profile }: VerifiedIdentity): NewUser {
    const email = profile.email === undefined ? undefined : normalEmail(profile.email);
    const nickname = profile.name ?? email?.split('@')[0] ?? options.displayName(provider);
    return { email, emailVerified: email !== undefined && profile.emailVerified, nickname, language: profile.language ?? '' };
  }

  /** Undefined when the link went away meanwhile: then the identity is unknown, and that is decided anew. */
  async function signInKnown(
    user: User,
    link: SocialLink,
    identity: VerifiedIdentity,
    opens: SessionKind,
    context: RequestContext,
  ): Promise<SignedIn | undefined> {
    assertActive(user);
    const session = makeSession(opens, { userId: user.id, linkId: link.id, authenticatedAt: identity.authenticatedAt, client: context });
    const event = { event: 'auth.oauth.sign_in.success', userId: user.id, provider: link.provider } as const;
    return await repository.signIn(async (transaction) => {
      if (!(await transaction.touchLink(link.id, identity, session.createdAt))) return undefined;
      await transaction.insertSession(session);
      await transaction.audit(event, context);
      return { user, session };
    });
  }

  /** @param owners who had the address a moment ago */
  async function signUp(
    identity: VerifiedIdentity,
    owners: readonly User[],
    opens: SessionKind,
    context: RequestContext,
  ): Promise<SignedIn> {
    const { provider, namespace, subject, profile } = identity;
    const newcomer = { identity: { provider, namespace, subject }, profile };
    const admitted = await admissions.admit({ newcomer, user: newUser(identity), provesLater: false }, context);
    const make = async (transaction: SignInTransaction): Promise<SignedIn> => {
      await admitted.enter(transaction);
      const user = await transaction.insertUser(admitted.user);
      const link = await transaction.insertLink(user.id, identity, new Date());
      const session = makeSession(opens, { userId: user.id, linkId: link.id, authenticatedAt: identity.authenticatedAt, client: context });
      await transaction.insertSession(session);
      const event = {
        event: 'auth.oauth.sign_in.success',
        userId: user.id,
        provider: identity.provider,
        detail: { created: true },
      } as const;
      await transaction.audit(event, context);
      return { user, session, isNew: true };
    };
    const { email, emailVerified } = profile;
    if (!options.proofWins || email === undefined) return await repository.signIn(make);
    const address = normalEmail(email);
    const claim = async (transaction: AddressTransaction) => {
      if (emailVerified) await claims.clear(transaction, address, undefined, context);
      else await claims.pass(transaction, address);
      return await make(transaction);
    };
    const claiming = (rivals: readonly string[]) =>
      addresses.claiming(rivals, claim).catch((error: unknown) => {
        const isDeleted = error instanceof LatchkeyError && error.code === 'unauthenticated';
        throw isDeleted ? new ConstraintViolation('the user who had the address was deleted', { cause: error }) : error;
      });
    // Hardly anybody has signed up with the address of somebody who comes by a provider; the transaction sees whoever has.
    return await claiming(owners.map(({ id }) => id)).catch(async (error: unknown) => {
      if (!(error instanceof ConstraintViolation)) throw error;
      return await claiming(await claims.rivals(address));
    });
  }

  /** What the provider has verified proves the address, and so takes it from whoever merely typed it. */
  function mayTake({ profile }: VerifiedIdentity, owners: readonly User[]): boolean {
    return options.proofWins && profile.emailVerified && owners.every(({ emailVerified }) => !emailVerified);
  }

  /** An address links nothing by itself: the provider must be trusted with it, and both sides must have verified it. */
  function mayAttach(identity: VerifiedIdentity, owner: User): boolean {
    return options.linkByVerifiedEmail.includes(identity.provider) && identity.profile.emailVerified && owner.emailVerified;
  }

  /** The owner is told by mail, as of any other link. */
  async function attach(owner: User, identity: VerifiedIdentity, context: RequestContext): Promise<void> {
    try {
      await options.links.link(owner.id, identity, context);
    } catch (error) {
      if (!(error instanceof LatchkeyError && error.code === 'already_linked')) throw error;
      await assertOwn(identity);
    }
  }

  /** An address or a provider's place may be taken by this very identity, whose first sign-in was faster. */
  async function assertOwn(identity: VerifiedIdentity): Promise<void> {
    if ((await repository.findByIdentity(identity)) === undefined) throw new LatchkeyError('email_taken');
  }

  async function attempt(identity: VerifiedIdentity, opens: SessionKind, context: RequestContext): Promise<SignedIn | undefined> {
    const known = await repository.findByIdentity(identity);
    if (known !== undefined) return signInKnown(known.user, known.link, identity, opens, context);
    const { email } = identity.profile;
    const owners = email === undefined ? [] : await addresses.holdersOf(email);
    const [owner] = owners;
    // An address that two have says nothing about whose it is.
    if (owner !== undefined && owners.length === 1 && mayAttach(identity, owner)) {
      await attach(owner, identity, context);
      return undefined;
    }
    if (!options.signUp) throw new LatchkeyError('sign_up_disabled');
    if (owner === undefined || mayTake(identity, owners)) return signUp(identity, owners, opens, context);
    await assertOwn(identity);
    return undefined;
  }

  return {
    async signIn(identity, opens, context) {
      for (let round = 0; round < 3; round += 1) {
        const signedIn = await untilSettled(() => attempt(identity, opens, context));
        if (signedIn !== undefined) return signedIn;
      }
      throw new LatchkeyError('unavailable', { detail: 'the link kept changing while signing in' });
    },
    async signInAgain(userId, identity, opens, context) {
      const known = await repository.findByIdentity(identity);
      const signedIn = known?.user.id === userId ? await signInKnown(known.user, known.link, identity, opens, context) : undefined;
      if (signedIn === undefined) throw new LatchkeyError('not_linked');
      return signedIn;
    },
  };
}
