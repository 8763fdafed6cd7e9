// The core's storage over SQL. The lock lives here.

import { literal, Op, type Transaction } from 'sequelize';
import { methodId, type UsableMethods, usableMethods } from '../lib/accounts/anti-lockout.js';
import { identityKey } from '../lib/accounts/keys.js';
import type { StoredMethods } from '../lib/accounts/method-changes.js';
import type { AccountRepository, Journal, LockedAccount, NewSession, SignInTransaction } from '../lib/accounts/ports.js';
import type { Identity, ProviderTokens, SignInMethod, SocialLink, VerifiedIdentity } from '../lib/accounts/types.js';
import { LatchkeyError } from '../lib/errors.js';
import type { AccountQuery } from './account-query.js';
import type { Models } from './define-models.js';
import { auditRow, createJournal } from './journal.js';
import type { Transactions } from './transactions.js';
import type { UserMapping } from './user-mapping.js';

/** The host's own sign-in methods of a user, by id; inside a transaction when the answer decides a removal. */
export type HostSignInMethods = (
  userId: string,
  options: { readonly transaction: Transaction | undefined },
) => Promise<readonly string[]> | readonly string[];

export interface AccountRepositoryOptions {
  readonly models: Models;
  readonly users: UserMapping;
  readonly query: AccountQuery;
  readonly transactions: Transactions;
  readonly signInMethods: HostSignInMethods | undefined;
  /** Called after a commit that put something into the outbox. */
  readonly onOutbox: () => void;
  readonly sealTokens: SealTokens | undefined;
}

/** Encrypts the tokens of an identity for its row. */
export type SealTokens = (identity: Identity, tokens: ProviderTokens) => string;

/** Told what was stored when the lock was taken, and what is stored after the change. */
export type TellOfChange = (journal: Journal, before: StoredMethods, after: StoredMethods) => Promise<void>;

/** The repository, and the same lock for a change that the host makes itself. */
export interface SqlAccountRepository extends AccountRepository {
  /**
   * Runs `change` under the user's lock; taken back with `only_sign_in_method` if it leaves none that works. Whatever
   * `tell` writes of it commits with it; of a user whom the change deleted there is nothing to tell.
   */
  guarded<T>(userId: string, usable: UsableMethods, change: (transaction: Transaction) => Promise<T>, tell?: TellOfChange): Promise<T>;
}

class GuardMissing extends Error {}

export function createAccountRepository(options: AccountRepositoryOptions): SqlAccountRepository {
  const { models, users, query, transactions, signInMethods, onOutbox, sealTokens } = options;

  function sealed(identity: VerifiedIdentity): string | undefined {
    return identity.tokens === undefined ? undefined : sealTokens?.(identity, identity.tokens);
  }

  async function hostMethods(userId: string, transaction?: Transaction): Promise<readonly SignInMethod[]> {
    const ids = (await signInMethods?.(userId, { transaction })) ?? [];
    return ids.map((id) => ({ id: `host:${id}` }));
  }

  /** `use`: it signs somebody in at once. */
  async function insertLink(
    userId: string,
    identity: VerifiedIdentity,
    { at, use, transaction }: { readonly at: Date; readonly use: boolean; readonly transaction: Transaction },
  ): Promise<SocialLink> {
    const { provider, subject, profile } = identity;
    const values = { userId, provider, subject, email: profile.email, name: profile.name, picture: profile.picture, linkedAt: at };
    const used = use ? { lastUsedAt: at, signIns: 1 } : {};
    if (!users.ownUsers) await query.forgetOrphan(identity, transaction);
    const tokens = sealed(identity);
    const row = await models.SocialLink.create({ ...values, ...used, tokens, identityKey: identityKey(identity) }, { transaction });
    return {
      ...values,
      id: String(row.get('id')),
      email: profile.email,
      name: profile.name,
      picture: profile.picture,
      lastUsedAt: used.lastUsedAt,
      sealedTokens: tokens,
    };
  }

  async function insertSession({ id, userId, linkId, at, provenAt, expiresAt }: NewSession, transaction: Transaction): Promise<void> {
    await models.RefreshToken.create(
      { id, userId, linkId: linkId ?? null, generation: 0, rotatedAt: at, createdAt: provenAt, expiresAt },
      { transaction },
    );
  }

  /** Runs with a journal, and says so after the commit if something was put into the outbox. */
  async function writing<T>(work: (transaction: Transaction, journal: Journal) => Promise<T>): Promise<T> {
    let enqueued = false;
    const result = await transactions.write((transaction) => {
      enqueued = false;
      return work(
        transaction,
        createJournal(models, transaction, () => {
          enqueued = true;
        }),
      );
    });
    if (enqueued) onOutbox();
    return result;
  }

  async function lockedAccount(
    userId: string,
    sessionId: string | undefined,
    transaction: Transaction,
    journal: Journal,
  ): Promise<LockedAccount> {
    // The first statement is a write: it locks on one server, collides at certification on a cluster, and turns a stale
    // snapshot into a conflict. A SELECT … FOR UPDATE does only the first of the three.
    const [changed] = await models.SignInGuard.update({ version: literal('version + 1') }, { where: { userId }, transaction });
    if (changed === 0) throw new GuardMissing();
    const found = await query.byId(userId, sessionId, transaction);
    if (found === undefined) throw new LatchkeyError('unauthenticated');
    return {
      ...journal,
      ...found,
      hostMethods: await hostMethods(userId, transaction),
      findLink: (identity) => query.linkOf(identity, transaction),
      insertLink: (identity, at) => insertLink(userId, identity, { at, use: false, transaction }),
      setPasswordHash: (passwordHash) => users.update(userId, { passwordHash }, transaction),
      async remove({ removing }) {
        if (removing.kind === 'password') return users.update(userId, { passwordHash: null }, transaction);
        const removed = await models.SocialLink.destroy({ where: { userId, provider: removing.provider }, transaction });
        if (removed !== 1) throw new Error(`${methodId(removing)} vanished under the lock`);
      },
      insertSession: (session) => insertSession(session, transaction),
      async detachSession(id) {
        await models.RefreshToken.update({ linkId: null }, { where: { id, userId }, transaction });
      },
      async revokeSessions(except, at) {
        const others = except === undefined ? {} : { id: { [Op.ne]: except } };
        await models.RefreshToken.update({ revokedAt: at }, { where: { userId, revokedAt: null, ...others }, transaction });
      },
    };
  }

  /** A host's users, and rows an operator wrote, have no guard row until they are first locked. */
  async function makeGuard(userId: string): Promise<void> {
    if ((await transactions.read(() => query.byId(userId))) === undefined) throw new LatchkeyError('unauthenticated');
    await transactions.write((transaction) => models.SignInGuard.bulkCreate([{ userId }], { ignoreDuplicates: true, transaction }));
  }

  async function lockedWith<T>(
    userId: string,
    sessionId: string | undefined,
    work: (locked: LockedAccount, transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const attempt = () =>
      writing(async (transaction, journal) => work(await lockedAccount(userId, sessionId, transaction, journal), transaction));
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof GuardMissing)) throw error;
      await makeGuard(userId);
      return await attempt();
    }
  }

  function signInTransaction(transaction: Transaction, journal: Journal): SignInTransaction {
    return {
      ...journal,
      async insertUser(user) {
        const id = await users.insert(user, transaction);
        await models.SignInGuard.create({ userId: id, version: 0 }, { transaction });
        const found = await query.byId(id, undefined, transaction);
        if (found === undefined) throw new Error('The user that was just made cannot be read');
        return found.account.user;
      },
      insertLink: (userId, identity, at) => insertLink(userId, identity, { at, use: true, transaction }),
      async touchLink(id, identity, at) {
        // MySQL counts only rows whose values change, and two sign-ins may share a moment: the counter always moves.
        const signIns = literal('sign_ins + 1');
        const tokens = sealed(identity);
        const changes = { lastUsedAt: at, signIns, ...(tokens === undefined ? {} : { tokens }) };
        const [changed] = await models.SocialLink.update(changes, { where: { id }, transaction });
        return changed === 1;
      },
      insertSession: (session) => insertSession(session, transaction),
    };
  }

  return {
    findAccount: (userId, sessionId) => transactions.read(() => query.byId(userId, sessionId)),
    findByIdentity: (identity) => transactions.read(() => query.byIdentity(identity)),
    findByEmail: (email) => transactions.read(() => query.byEmail(email)),
    hostMethods: (userId) => transactions.read(() => hostMethods(userId)),
    updateSettings: (userId, change) => transactions.write((transaction) => users.update(userId, change, transaction)),
    locked: (userId, sessionId, work) => lockedWith(userId, sessionId, work),
    guarded: (userId, usable, change, tell) =>
      lockedWith(userId, undefined, async (before, transaction) => {
        const result = await change(transaction);
        const found = await query.byId(userId, undefined, transaction);
        if (found === undefined) return result; // The host deleted the user, which locks nobody out.
        const after = { account: found.account, hostMethods: await hostMethods(userId, transaction) };
        const remaining = usableMethods(after.account, after.hostMethods, usable);
        const hadSome = usableMethods(before.account, before.hostMethods, usable).length > 0;
        if (hadSome && remaining.length === 0) throw new LatchkeyError('only_sign_in_method');
        await tell?.(before, before, after);
        return result;
      }),
    signIn: (work) => writing((transaction, journal) => work(signInTransaction(transaction, journal))),
    async audit(event, context) {
      await transactions.write((transaction) => models.AuditEvent.create(auditRow(event, context), { transaction }));
    },
    async recentSignIns(userId, limit) {
      const events = [
        'auth.oauth.sign_in.success',
        'auth.oauth.sign_in.failure',
        'auth.password.sign_in.success',
        'auth.password.sign_in.failure',
      ];
      const rows = await transactions.read(() =>
        models.AuditEvent.findAll({
          where: { userId, event: events },
          order: [
            ['createdAt', 'DESC'],
            ['id', 'DESC'],
          ],
          limit,
          raw: true,
          transaction: null,
        }),
      );
      return (rows as unknown as readonly Readonly<Record<string, string | null>>[]).map((row) => ({
        at: new Date(row.createdAt ?? 0),
        ip: row.ip ?? undefined,
        userAgent: row.userAgent ?? undefined,
        provider: row.provider ?? undefined,
        success: String(row.event).endsWith('.success'),
      }));
    },
  };
}
