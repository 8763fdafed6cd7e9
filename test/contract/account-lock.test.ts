// What the accounts repository promises of the lock: one change of a person's ways in at a time, and never the last one taken, on every database.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { literal, QueryTypes, Sequelize } from 'sequelize';
import { askPermit, confirmRemoval, PASSWORD, type Removable } from '../../lib/accounts/anti-lockout.js';
import { LatchkeyError } from '../../lib/accounts/errors.js';
import type { LockedAccount } from '../../lib/accounts/ports.js';
import type { User } from '../../lib/accounts/types.js';
import { ConstraintViolation } from '../../lib/accounts/until-settled.js';
import { openStorage, type Storage } from '../../lib/plugin/storage.js';
import { describeStorage } from '../support/storage-stage.js';
import { ALL_WORK, AT, CONTEXT, identity, mailTo, newSession, rejection, storedPerson } from '../support/stored-people.js';

const ROUNDS = 12;

const linkOf = (provider: string): Removable => ({ kind: 'link', provider });
const codeOf = (error: unknown) => (error instanceof LatchkeyError ? error.code : error);

/** As the core removes: asked early, and again under the lock. */
async function remove({ accounts }: Storage, userId: string, removing: Removable): Promise<void> {
  const found = await accounts.findAccount(userId);
  if (found === undefined) throw new TypeError('There is such a user');
  const permit = await askPermit(found.account, removing, accounts, ALL_WORK);
  await accounts.locked(userId, {}, async (locked) => locked.remove(await confirmRemoval(locked, permit, ALL_WORK)));
}

describeStorage('The lock of an account', (stage, kind) => {
  const both = () => [stage().here, stage().there] as const;
  const accountOf = async ({ id }: User) => (await stage().there.accounts.findAccount(id))?.account;
  const countOf = async (sql: string, replacements: Record<string, unknown>) =>
    Number((await stage().query<{ n: number }>(`SELECT COUNT(*) AS n ${sql}`, replacements))[0]?.n);

  /** What is said to the database for one change under the lock. */
  async function statementsOf(open: (logSql: (sql: string) => void) => Storage): Promise<readonly string[]> {
    const statements: string[] = [];
    const storage = open((sql) => statements.push(sql.replace(/^Executing \([^)]*\): /, '')));
    const { user } = await storedPerson(storage);
    statements.length = 0;
    await storage.accounts.locked(user.id, {}, async (locked) => locked.setPasswordHash('hash'));
    return statements;
  }

  it('is taken by a write before anything is read', async () => {
    const statements = await statementsOf((logSql) => stage().open({}, logSql));
    const begin = statements.findIndex((sql) => /^(?:BEGIN|START TRANSACTION)/.test(sql));
    expect(statements[begin + 1]).to.match(/^UPDATE ["`]sign_in_guards["`] SET ["`]?version["`]?\s*=\s*version \+ 1 WHERE/);
    expect(statements[begin + 2]).to.match(/^SELECT/);
    expect(statements.at(-1)).to.match(/^COMMIT/);
    if (kind === 'sqlite') expect(statements[begin]).to.match(/^BEGIN IMMEDIATE/);
    if (kind === 'postgres') expect(statements[begin]).to.match(/ISOLATION LEVEL READ COMMITTED/);
  });

  if (kind === 'mariadb') {
    it("is held at READ COMMITTED, which connections of the server's own were told when they were opened", async () => {
      const { here, sequelize } = stage();
      const { user } = await storedPerson(here);
      const sql = "SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')";
      const [level] = await here.accounts.guarded(user.id, ALL_WORK, (transaction) =>
        sequelize.query<{ Value: string }>(sql, { type: QueryTypes.SELECT, transaction }),
      );
      expect(level?.Value).to.equal('READ-COMMITTED');
    });

    it("is held at READ COMMITTED, which is said each time on a host's connections", async () => {
      const host = new Sequelize(stage().url.replace(/^mariadb:/, 'mysql:'), { dialect: 'mysql' });
      const statements = await statementsOf((logging) => {
        Object.assign((host as unknown as { options: object }).options, { logging });
        return openStorage({ sequelize: host });
      }).finally(() => host.close());
      expect(statements[0]).to.equal('SET TRANSACTION ISOLATION LEVEL READ COMMITTED;');
      expect(statements[1]).to.equal('START TRANSACTION;');
    });
  }

  // Behind the one writer of SQLite nobody can be halfway.
  if (kind !== 'sqlite')
    it('of two accounts is taken in the order of their ids, whichever is named first', async () => {
      const [one, other] = [await storedPerson(stage().here), await storedPerson(stage().here)];
      const [first, second] = [one.user.id, other.user.id];
      expect(Number(first)).to.be.lessThan(Number(second));
      const order: string[] = [];
      const pairs: Promise<unknown>[] = [];
      await stage().here.accounts.locked(first, {}, async () => {
        const pair = stage().there.accounts.lockedBoth([second, first], {}, async (locked, another) => {
          order.push(`${locked.account.user.id} and ${another.account.user.id}`);
        });
        pairs.push(pair);
        await pause(300);
        await stage().here.accounts.locked(second, {}, async () => void order.push('the second alone'));
      });
      await Promise.all(pairs);
      expect(order).to.deep.equal(['the second alone', `${second} and ${first}`]);
    });

  it('lets changes of one person happen one after the other, each on what the last one left', async () => {
    const { user } = await storedPerson(stage().here, { passwordHash: '0' });
    const count = ({ accounts }: Storage) =>
      accounts.locked(user.id, {}, async (locked) => {
        const seen = Number(locked.account.user.passwordHash);
        await pause(2);
        await locked.setPasswordHash(String(seen + 1));
      });
    await Promise.all(Array.from({ length: ROUNDS }, (_, n) => count(both()[n % 2 === 0 ? 0 : 1])));
    expect((await accountOf(user))?.user.passwordHash).to.equal(String(ROUNDS));
  });

  for (const [title, ways, removals] of [
    ['two links', { providers: ['google', 'oidc'] }, [linkOf('google'), linkOf('oidc')]],
    ['a password and a link', { providers: ['google'], passwordHash: 'hash' }, [PASSWORD, linkOf('google')]],
  ] as const) {
    it(`leaves one of ${title} to who gives both away at once`, async () => {
      const people = await Promise.all(Array.from({ length: ROUNDS }, () => storedPerson(stage().here, ways)));
      for (const { user } of people) {
        const [one, other] = removals;
        const outcomes = await Promise.allSettled([remove(stage().here, user.id, one), remove(stage().there, user.id, other)]);
        const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [codeOf(outcome.reason)] : []));
        expect(refused).to.deep.equal(['only_sign_in_method']);
        const left = await accountOf(user);
        expect([...(left?.links ?? []), ...(left?.user.passwordHash === undefined ? [] : ['password'])]).to.have.length(1);
      }
    });
  }

  it('gives an identity that two people link at once to one of them', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const [one, other, shared] = [await storedPerson(stage().here), await storedPerson(stage().here), identity('acme')];
      const link = ({ accounts }: Storage, { id }: User) => accounts.locked(id, {}, (locked) => locked.insertLink(shared, AT));
      const outcomes = await Promise.allSettled([link(stage().here, one.user), link(stage().there, other.user)]);
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(refused).to.have.length(1);
      expect(refused[0]).to.be.instanceOf(ConstraintViolation);
      const owner = outcomes[0]?.status === 'fulfilled' ? one : other;
      expect((await stage().there.accounts.findByIdentity(shared))?.user.id).to.equal(owner.user.id);
    }
  });

  it('is made for who has none yet, also for two at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { user } = await storedPerson(stage().here);
      await stage().run('DELETE FROM sign_in_guards WHERE user_id = :id', { id: user.id });
      const link = ({ accounts }: Storage, provider: string) =>
        accounts.locked(user.id, {}, (locked) => locked.insertLink(identity(provider), AT));
      await Promise.all([link(stage().here, 'acme'), link(stage().there, 'oidc')]);
      expect((await accountOf(user))?.links).to.have.length(3);
      expect(await countOf('FROM sign_in_guards WHERE user_id = :id', { id: user.id })).to.equal(1);
    }
  });

  it("is nobody's where there is no such user", async () => {
    const asked = stage().here.accounts.locked('123456789', {}, async () => 'never');
    expect(codeOf(await rejection(asked))).to.equal('unauthenticated');
    expect(await countOf('FROM sign_in_guards WHERE user_id = 123456789', {})).to.equal(0);
  });

  it('takes back everything when the work throws, and tells nobody of mail', async () => {
    const [{ user, sessionId }, told, failure] = [await storedPerson(stage().here), stage().told(), new RangeError('the last step')];
    const [before, linked] = [await accountOf(user), identity('acme')];
    const work = stage().here.accounts.locked(user.id, {}, async (locked) => {
      await locked.setPasswordHash('another hash');
      await locked.insertLink(linked, AT);
      await locked.revokeSessions(undefined, AT);
      await locked.audit({ event: 'auth.oauth.link.success', userId: user.id }, CONTEXT);
      await locked.mail(mailTo(String(user.email)));
      throw failure;
    });
    expect(await rejection(work)).to.equal(failure);
    expect(await accountOf(user)).to.deep.equal(before);
    expect((await stage().there.sessions.find(sessionId))?.session.revokedAt).to.equal(undefined);
    expect(await countOf('FROM audit_events WHERE user_id = :id', { id: user.id })).to.equal(0);
    expect(await countOf('FROM outbox_messages WHERE message LIKE :to', { to: `%${user.email}%` })).to.equal(0);
    expect(stage().told()).to.equal(told);
  });

  it('tells of mail once it is committed, once for all of it', async () => {
    const seen: Promise<number>[] = [];
    const { user } = await storedPerson(stage().here);
    const mails = () => countOf('FROM outbox_messages WHERE message LIKE :to', { to: `%${user.email}%` });
    const { accounts } = stage().open({ onOutbox: () => void seen.push(mails()) });
    await accounts.locked(user.id, {}, async (locked) => {
      await locked.mail(mailTo(String(user.email)));
      await locked.mail(mailTo(String(user.email)));
    });
    expect(await Promise.all(seen)).to.deep.equal([2]);
    await accounts.locked(user.id, {}, async (locked) => locked.setPasswordHash('hash'));
    expect(seen).to.have.length(1);
  });

  it('refuses a taken identity and a second link of a provider, and takes back what came with it', async () => {
    const [{ user }, other] = [await storedPerson(stage().here), await storedPerson(stage().here, { providers: ['oidc'] })];
    const [taken] = other.links;
    for (const refused of [{ ...identity('oidc'), subject: String(taken?.subject) }, identity('google')]) {
      const work = stage().here.accounts.locked(user.id, {}, async (locked) => {
        await locked.setPasswordHash('hash');
        await locked.insertLink(refused, AT);
      });
      expect(await rejection(work)).to.be.instanceOf(ConstraintViolation);
      const left = await accountOf(user);
      expect([left?.user.passwordHash, left?.links.length]).to.deep.equal([undefined, 1]);
    }
    expect((await stage().there.accounts.findByIdentity(identity('oidc', taken?.subject)))?.user.id).to.equal(other.user.id);
  });

  it('tells who has the identity that is asked for, whoever it is', async () => {
    const [{ user, links }, other] = [await storedPerson(stage().here), await storedPerson(stage().here)];
    const subjects = [links[0]?.subject, other.links[0]?.subject, String(links[0]?.subject).toUpperCase()];
    const holders = subjects.map((subject) =>
      stage().here.accounts.locked(user.id, { identity: identity('google', subject) }, async ({ holder }) => holder),
    );
    expect(await Promise.all(holders)).to.deep.equal([user.id, other.user.id, undefined]);
  });

  describe('removes a link', () => {
    it('with the sessions that were opened through it, but for one that was detached', async () => {
      const { user, links } = await storedPerson(stage().here, { providers: ['google', 'oidc'] });
      const [google, oidc] = links;
      const [gone, detached, otherLink, password] = [google?.id, google?.id, oidc?.id, undefined].map((linkId) =>
        newSession(user.id, { linkId }),
      );
      if (gone === undefined || detached === undefined || otherLink === undefined || password === undefined)
        throw new TypeError('Four sessions');
      await stage().here.accounts.locked(user.id, {}, async (locked) => {
        for (const session of [gone, detached, otherLink, password]) await locked.insertSession(session);
        await locked.detachSession(detached.id);
        const permit = await askPermit(locked.account, linkOf('google'), locked, ALL_WORK);
        await locked.remove(await confirmRemoval(locked, permit, ALL_WORK));
      });
      const found = await Promise.all([gone, detached, otherLink, password].map(({ id }) => stage().there.sessions.find(id)));
      expect(found.map((each) => each?.session.linkId ?? each?.session.userId)).to.deep.equal([undefined, user.id, oidc?.id, user.id]);
      expect(found.map((each) => each?.provider)).to.deep.equal([undefined, undefined, 'oidc', undefined]);
      expect((await accountOf(user))?.links.map(({ provider }) => provider)).to.deep.equal(['oidc']);
    });

    it("and not another person's of that provider", async () => {
      const [one, other] = [await storedPerson(stage().here, { passwordHash: 'hash' }), await storedPerson(stage().here)];
      await remove(stage().here, one.user.id, linkOf('google'));
      expect([(await accountOf(one.user))?.links.length, (await accountOf(other.user))?.links.length]).to.deep.equal([0, 1]);
    });
  });

  it('removes a password, so that there is none', async () => {
    const { user } = await storedPerson(stage().here, { passwordHash: 'hash' });
    await remove(stage().here, user.id, PASSWORD);
    expect((await accountOf(user))?.user.passwordHash).to.equal(undefined);
    expect(await countOf('FROM users WHERE id = :id AND password_hash IS NULL', { id: user.id })).to.equal(1);
  });

  it('ends every session but one, and none a second time', async () => {
    const { user, sessionId } = await storedPerson(stage().here);
    const [kept, other] = [newSession(user.id), newSession(user.id)];
    const stranger = await storedPerson(stage().here);
    const later = new Date(AT.getTime() + 1234);
    const revoke = (except: string | undefined, at: Date) =>
      stage().here.accounts.locked(user.id, {}, async (locked: LockedAccount) => {
        if (except === kept.id) for (const session of [kept, other]) await locked.insertSession(session);
        await locked.revokeSessions(except, at);
      });
    const revokedAt = async () => {
      const found = await Promise.all([sessionId, kept.id, other.id, stranger.sessionId].map((id) => stage().there.sessions.find(id)));
      return found.map((each) => each?.session.revokedAt);
    };
    await revoke(kept.id, AT);
    expect(await revokedAt()).to.deep.equal([AT, undefined, AT, undefined]);
    await revoke(undefined, later);
    expect(await revokedAt()).to.deep.equal([AT, later, AT, undefined]);
  });

  describe("under a change of the host's own", () => {
    const setHash = (storage: Storage, user: User, passwordHash: string | null) =>
      storage.accounts.guarded(user.id, ALL_WORK, async (transaction) => {
        await storage.models.User?.update({ passwordHash }, { where: { id: user.id }, transaction });
        return 'done';
      });

    it('takes it back when nothing would be left that works', async () => {
      const { user } = await storedPerson(stage().here, { providers: [], passwordHash: 'hash' });
      expect(codeOf(await rejection(setHash(stage().here, user, null)))).to.equal('only_sign_in_method');
      expect((await accountOf(user))?.user.passwordHash).to.equal('hash');
      expect(await setHash(stage().here, user, 'another')).to.equal('done');
      expect((await accountOf(user))?.user.passwordHash).to.equal('another');
    });

    it('leaves a way in, whichever of it and an unlink comes first', async () => {
      for (let round = 0; round < ROUNDS / 2; round += 1) {
        const { user } = await storedPerson(stage().here, { passwordHash: 'hash' });
        const outcomes = await Promise.allSettled([setHash(stage().here, user, null), remove(stage().there, user.id, linkOf('google'))]);
        const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [codeOf(outcome.reason)] : []));
        expect(refused).to.deep.equal(['only_sign_in_method']);
      }
    });

    it('commits what is told of it, or neither', async () => {
      const { user } = await storedPerson(stage().here, { passwordHash: 'hash' });
      const { here } = stage();
      const mails = () => countOf('FROM outbox_messages WHERE message LIKE :to', { to: `%${user.email}%` });
      const change = (nickname: string, told: () => void) =>
        here.accounts.guarded(
          user.id,
          ALL_WORK,
          (transaction) => here.models.User?.update({ nickname }, { where: { id: user.id }, transaction }) ?? Promise.reject(),
          async (journal, before, after) => {
            await journal.mail(mailTo(`${before.account.user.nickname} ${after.account.user.nickname} ${user.email}`));
            told();
          },
        );
      await change('first', () => undefined);
      expect([(await accountOf(user))?.user.nickname, await mails()]).to.deep.equal(['first', 1]);
      const failure = new RangeError('cannot be told');
      const failed = change('second', () => {
        throw failure;
      });
      expect(await rejection(failed)).to.equal(failure);
      expect([(await accountOf(user))?.user.nickname, await mails()]).to.deep.equal(['first', 1]);
    });

    it('lets the host delete the user', async () => {
      const { user } = await storedPerson(stage().here);
      const { here } = stage();
      await here.accounts.guarded(user.id, ALL_WORK, async (transaction) =>
        here.models.User?.destroy({ where: { id: user.id }, transaction }),
      );
      expect(await accountOf(user)).to.equal(undefined);
    });
  });

  // SQLite has one writer: nobody waits for a row there, and nobody loses a deadlock.
  if (kind !== 'sqlite') {
    it('of one person keeps no other one waiting', async () => {
      const [one, other] = [await storedPerson(stage().here), await storedPerson(stage().here)];
      const order: string[] = [];
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const slow = stage().here.accounts.locked(one.user.id, {}, async () => {
        await held;
        order.push('one');
      });
      await stage().there.accounts.locked(other.user.id, {}, async () => void order.push('other'));
      release();
      await slow;
      expect(order).to.deep.equal(['other', 'one']);
    });

    it('that loses a deadlock is taken again, and the change happens once', async () => {
      const [one, other] = [await storedPerson(stage().here), await storedPerson(stage().here)];
      let runs = 0;
      let meet: () => void = () => undefined;
      const met = new Promise<void>((resolve) => {
        meet = resolve;
      });
      const crossing = (storage: Storage, own: User, others: User) =>
        storage.accounts.guarded(own.id, ALL_WORK, async (transaction) => {
          runs += 1;
          if (runs === 2) meet();
          await met;
          await storage.models.SignInGuard.update({ version: literal('version + 100') }, { where: { userId: others.id }, transaction });
        });
      await Promise.all([crossing(stage().here, one.user, other.user), crossing(stage().there, other.user, one.user)]);
      expect(runs).to.be.at.least(3);
      const versions = await stage().query<{ version: number }>('SELECT version FROM sign_in_guards WHERE user_id IN (:ids)', {
        ids: [one.user.id, other.user.id],
      });
      expect(versions.map(({ version }) => version)).to.deep.equal([101, 101]);
    });
  }
});
