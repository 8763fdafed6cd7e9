// A forgotten password: a link mailed to the proven address sets a new password, or a first one, and ends every session.

import type { AddressRepository, Proof } from './address-ports.js';
import type { NewPassword } from './addresses.js';
import { LatchkeyError } from './errors.js';
import { normalEmail } from './keys.js';
import type { Notices } from './notices.js';
import type { PasswordHasher } from './password-hasher.js';
import { assertGoodPassword } from './password-rule.js';
import type { Passwords } from './passwords.js';
import type { ProofMails } from './proof-mails.js';
import { isOver, tokenHash } from './proof-tokens.js';
import type { Turns } from './turns.js';
import type { RequestContext, User } from './types.js';

export interface RecoveryOptions {
  readonly addresses: AddressRepository;
  readonly passwords: Pick<Passwords, 'assertNobodyElses'>;
  readonly mails: ProofMails;
  readonly notices: Notices;
  readonly hasher: PasswordHasher;
  readonly turns: Turns;
}

export interface Recovery {
  /** Mails a link where somebody active has proven the address; says nothing about whether anybody has. */
  forgot(address: string, mayMail: boolean, context: RequestContext): Promise<void>;
  /** What a link is good for, without using it up. @throws LatchkeyError `reset_link_invalid` */
  peek(token: string): Promise<Proof>;
  /** Uses the link up. @throws LatchkeyError `reset_link_invalid`, `password_too_common` */
  reset(token: string, chosen: NewPassword, context: RequestContext): Promise<User>;
}

const invalid = () => new LatchkeyError('reset_link_invalid');

function isOf({ status, email, emailVerified }: User, address: string): boolean {
  return status === 'active' && emailVerified && email !== undefined && normalEmail(email) === address;
}

export function createRecovery({ addresses, passwords, mails, notices, hasher, turns }: RecoveryOptions): Recovery {
  async function peek(token: string): Promise<Proof> {
    const proof = await addresses.findProof(tokenHash(token));
    if (proof?.purpose !== 'reset' || isOver(proof)) throw invalid();
    return proof;
  }

  return {
    peek,
    async forgot(given, mayMail, context) {
      const address = normalEmail(given);
      const user = (await addresses.holdersOf(address)).find((holder) => isOf(holder, address));
      await addresses.claiming(user === undefined ? [] : [user.id], async (transaction) => {
        await transaction.audit({ event: 'auth.forgot_password.requested', userId: user?.id }, context);
        if (user === undefined || !mayMail) return;
        const now = transaction.account(user.id).account.user;
        if (isOf(now, address)) await mails.issue(transaction, now, { purpose: 'reset', address });
      });
    },
    async reset(token, { password, line }, context) {
      const { userId, address } = await peek(token);
      assertGoodPassword(password);
      await passwords.assertNobodyElses({ id: userId, email: address }, password, line);
      const hash = await turns.take(line, () => hasher.hash(password));
      const done = addresses.claiming([userId], async (transaction) => {
        if (!(await transaction.takeProof(tokenHash(token)))) throw invalid();
        const locked = transaction.account(userId);
        const { user } = locked.account;
        // The address may have moved, and the person may have been banned, since the link was mailed.
        if (!isOf(user, address)) throw invalid();
        await locked.setPasswordHash(hash);
        await locked.revokeSessions(undefined, new Date());
        await transaction.audit({ event: 'auth.reset_password.success', userId }, context);
        await notices.send(locked, user, 'password_reset');
        return { ...user, passwordHash: hash };
      });
      return await done.catch((error: unknown) => {
        throw error instanceof LatchkeyError && error.code === 'unauthenticated' ? invalid() : error;
      });
    },
  };
}
