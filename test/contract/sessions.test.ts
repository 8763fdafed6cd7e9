// What the storage of sessions promises: rotation has one winner, and what is over stays over, on every database.

import { expect } from 'chai';
import type { NewSession } from '../../lib/accounts/session-ports.js';
import { describeStorage } from '../support/storage-stage.js';
import { AT, HOUR_MS, newSession, type StoredPerson, storedPerson } from '../support/stored-people.js';

const CALLERS = 16;

describeStorage('The storage of sessions', (stage) => {
  const later = (ms: number) => new Date(AT.getTime() + ms);
  const find = async (id: string) => (await stage().there.sessions.find(id))?.session;

  async function opened(more: Partial<NewSession> = {}): Promise<StoredPerson & { readonly session: NewSession }> {
    const person = await storedPerson(stage().here);
    const session = newSession(person.user.id, { linkId: person.links[0]?.id, ...more });
    await stage().here.accounts.signIn((transaction) => transaction.insertSession(session));
    return { ...person, session };
  }

  it('finds a session with its user and the provider it was opened through, in any process', async () => {
    const expiresAt = new Date('2034-12-31T23:59:59.999Z');
    const { user, links, session } = await opened({ expiresAt, authenticatedAt: later(-HOUR_MS) });
    const { id, userId, linkId } = session;
    const facts = { id, userId, linkId, generation: 0, stateVersion: 0, expiresAt, revokedAt: undefined };
    const times = { createdAt: AT, authenticatedAt: later(-HOUR_MS), rotatedAt: AT, lastSeenAt: AT };
    const found = await stage().there.sessions.find(id);
    expect(found).to.deep.include({ session: { ...facts, ...times }, user, provider: links[0]?.provider });
    expect(Number(found?.readAt), "by the database's clock").to.be.closeTo(Date.now(), 60_000);
    const { session: byPassword } = await opened({ linkId: undefined });
    expect(await stage().there.sessions.find(byPassword.id)).to.deep.include({ provider: undefined });
  });

  it('knows no session that nobody opened', async () => {
    for (const id of [newSession('1').id, '', "' OR '1'='1", 'é'.repeat(36)])
      expect(await stage().here.sessions.find(id)).to.equal(undefined);
  });

  it('tells that its user was banned meanwhile', async () => {
    const { user, session } = await opened();
    await stage().run("UPDATE users SET status = 'manual_banned' WHERE id = :id", { id: user.id });
    expect((await stage().there.sessions.find(session.id))?.user.status).to.equal('manual_banned');
  });

  it('moves on from the current generation, and from no other', async () => {
    const { session } = await opened();
    const expiresAt = later(HOUR_MS);
    const rotate = (generation: number, at: Date) => stage().here.sessions.rotate(session.id, generation, at, expiresAt);
    expect([await rotate(0, later(1)), await rotate(0, later(2)), await rotate(2, later(3))]).to.deep.equal([true, false, false]);
    expect(await find(session.id)).to.deep.include({ generation: 1, rotatedAt: later(1), lastSeenAt: later(1), expiresAt, createdAt: AT });
    expect(await rotate(1, later(1)), 'within the same moment').to.equal(true);
    expect(await find(session.id)).to.deep.include({ generation: 2, rotatedAt: later(1) });
  });

  it(`moves on once, of ${CALLERS} who ask at once`, async () => {
    for (const generation of [0, 1, 2]) {
      const { session } = await opened();
      for (let step = 0; step < generation; step += 1) await stage().here.sessions.rotate(session.id, step, AT, session.expiresAt);
      const asked = Array.from({ length: CALLERS }, (_, n) =>
        (n % 2 === 0 ? stage().here : stage().there).sessions.rotate(session.id, generation, later(n), session.expiresAt),
      );
      expect((await Promise.all(asked)).filter(Boolean)).to.have.length(1);
      expect(await find(session.id)).to.include({ generation: generation + 1 });
    }
  });

  it('does not move on once the session has ended, whichever comes first', async () => {
    const { session } = await opened();
    await stage().here.sessions.revoke(session.id, later(5));
    expect(await stage().there.sessions.rotate(session.id, 0, later(6), session.expiresAt)).to.equal(false);
    expect(await find(session.id)).to.deep.include({ generation: 0, revokedAt: later(5) });
    for (let round = 0; round < 8; round += 1) {
      const { session: contested } = await opened();
      await Promise.all([
        stage().here.sessions.revoke(contested.id, later(5)),
        stage().there.sessions.rotate(contested.id, 0, later(6), contested.expiresAt),
      ]);
      expect(await find(contested.id)).to.deep.include({ revokedAt: later(5) });
    }
  });

  it('marks a session as used, and brings none back by that', async () => {
    const { session } = await opened();
    await stage().here.sessions.touch(session.id, later(7));
    expect(await find(session.id)).to.deep.include({ lastSeenAt: later(7), rotatedAt: AT, generation: 0, revokedAt: undefined });
    await stage().here.sessions.revoke(session.id, later(8));
    await stage().there.sessions.touch(session.id, later(9));
    expect(await find(session.id)).to.deep.include({ lastSeenAt: later(7), revokedAt: later(8) });
  });

  it('tells which sessions a user has, by what client each was opened, the last used first', async () => {
    const client = { ip: '2001:db8::7', userAgent: `Mozilla/5.0 ${'x'.repeat(300)}\n` };
    const { user, session, sessionId } = await opened({ kind: 'cookie', client, authenticatedAt: later(-HOUR_MS) });
    await opened();
    await stage().here.sessions.touch(session.id, later(9));
    const first = await stage().there.sessions.listOf(user.id);
    const unknown = { kind: undefined, ip: undefined, userAgent: undefined };
    expect(first).to.deep.equal([
      { id: session.id, kind: 'cookie', ip: client.ip, userAgent: client.userAgent.slice(0, 255), createdAt: AT, lastSeenAt: later(9) },
      { id: sessionId, ...unknown, createdAt: AT, lastSeenAt: AT },
    ]);
    await stage().here.sessions.revoke(session.id, later(10));
    expect((await stage().there.sessions.listOf(user.id)).map(({ id }) => id)).to.deep.equal([sessionId]);
    await stage().run('UPDATE refresh_tokens SET expires_at = 1 WHERE id = :sessionId', { sessionId });
    expect(await stage().there.sessions.listOf(user.id)).to.deep.equal([]);
    expect(await stage().there.sessions.listOf('nobody')).to.deep.equal([]);
  });

  it("ends one session of a user's under the lock, once, and nobody else's", async () => {
    const [{ user, session }, other] = [await opened(), await opened()];
    const end = (id: string) => stage().here.accounts.locked(user.id, {}, (locked) => locked.endSession(id, new Date()));
    const answers = [await end(session.id), await end(session.id), await end(other.session.id), await end(newSession('1').id)];
    expect(answers).to.deep.equal([true, false, false, false]);
    expect((await find(other.session.id))?.revokedAt).to.equal(undefined);
  });

  it('ends every session but one, which goes on with the tokens it has', async () => {
    const { user, session } = await opened();
    const end = (except: string | undefined) =>
      stage().here.accounts.locked(user.id, {}, (locked) => locked.endOtherSessions(except, new Date()));
    const other = await opened();
    expect(await end(session.id), 'the one that the person came with').to.equal(1);
    expect(await find(session.id)).to.include({ revokedAt: undefined, stateVersion: 0 });
    expect([await end(undefined), await end(undefined)]).to.deep.equal([1, 0]);
    expect((await find(other.session.id))?.revokedAt).to.equal(undefined);
  });

  it('ends a session at the first time, and that one alone', async () => {
    const [{ session }, other] = [await opened(), await opened()];
    await stage().here.sessions.revoke(session.id, later(1));
    await stage().there.sessions.revoke(session.id, later(2));
    await stage().there.sessions.revoke('00000000-0000-4000-8000-000000000000', later(3));
    expect(await find(session.id)).to.deep.include({ revokedAt: later(1) });
    expect(await find(other.session.id)).to.deep.include({ revokedAt: undefined });
  });

  it('loses a session with the link it was opened through, or with its user', async () => {
    const [one, other] = [await opened(), await opened()];
    await stage().run('DELETE FROM social_links WHERE id = :id', { id: one.session.linkId });
    await stage().run('DELETE FROM users WHERE id = :id', { id: other.user.id });
    expect([await find(one.session.id), await find(other.session.id)]).to.deep.equal([undefined, undefined]);
  });
});
