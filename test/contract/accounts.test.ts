// What the accounts repository promises of sign-ins and of what it reads, on every database.

import { expect } from 'chai';
import type { VerifiedIdentity } from '../../lib/accounts/types.js';
import { ConstraintViolation } from '../../lib/accounts/until-settled.js';
import type { Storage } from '../../lib/plugin/storage.js';
import { person } from '../support/person.js';
import { describeStorage } from '../support/storage-stage.js';
import { AT, CONTEXT, HOUR_MS, identity, mailTo, newSession, newUser, rejection, storedPerson } from '../support/stored-people.js';

describeStorage('The accounts repository', (stage) => {
  const countOf = async (sql: string, replacements: Record<string, unknown>) =>
    Number((await stage().query<{ n: number }>(`SELECT COUNT(*) AS n ${sql}`, replacements))[0]?.n);

  /** What there is about somebody who signs in for the first time. */
  async function traces(email: string, { subject }: VerifiedIdentity): Promise<readonly number[]> {
    return [
      await countOf('FROM users WHERE email = :email', { email }),
      await countOf('FROM social_links WHERE subject = :subject', { subject }),
      await countOf('FROM refresh_tokens WHERE user_id IN (SELECT id FROM users WHERE email = :email)', { email }),
      await countOf('FROM audit_events WHERE provider = :subject', { subject }),
      await countOf('FROM outbox_messages WHERE message LIKE :email', { email: `%${email}%` }),
    ];
  }

  /** Everything that a first sign-in writes. */
  const firstSignIn = ({ accounts }: Storage, email: string, who: VerifiedIdentity, last: () => Promise<void> = async () => undefined) =>
    accounts.signIn(async (transaction) => {
      const user = await transaction.insertUser(newUser({ email }));
      const link = await transaction.insertLink(user.id, who, AT);
      await transaction.insertSession(newSession(user.id, { linkId: link.id }));
      await transaction.audit({ event: 'auth.oauth.sign_in.success', userId: user.id, provider: who.subject }, CONTEXT);
      await transaction.mail(mailTo(email));
      await last();
      return { user, link };
    });

  describe('keeps a first sign-in', () => {
    it('whole: user, link, session, audit row and mail, for every process', async () => {
      const [{ email }, who, told] = [person(), identity(), stage().told()];
      const { user, link } = await firstSignIn(stage().here, email, who);
      expect(await traces(email, who)).to.deep.equal([1, 1, 1, 1, 1]);
      expect(stage().told()).to.equal(told + 1);
      expect(await stage().there.accounts.findByIdentity(who)).to.deep.equal({ user, link: { ...link, lastUsedAt: AT } });
      expect((await stage().there.accounts.findAccount(user.id))?.account).to.deep.equal({ user, links: [link] });
      expect(await stage().there.accounts.findByAddress(email)).to.deep.equal([user]);
    });

    it('not at all when its last step fails, and nobody is told of mail', async () => {
      const [{ email }, who, told, failure] = [person(), identity(), stage().told(), new RangeError('the last step')];
      const work = firstSignIn(stage().here, email, who, async () => {
        throw failure;
      });
      expect(await rejection(work)).to.equal(failure);
      expect(await traces(email, who)).to.deep.equal([0, 0, 0, 0, 0]);
      expect(stage().told()).to.equal(told);
    });

    it('as it was told: every letter, every millisecond, and nothing where nothing was told', async () => {
      const [begun, who] = [Date.now(), identity('acme', `subject-'"\\%_-${person().sub}`)];
      const told = {
        emailVerified: true,
        email: 'Ünï@exämple.test',
        name: `🔑 ${'密'.repeat(250)}`,
        picture: `https://a.test/${'p'.repeat(2000)}`,
      };
      const nickname = `Zoë "O'Hara" \\ 🧑‍🚀 ${'x'.repeat(200)}`;
      const { user, link } = await stage().here.accounts.signIn(async (transaction) => {
        const made = await transaction.insertUser(newUser({ nickname, language: 'zh-Hant-TW', emailVerified: false }));
        return { user: made, link: await transaction.insertLink(made.id, { ...who, profile: told }, AT) };
      });
      const found = await stage().there.accounts.findByIdentity(who);
      expect(found?.user).to.deep.equal(user);
      expect(found?.user).to.include({ nickname, language: 'zh-Hant-TW', emailVerified: false, status: 'active', credit: 0, avatar: '' });
      expect(found?.user.group).to.include({ id: 2, name: 'User' });
      expect(Number(found?.user.createdAt)).to.be.within(begun, Date.now());
      expect(found?.link).to.include({ provider: who.provider, subject: who.subject, userId: user.id });
      expect(found?.link).to.include({ email: told.email, name: told.name, picture: told.picture });
      expect([found?.link.linkedAt, found?.link.lastUsedAt, link.linkedAt]).to.deep.equal([AT, AT, AT]);

      const bare = identity();
      await stage().here.accounts.signIn(async (transaction) => {
        const made = await transaction.insertUser(newUser({ email: undefined }));
        await transaction.insertLink(made.id, bare, AT);
      });
      const nothing = await stage().there.accounts.findByIdentity(bare);
      expect(nothing?.user).to.include({ email: undefined, passwordHash: undefined });
      expect(nothing?.link).to.include({ email: undefined, name: undefined, picture: undefined, sealedTokens: undefined });
    });

    it('once, of two that come at once with the same identity or the same address', async () => {
      const withoutLink = () => countOf('FROM users u WHERE NOT EXISTS (SELECT 1 FROM social_links l WHERE l.user_id = u.id)', {});
      const before = await withoutLink();
      for (let round = 0; round < 8; round += 1) {
        const [{ email }, who] = [person(), identity()];
        const sameIdentity = [stage().here, stage().there].map((storage) => firstSignIn(storage, person().email, who));
        const sameAddress = [stage().here, stage().there].map((storage) => firstSignIn(storage, email, identity()));
        for (const two of [await Promise.allSettled(sameIdentity), await Promise.allSettled(sameAddress)]) {
          const refused = two.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
          expect(refused).to.have.length(1);
          expect(refused[0]).to.be.instanceOf(ConstraintViolation);
        }
        expect(await countOf('FROM social_links WHERE subject = :subject', { ...who })).to.equal(1);
        expect(await countOf('FROM users WHERE email = :email', { email })).to.equal(1);
      }
      expect(await withoutLink(), 'what is left of those who came too late').to.equal(before);
    });
  });

  describe('tells people apart', () => {
    it('by the bytes of their subject and by their provider, and by nothing less', async () => {
      const stem = person().sub;
      const subjects = [
        'abc',
        'ABC',
        'Abc',
        'ábc',
        'abc ',
        ' abc',
        'a\u0301bc',
        'ａbc',
        'abc\u200b',
        'ß',
        'ss',
        '١',
        '1',
        '🔑',
        '🔒',
        'a'.repeat(200),
      ];
      const identities = ['google', 'acme'].flatMap((provider) => subjects.map((subject) => identity(provider, stem + subject)));
      const made: string[] = [];
      for (const who of identities) made.push((await firstSignIn(stage().here, person().email, who)).user.id);
      expect(new Set(made).size).to.equal(identities.length);
      const found = await Promise.all(identities.map((who) => stage().there.accounts.findByIdentity(who)));
      expect(found.map((each) => each?.user.id)).to.deep.equal(made);
      expect(found.map((each) => each?.link.subject)).to.deep.equal(identities.map(({ subject }) => subject));
      expect(await stage().there.accounts.findByIdentity(identity('google', `${stem}abcd`))).to.equal(undefined);
    });

    it('by the namespace of their subject, too; links of before it was kept by the subject alone', async () => {
      const { here, there } = stage();
      const subject = person().sub;
      const [legacy, ...others] = [undefined, 'https://a.test', 'https://b.test'].map((namespace) => ({
        ...identity('acme', subject),
        namespace,
      }));
      const [a, b] = others;
      if (legacy === undefined || a === undefined || b === undefined) throw new RangeError('Three were made');
      const userOf = async (who: VerifiedIdentity) => (await there.accounts.findByIdentity(who))?.user.id;
      const first = await firstSignIn(here, person().email, legacy);
      expect([await userOf(a), await userOf(b), await userOf(legacy)]).to.deep.equal(Array(3).fill(first.user.id));
      await here.recordOrigins(new Map([['acme', { namespaces: ['https://a.test'] }]]));
      expect([await userOf(a), await userOf(b)]).to.deep.equal([first.user.id, undefined]);
      const second = await firstSignIn(here, person().email, b);
      expect([await userOf(a), await userOf(b)]).to.deep.equal([first.user.id, second.user.id]);
      const signedIn = { ...a, hostedDomain: 'a.test' };
      expect(await here.accounts.signIn((transaction) => transaction.touchLink(first.link.id, signedIn, AT))).to.equal(true);
      expect((await there.accounts.findByIdentity(a))?.link).to.include({ namespace: 'https://a.test', hostedDomain: 'a.test' });
      expect([await userOf(b), await userOf(legacy)]).to.deep.equal([second.user.id, undefined]);
      const taken = firstSignIn(here, person().email, a);
      expect(await rejection(taken)).to.be.instanceOf(ConstraintViolation);
    });

    it('by the namespace that their provider had when a link without one was written, whatever it has later', async () => {
      const { here, there } = stage();
      const at = (...namespaces: string[]) => here.recordOrigins(new Map([['moving', { namespaces }]]));
      const written = async () => {
        const who = { ...identity('moving'), namespace: undefined };
        return { who, userId: (await firstSignIn(here, person().email, who)).user.id };
      };
      const ownersOf = ({ who }: Awaited<ReturnType<typeof written>>) =>
        Promise.all(
          ['https://a.test', 'https://b.test'].map(
            async (namespace) => (await there.accounts.findByIdentity({ ...who, namespace }))?.user.id,
          ),
        );
      const before = await written();
      expect(await ownersOf(before)).to.deep.equal([before.userId, before.userId]);
      await at('https://a.test');
      await at('https://a.test');
      const atA = await written();
      await at('https://b.test');
      const atB = await written();
      await at('https://a.test', 'https://b.test');
      const atBoth = await written();
      await at('https://a.test');
      await at('https://b.test');
      const again = await written();
      const found = await Promise.all([before, atA, atB, atBoth, again].map(ownersOf));
      expect(found).to.deep.equal([
        [before.userId, undefined],
        [atA.userId, undefined],
        [undefined, atB.userId],
        [atBoth.userId, atBoth.userId],
        [undefined, again.userId],
      ]);
      const links = await Promise.all(
        [before, atB, atBoth].map(async ({ userId }) => (await there.accounts.findAccount(userId))?.account.links[0]),
      );
      expect(links.map((link) => link?.namespace)).to.deep.equal(['https://a.test', 'https://b.test', undefined]);
      expect(await here.models.LinkOrigin.count({ where: { provider: 'moving' } })).to.equal(5);
    });

    it('by their address in any spelling of its letters, and by nothing less', async () => {
      const at = `@${person().sub}.test`;
      const addresses = ['jose', 'josé', 'strasse', 'a_b', 'axb', 'a%b', "o'hara", 'a&b'].map((name) => name + at);
      const made: string[] = [];
      for (const email of addresses) made.push((await storedPerson(stage().here, { email })).user.id);
      for (const [n, email] of addresses.entries()) {
        for (const spelling of [email, email.toUpperCase()]) {
          const found = await stage().there.accounts.findByAddress(spelling);
          expect(
            found.map(({ id }) => id),
            spelling,
          ).to.deep.equal([made[n]]);
          const taken = stage().here.accounts.signIn((transaction) => transaction.insertUser(newUser({ email: spelling })));
          expect(await rejection(taken), spelling).to.be.instanceOf(ConstraintViolation);
        }
      }
      expect(await stage().there.accounts.findByAddress(`nobody${at}`)).to.deep.equal([]);
    });

    it('also where they have no address', async () => {
      const [one, other] = [await storedPerson(stage().here, { email: undefined }), await storedPerson(stage().here, { email: undefined })];
      expect(one.user.id).to.not.equal(other.user.id);
    });
  });

  it('refuses a second link of one provider, and takes back what came with it', async () => {
    const { user } = await storedPerson(stage().here);
    const second = identity('google');
    const work = stage().here.accounts.signIn(async (transaction) => {
      await transaction.insertSession(newSession(user.id));
      await transaction.insertLink(user.id, second, AT);
    });
    expect(await rejection(work)).to.be.instanceOf(ConstraintViolation);
    expect(await stage().there.accounts.findByIdentity(second)).to.equal(undefined);
    expect(await countOf('FROM refresh_tokens WHERE user_id = :id', { id: user.id })).to.equal(1);
  });

  it('marks every sign-in by a link, also of the same moment, and says when the link is gone', async () => {
    const { links } = await storedPerson(stage().here);
    const [link] = links;
    if (link === undefined) throw new TypeError('There is a link');
    const touch = (at: Date) => stage().there.accounts.signIn((transaction) => transaction.touchLink(link.id, identity(), at));
    const later = new Date(AT.getTime() + 1);
    expect([await touch(AT), await touch(AT), await touch(later)]).to.deep.equal([true, true, true]);
    expect((await stage().here.accounts.findByIdentity(link))?.link.lastUsedAt).to.deep.equal(later);
    await stage().run('DELETE FROM social_links WHERE id = :id', { id: link.id });
    expect(await touch(later)).to.equal(false);
  });

  it('keeps the tokens of a link sealed, and the old ones where a sign-in brings none', async () => {
    let count = 0;
    const { accounts } = stage().open({ sealTokens: ({ subject }) => `sealed-${++count}-${subject}-${'t'.repeat(4000)}` });
    const who = identity();
    const tokens = { accessToken: 'secret-access', refreshToken: undefined };
    const link = await accounts.signIn(async (transaction) => {
      const user = await transaction.insertUser(newUser());
      return await transaction.insertLink(user.id, { ...who, tokens }, AT);
    });
    const sealed = async () => (await stage().there.accounts.findByIdentity(who))?.link.sealedTokens?.replace(/-t+$/, '');
    expect(await sealed()).to.equal(`sealed-1-${who.subject}`);
    await accounts.signIn((transaction) => transaction.touchLink(link.id, who, AT));
    expect(await sealed()).to.equal(`sealed-1-${who.subject}`);
    await accounts.signIn((transaction) => transaction.touchLink(link.id, { ...who, tokens }, AT));
    expect(await sealed()).to.equal(`sealed-2-${who.subject}`);
  });

  it('finds an account with its links in their order, and with a session of its own only', async () => {
    const { user, links, sessionId } = await storedPerson(stage().here, { providers: ['oidc', 'acme', 'google'] });
    const other = await storedPerson(stage().here);
    const found = await stage().there.accounts.findAccount(user.id, sessionId);
    expect(found?.account.links.map(({ id }) => id)).to.deep.equal(links.map(({ id }) => id));
    expect(found?.session).to.include({ id: sessionId, userId: user.id, linkId: links[0]?.id, generation: 0, revokedAt: undefined });
    expect([found?.session?.rotatedAt, found?.session?.createdAt]).to.deep.equal([AT, AT]);
    expect((await stage().there.accounts.findAccount(user.id, other.sessionId))?.session).to.equal(undefined);
    expect((await stage().there.accounts.findAccount(user.id, "' OR '1'='1"))?.session).to.equal(undefined);
    expect(await stage().there.accounts.findAccount('123456789')).to.equal(undefined);
  });

  it('changes the settings that were given, and no others', async () => {
    const { user } = await storedPerson(stage().here);
    await stage().here.accounts.updateSettings(user.id, { nickname: '名字 🧑', preferredTheme: '#1a2b3c' });
    await stage().here.accounts.updateSettings(user.id, { nickname: '名字 🧑', preferredTheme: '#1a2b3c' });
    const changed = { ...user, nickname: '名字 🧑', preferredTheme: '#1a2b3c' };
    expect((await stage().there.accounts.findAccount(user.id))?.account.user).to.deep.equal(changed);
    await stage().here.accounts.updateSettings(user.id, {});
    expect((await stage().there.accounts.findAccount(user.id))?.account.user).to.deep.equal(changed);
  });

  it('writes down what a client sends, tamed and cut to what fits', async () => {
    const { user } = await storedPerson(stage().here);
    const userAgent = `\u0000\n\u2028${'🔑'.repeat(200)}`;
    const detail = { reason: 'x'.repeat(5000) };
    const context = { correlationId: CONTEXT.correlationId, ip: '::1', userAgent };
    await stage().here.accounts.audit({ event: 'auth.oauth.link.failure', userId: user.id, provider: 'p'.repeat(99), detail }, context);
    const [row] = await stage().query<Record<string, unknown>>('SELECT * FROM audit_events WHERE user_id = :id', { id: user.id });
    expect(row).to.include({
      event: 'auth.oauth.link.failure',
      ip: '::1',
      provider: 'p'.repeat(64),
      correlation_id: context.correlationId,
    });
    expect(String(row?.user_agent))
      .to.match(/^\?\?\?(🔑)+/u)
      .and.have.length(255);
    expect(String(row?.detail)).to.have.length(2000);
  });

  it('tells the last sign-ins of a user, newest first, also of one moment', async () => {
    const [{ user }, other] = [await storedPerson(stage().here), await storedPerson(stage().here)];
    const note = (
      userId: string,
      event: 'auth.oauth.sign_in.success' | 'auth.password.sign_in.failure' | 'auth.oauth.link.success',
      provider?: string,
    ) => stage().here.accounts.audit({ event, userId, provider }, CONTEXT);
    for (const provider of ['a', 'b', 'c']) await note(user.id, 'auth.oauth.sign_in.success', provider);
    await note(user.id, 'auth.password.sign_in.failure');
    await note(user.id, 'auth.oauth.link.success', 'd');
    await note(other.user.id, 'auth.oauth.sign_in.success', 'e');
    await stage().here.models.AuditEvent.update({ createdAt: AT }, { where: { userId: user.id } });
    const told = await stage().there.accounts.recentSignIns(user, 3);
    expect(told.map(({ provider, success }) => [provider, success])).to.deep.equal([
      [undefined, false],
      ['c', true],
      ['b', true],
    ]);
    expect(told[0]).to.deep.include({ at: AT, ip: CONTEXT.ip, userAgent: CONTEXT.userAgent });
  });

  it('forgets links, sessions and guard of a user who is deleted, and keeps what was written down', async () => {
    const { user, links, sessionId } = await storedPerson(stage().here, { providers: ['google', 'oidc'] });
    await stage().here.accounts.audit({ event: 'auth.oauth.sign_in.success', userId: user.id }, CONTEXT);
    await stage().run('DELETE FROM users WHERE id = :id', { id: user.id });
    expect(await stage().there.accounts.findAccount(user.id, sessionId)).to.equal(undefined);
    for (const link of links) expect(await stage().there.accounts.findByIdentity(link)).to.equal(undefined);
    const left = ['social_links', 'refresh_tokens', 'sign_in_guards', 'audit_events'].map((table) =>
      countOf(`FROM ${table} WHERE user_id = :id`, { id: user.id }),
    );
    expect(await Promise.all(left)).to.deep.equal([0, 0, 0, 1]);
  });

  it('reads an account and a session in one statement', async () => {
    const statements: string[] = [];
    const { accounts } = stage().open({}, (sql) => statements.push(sql));
    const { user, sessionId } = await storedPerson(stage().here, { providers: ['google', 'oidc'] });
    await accounts.findAccount(user.id); // The first connection may have statements of its own.
    statements.length = 0;
    expect((await accounts.findAccount(user.id, sessionId))?.session?.expiresAt.getTime()).to.be.closeTo(Date.now() + HOUR_MS, 60_000);
    expect(statements).to.have.length(1);
  });
});
