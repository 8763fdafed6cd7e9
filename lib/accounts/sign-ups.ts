// Sign-up with proof of address: it makes a pending account, which holds nothing and signs nobody in until its address is proven.

import type { AddressRepository } from './address-ports.js';
import type { Admissions, Admitted } from './admissions.js';
import { LatchkeyError } from './errors.js';
import { normalEmail } from './keys.js';
import type { PasswordHasher } from './password-hasher.js';
import { assertKept } from './password-hasher.js';
import { assertGoodPassword } from './password-rule.js';
import type { ProofMails } from './proof-mails.js';
import type { Turns } from './turns.js';
import type { RequestContext, User } from './types.js';
import { ConstraintViolation, untilSettled } from './until-settled.js';
import type { UsableMethods } from './usable-methods.js';

export interface SignUpsOptions {
  readonly addresses: AddressRepository;
  readonly admissions: Admissions;
  readonly usable: Pick<UsableMethods, 'passwordSignIn'>;
  readonly mails: ProofMails;
  readonly hasher: PasswordHasher;
  readonly turns: Turns;
  readonly signUp: boolean;
}

export interface SignUpRequest {
  readonly email: string;
  readonly password: string;
  readonly language: string;
  /** Default: what stands before the `@`. */
  readonly nickname?: string | undefined;
  /** In which the slow work waits for its turn. */
  readonly line: string;
  /** False: this address has had all the mail that it gets for now. */
  readonly mayMail: boolean;
  /** Whoever has the address gets a mail of it, where the answer does not say so itself. */
  readonly tellOwner: boolean;
}

/** `pending`: a new account. `again`: one that was pending already. `known`: somebody has the address. */
export interface SignUpOutcome {
  readonly kind: 'pending' | 'again' | 'known';
  readonly user: User;
}

export interface SignUps {
  /**
   * Of several who sign up with one address the last one's password counts, and the link of the last mail: whoever was there first
   * with a password of their own choice does not keep what the owner proves. Then the page behind the link asks for a new password.
   * @throws LatchkeyError `provider_disabled` while password sign-in is off, `registration_closed`, `sign_up_not_allowed` whoever has the address, `password_too_common`
   */
  signUp(request: SignUpRequest, context: RequestContext): Promise<SignUpOutcome>;
}

export function createSignUps({ addresses, admissions, usable, mails, hasher, turns, signUp }: SignUpsOptions): SignUps {
  /** Whoever has proven it has it; of somebody who was banned it is no stranger's to have. */
  const isSettled = ({ emailVerified, status }: User) => emailVerified || status !== 'active';

  interface Beginning {
    readonly address: string;
    readonly hash: string;
    readonly admitted: Admitted;
  }

  async function begin(request: SignUpRequest, { address, hash, admitted }: Beginning, context: RequestContext): Promise<SignUpOutcome> {
    const { mayMail, tellOwner, password, line } = request;
    const holders = await addresses.holdersOf(address);
    const pending = await addresses.pendingOf(address);
    const owner = holders.find(isSettled);
    if (owner !== undefined) {
      await addresses.claiming([], async (transaction) => {
        await transaction.audit({ event: 'auth.password.sign_up.failure', detail: { reason: 'email_taken' } }, context);
        if (mayMail && tellOwner) await mails.tellOwner(transaction, owner, address);
      });
      return { kind: 'known', user: owner };
    }
    if (pending !== undefined) {
      const { user } = pending.account;
      const { passwordHash = '' } = user;
      const isSame = await turns.take(line, () => hasher.verify(passwordHash, password));
      await addresses.claiming([user.id], async (transaction) => {
        const locked = transaction.account(user.id);
        if ((await transaction.pendingOf(address)) !== user.id) throw new ConstraintViolation('the sign-up was proven meanwhile');
        await transaction.audit({ event: 'auth.resend_verification.requested', userId: user.id }, context);
        if (!mayMail) return;
        if (!isSame) await locked.setPasswordHash(hash);
        await mails.issue(transaction, user, { purpose: 'sign_up', address, asksPassword: pending.asksPassword || !isSame });
      });
      return { kind: 'again', user };
    }
    const email = holders.length === 0 ? address : undefined;
    return await addresses.claiming([], async (transaction) => {
      await admitted.enter(transaction);
      const user = await transaction.insertUser({ ...admitted.user, email, passwordHash: hash, status: 'inactive' });
      await assertKept(hasher, user, password, hash);
      await mails.issueFirst(transaction, user, address);
      await transaction.audit({ event: 'auth.password.sign_up.success', userId: user.id, detail: { pending: true } }, context);
      return { kind: 'pending', user };
    });
  }

  return {
    async signUp(request, context) {
      if (!usable.passwordSignIn) throw new LatchkeyError('provider_disabled', { message: 'Password sign-in is not enabled' });
      if (!signUp) throw new LatchkeyError('registration_closed');
      assertGoodPassword(request.password);
      const address = normalEmail(request.email);
      const { language, nickname = address.split('@')[0] ?? address } = request;
      const profile = { email: address, emailVerified: false, name: nickname, language };
      const user = { email: address, emailVerified: false, nickname, language };
      // Before anybody looks whose the address is: a refusal says nothing of that.
      const admitted = await admissions.admit({ newcomer: { identity: undefined, profile }, user, provesLater: true }, context);
      const hash = await turns.take(request.line, () => hasher.hash(request.password));
      return await untilSettled(() => begin(request, { address, hash, admitted }, context));
    },
  };
}
