// A password counts as a way in only where the password door would let its owner in by it.

import { expect } from 'chai';
import { DataTypes } from 'sequelize';
import { emailKey } from '../../lib/accounts/keys.js';
import { argon2Hasher } from '../../lib/accounts/password-hasher.js';
import { LatchkeyError } from '../../lib/index.js';
import { createPublicIds } from '../../lib/tokens/public-ids.js';
import { keyBytes } from '../../models/binary-keys.js';
import { ApiClient } from '../support/client.js';
import { type HostScene, hostScene } from '../support/host-scene.js';
import type { HttpAnswer } from '../support/http-request.js';
import { OTHER_HASH, OTHER_PASSWORD, PASSWORD, PASSWORD_HASH } from '../support/passwords.js';
import { person } from '../support/person.js';
import { type DatabaseKind, databases, describeOn } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { type Member, openTestHost, type TestHost, type TestHostOptions } from '../support/test-host.js';
import { change, userIdOf } from './scenarios.js';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const LAST_WAY_IN = 40084;

const ids = createPublicIds('a-secret-for-tests-that-is-long-enough-0123456789');

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof LatchkeyError ? error.code : error),
  );

/** A host that keeps addresses as they are typed, and whose table forbids nothing. */
class Club {
  readonly host: TestHost;
  readonly #scene: HostScene;

  constructor(host: TestHost, scene: HostScene) {
    this.host = host;
    this.#scene = scene;
  }

  static async open(kind: DatabaseKind, scene: HostScene, { plugin, attributes, ...more }: Partial<TestHostOptions> = {}): Promise<Club> {
    const options: TestHostOptions = {
      ...{ providers: scene, database: kind, ...more },
      attributes: { email: { type: DataTypes.STRING(300) }, ...attributes },
      plugin: { localAccounts: true, currentUser: (req) => req.get('x-session-of'), ...plugin },
    };
    return new Club(await scene.closing(openTestHost(options)), scene);
  }

  add(email: string | null, passwordHash: string | null = PASSWORD_HASH): Promise<Member> {
    return this.host.Members.create({ email, passwordHash, nickname: 'Ann', plan: 'gold' });
  }

  /** What the member's own session asks for. */
  ask(member: Member, method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    return this.host.browser().call(method, path, body, { headers: { 'x-session-of': String(member.id) } });
  }

  async link(member: Member): Promise<void> {
    const browser = this.host.browser();
    const own = { headers: { 'x-session-of': String(member.id) } };
    const prepared = await browser.call('PUT', '/session/openid', { provider: 'google', linking: true }, own);
    const { code, state } = await this.#scene.google.approve(String(prepared.json?.data), person());
    const linked = await browser.call('POST', '/session/openid', { code, session_id: state, provider_id: 'google' }, own);
    expect(codeOf(linked), 'linked').to.equal(0);
  }

  /** In the words of the API: what comes of letting the only link go. */
  async unlink(member: Member): Promise<unknown> {
    return codeOf(await this.ask(member, 'DELETE', '/session/openid/google'));
  }

  /** Who comes in by this address and password; undefined for nobody. */
  async enter(email: string | null, password = PASSWORD): Promise<string | undefined> {
    const answer = await new ApiClient(this.host.base).call('POST', '/session/token', { email, password });
    const id: unknown = answer.json?.data?.user?.id;
    return typeof id === 'string' ? ids.userId(id) : undefined;
  }
}

const unique = () => person().sub;

describeOn(databases, 'The password of a member', (kind) => {
  const scene = hostScene();
  let club: Club;

  before(async function () {
    this.timeout(60_000);
    club = await Club.open(kind, scene);
  });

  const addresses: Readonly<Record<string, { readonly make: (name: string) => string | null; readonly opens: boolean }>> = {
    'as anybody has one': { make: (name) => `${name}@example.test`, opens: true },
    'in capitals': { make: (name) => `${name.toUpperCase()}@EXAMPLE.test`, opens: true },
    'with an umlaut': { make: (name) => `jörg.${name}@example.test`, opens: true },
    'with an umlaut in capitals': { make: (name) => `JÖRG.${name}@EXAMPLE.test`, opens: true },
    'with letters in parts': { make: (name) => `jo\u0308rg.${name}@example.test`, opens: true },
    'with two dots': { make: (name) => `a..b${name}@x.test`, opens: true },
    'at a host without a dot': { make: (name) => `${name}@localhost`, opens: true },
    'at a domain of other letters': { make: (name) => `${name}@Bücher.example`, opens: true },
    'with white space before it': { make: (name) => ` ${name}@example.test`, opens: false },
    'with white space after it': { make: (name) => `${name}@example.test `, opens: false },
    'with a name beside it': { make: (name) => `Ann <${name}@example.test>`, opens: false },
    'that is a name': { make: (name) => name, opens: false },
    'that is empty': { make: () => '', opens: false },
    'that is none': { make: () => null, opens: false },
    'longer than a mailbox may be': { make: (name) => `${name.padEnd(245, 'x')}@long.test`, opens: false },
  };

  for (const [title, { make, opens }] of Object.entries(addresses))
    it(`with an address ${title} ${opens ? 'opens the door, and so replaces the link' : 'opens nothing, and the link stays'}`, async () => {
      const email = make(unique());
      const member = await club.add(email);
      await club.link(member);
      expect(await club.enter(email)).to.equal(opens ? String(member.id) : undefined);
      expect(await club.unlink(member)).to.equal(opens ? 0 : LAST_WAY_IN);
      expect(await failureOf(club.host.keys.links.unlink(member.id, 'google'))).to.equal(opens ? 'not_linked' : 'only_sign_in_method');
    });

  it('is found in whatever letters its address is typed', async () => {
    for (const stored of [`JÖRG.${unique()}@Bücher.example`.toUpperCase(), `Jörg.${unique()}@BÜCHER.Example`]) {
      const member = await club.add(stored);
      for (const typed of [
        stored.toLowerCase(),
        stored.toUpperCase(),
        stored.normalize('NFD'),
        stored.toLowerCase().replace('bücher', 'xn--bcher-kva'),
      ])
        expect(await club.enter(typed), `${stored} by ${typed}`).to.equal(String(member.id));
    }
  });

  it('is each of two members’ own where their addresses differ in letters that are no difference', async () => {
    const name = unique();
    const [upper, lower] = [await club.add(`Kim.${name}@x.test`), await club.add(`kim.${name}@x.test`, OTHER_HASH)];
    for (const member of [upper, lower]) await club.link(member);
    // The lower one's may have signed up with a capital: what they type is not known.
    expect([await club.unlink(upper), await club.unlink(lower)]).to.deep.equal([0, LAST_WAY_IN]);
    expect(await club.enter(upper.email)).to.equal(String(upper.id));
    expect(await club.enter(lower.email, OTHER_PASSWORD)).to.equal(String(lower.id));
    expect(await club.enter(lower.email)).to.equal(String(upper.id));
    expect(await club.enter(`KIM.${name}@x.test`, OTHER_PASSWORD)).to.equal(String(lower.id));
  });

  it('is each of two members’ own also where they have the same one', async () => {
    const name = unique();
    const [upper, lower] = [await club.add(`Kim.${name}@x.test`), await club.add(`kim.${name}@x.test`)];
    for (const member of [lower, upper]) {
      await club.link(member);
      expect(await club.unlink(member)).to.equal(member === upper ? 0 : LAST_WAY_IN);
      expect(await club.enter(member.email)).to.equal(String(member.id));
    }
  });

  it('is that of the first of two members whose addresses differ in how a letter is composed, whichever way it is typed', async () => {
    const [composed, decomposed] = ((name) => [`j\u00f6rg.${name}@x.test`, `jo\u0308rg.${name}@x.test`] as const)(unique());
    const [first, second] = [await club.add(composed), await club.add(decomposed)];
    for (const member of [first, second]) await club.link(member);
    for (const typed of [composed, decomposed]) expect(await club.enter(typed)).to.equal(String(first.id));
    expect(await club.unlink(second)).to.equal(LAST_WAY_IN);
    expect(await club.unlink(first)).to.equal(0);
  });

  it('lets the second of two members with one address in, and replaces no link of theirs: the first may have the same', async () => {
    const email = `${unique()}@x.test`;
    const [first, second] = [await club.add(email), await club.add(email, OTHER_HASH)];
    for (const member of [first, second]) await club.link(member);
    expect(await club.enter(email, OTHER_PASSWORD)).to.equal(String(second.id));
    expect(await club.unlink(second)).to.equal(LAST_WAY_IN);
    expect(await club.unlink(first)).to.equal(0);
    expect(await club.enter(email)).to.equal(String(first.id));
  });

  it('does not go while it lets the second of two members with one address in, and nothing else does', async () => {
    const email = `${unique()}@x.test`;
    await club.add(email);
    const second = await club.add(email, OTHER_HASH);
    const remove = () => club.ask(second, 'PATCH', '/user/setting', { new_password: null, current_password: OTHER_PASSWORD });
    expect(codeOf(await remove())).to.equal(LAST_WAY_IN);
    const guarded = club.host.keys.links.guard(second.id, (transaction) => second.update({ passwordHash: null }, { transaction }));
    expect(await failureOf(guarded)).to.equal('only_sign_in_method');
    expect(await club.enter(email, OTHER_PASSWORD)).to.equal(String(second.id));
    await club.link(second);
    expect(codeOf(await remove())).to.equal(0);
  });

  it('counts for nothing behind so many with one address that the door does not come to it', async () => {
    const email = `${unique()}@x.test`;
    for (let n = 0; n < 4; n += 1) await club.add(email, OTHER_HASH);
    const fifth = await club.add(email);
    await club.link(fifth);
    expect(await club.enter(email)).to.equal(undefined);
    expect(await club.unlink(fifth)).to.equal(LAST_WAY_IN);
  });

  for (const [title, hash] of Object.entries({
    'a hash of another kind': '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    'a hash that its column cut short': PASSWORD_HASH.slice(0, 60),
    'a hash with white space after it': `${PASSWORD_HASH} `,
    'a hash that would need more memory than there is': PASSWORD_HASH.replace('m=64', 'm=4294967295'),
    'a plain text': PASSWORD,
    'a mark for no password': '!',
  }))
    it(`is none where ${title} is stored, and the link stays`, async () => {
      const member = await club.add(`${unique()}@x.test`, hash);
      await club.link(member);
      expect(await club.enter(member.email)).to.equal(undefined);
      expect(await club.unlink(member)).to.equal(LAST_WAY_IN);
    });

  describe('under the guard', () => {
    it('stays a way in, or the change is taken back: an address that somebody has, or that nobody can type', async () => {
      const [other, member] = [await club.add(`${unique()}@x.test`), await club.add(`${unique()}@x.test`, OTHER_HASH)];
      const become = (email: string | null) =>
        failureOf(club.host.keys.links.guard(member.id, (transaction) => member.update({ email }, { transaction })));
      for (const email of [other.email, ` ${unique()}@x.test`, 'nobody', '', null])
        expect(await become(email), String(email)).to.equal('only_sign_in_method');
      await member.reload();
      expect(await club.enter(member.email, OTHER_PASSWORD)).to.equal(String(member.id));

      expect(await become(other.email?.toUpperCase() ?? ''), 'so the other may have typed it').to.equal('email_taken');
      await other.update({ email: `Other.${unique()}@x.test` });
      expect(await become(other.email?.toLowerCase() ?? ''), 'a way in that is unsure').to.equal('only_sign_in_method');
      await member.reload();
      expect(await become(other.email?.toUpperCase() ?? ''), 'another spelling finds its own row first').to.equal(undefined);
      expect(await club.enter(member.email, OTHER_PASSWORD)).to.equal(String(member.id));
      await club.link(member);
      expect(await become(null), 'with a link').to.equal(undefined);
    });

    it('does not become what nothing can verify', async () => {
      const member = await club.add(`${unique()}@x.test`);
      const become = (passwordHash: string) =>
        failureOf(club.host.keys.links.guard(member.id, (transaction) => member.update({ passwordHash }, { transaction })));
      expect(await become('$2b$10$N9qo8uLOickgx2ZMRZoMye')).to.equal('only_sign_in_method');
      expect(await become(OTHER_HASH)).to.equal(undefined);
      expect(await club.enter(member.email, OTHER_PASSWORD)).to.equal(String(member.id));
    });

    it('may be any change that leaves things no worse', async () => {
      const [nobody, email] = [await club.add('nobody'), `${unique()}@x.test`];
      const renamed = (member: Member) =>
        failureOf(club.host.keys.links.guard(member.id, (transaction) => member.update({ plan: 'silver' }, { transaction })));
      expect(await renamed(nobody)).to.equal(undefined);
      await club.add(email);
      expect(await renamed(await club.add(email, OTHER_HASH))).to.equal(undefined);
    });
  });

  it('is what the hasher of the host says it is', async () => {
    const reversed = (text: string) => [...text].reverse().join('');
    const hasher = {
      hash: async (password: string) => `rev:${reversed(password)}`,
      verify: async (hash: string, password: string) => hash === `rev:${reversed(password)}`,
    };
    const believing = await Club.open(kind, scene, { plugin: { passwordHasher: hasher } });
    const strict = await Club.open(kind, scene, {
      plugin: {
        passwordHasher: {
          ...hasher,
          canVerify(hash) {
            if (hash === 'boom') throw new Error('the own mistake of the host');
            return hash.startsWith('rev:');
          },
        },
      },
    });
    for (const [host, hash, counts] of [
      [believing, 'anything', true],
      [believing, '', false],
      [strict, `rev:${reversed(PASSWORD)}`, true],
      [strict, 'anything', false],
      [strict, 'boom', false],
    ] as const) {
      const member = await host.add(`${unique()}@x.test`, hash);
      await host.link(member);
      expect(await host.unlink(member), hash).to.equal(counts ? 0 : LAST_WAY_IN);
    }
  });
});

describeOn(databases, 'What stands in place of a password', (kind) => {
  const scene = hostScene();
  const required = { passwordHash: { type: DataTypes.STRING(255), allowNull: false } };

  /** Somebody new, who came by a provider: the only way in they have. */
  async function newcomer({ host }: Club) {
    const who = person();
    const by = await new ApiClient(host.base).signIn('oidc', scene.oidc, who);
    return { who, by };
  }

  /** Nothing of it is a password: not to the guard, not to the door, and not to who sets a first one. */
  async function expectNoPassword(club: Club, knownText: string): Promise<void> {
    const { who, by } = await newcomer(club);
    const stored = (await club.host.Members.findOne({ where: { email: who.email } }))?.passwordHash;
    expect(stored, 'stands there').to.be.a('string').that.is.not.equal('');
    expect((await by.setting()).json?.data?.passwordless).to.equal(true);
    expect(codeOf(await by.unlink('oidc'))).to.equal(LAST_WAY_IN);
    expect(await club.enter(who.email, knownText)).to.equal(undefined);
    const again = await new ApiClient(club.host.base).signIn('oidc', scene.oidc, who);
    expect(codeOf(await again.unlink('oidc'))).to.equal(LAST_WAY_IN);

    expect(codeOf(await again.setPassword(PASSWORD)), 'a first one needs no other').to.equal(0);
    expect((await again.setting()).json?.data?.passwordless).to.equal(false);
    expect(codeOf(await again.setPassword(OTHER_PASSWORD)), 'the next does').to.equal(40069);
    expect(codeOf(await again.unlink('oidc'))).to.equal(0);
    expect(await club.enter(who.email)).to.be.a('string');
  }

  it('is no password where the defaults of the host fill the column with a text', async () => {
    const hash = await argon2Hasher.hash('a default');
    const club = await Club.open(kind, scene, {
      attributes: required,
      users: { defaults: () => ({ plan: 'free', passwordHash: hash }) },
    });
    await expectNoPassword(club, 'a default');
    await expectNoPassword(club, 'a default');
  });

  it('is no password where a hook of the model hashes what is not there', async () => {
    const club = await Club.open(kind, scene, {
      attributes: { passwordHash: { type: DataTypes.STRING(255), allowNull: false, defaultValue: '' } },
      defined: (members) =>
        members.addHook('beforeCreate', async (member) => {
          if (member.get('passwordHash') === '') member.set('passwordHash', await argon2Hasher.hash('empty'));
        }),
    });
    await expectNoPassword(club, 'empty');
  });

  it('is no password where the column has a default of its own', async () => {
    const club = await Club.open(kind, scene, {
      attributes: { passwordHash: { type: DataTypes.STRING(255), allowNull: false, defaultValue: PASSWORD_HASH } },
    });
    await expectNoPassword(club, PASSWORD);
  });

  it('is no password where something fills the column after a password was removed', async () => {
    const club = await Club.open(kind, scene, {
      attributes: required,
      defined: (members) =>
        members.addHook('beforeBulkUpdate', (options) => {
          const { attributes } = options as unknown as { attributes: Record<string, unknown> };
          if (attributes.passwordHash === '') attributes.passwordHash = OTHER_HASH;
        }),
    });
    const member = await club.add(`${unique()}@x.test`);
    await club.link(member);
    expect(codeOf(await club.ask(member, 'PATCH', '/user/setting', { new_password: null, current_password: PASSWORD }))).to.equal(0);
    expect((await member.reload()).passwordHash).to.equal(OTHER_HASH);
    expect(await club.enter(member.email, OTHER_PASSWORD)).to.equal(undefined);
    expect(await club.unlink(member)).to.equal(LAST_WAY_IN);
    expect(codeOf(await club.ask(member, 'PATCH', '/user/setting', { new_password: PASSWORD }))).to.equal(0);
    expect(await club.unlink(member)).to.equal(0);
    expect(await club.enter(member.email)).to.equal(String(member.id));
  });

  it('is no password where the host says so of rows that it made, in whatever way it says so', async () => {
    const errors: string[] = [];
    const quiet = () => undefined;
    const club = await Club.open(kind, scene, {
      plugin: { logger: { info: quiet, warn: quiet, error: (_facts, text) => void errors.push(text) } },
      users: {
        async hasPassword(user, { transaction }) {
          const plan = String(user.get('plan'));
          if (plan === 'throws') throw new Error('the own mistake of the host');
          if (plan === 'nonsense') return 'yes' as unknown as boolean;
          if (plan === 'fails') await user.sequelize.query('SELECT nothing FROM nowhere', { transaction: transaction ?? null });
          if (plan === 'hangs') await new Promise(() => undefined);
          return plan === 'gold';
        },
      },
    });
    const invited = await club.add(`${unique()}@x.test`);
    await club.link(invited);
    for (const plan of ['invited', 'throws', 'nonsense', 'fails', 'hangs']) {
      errors.length = 0;
      await invited.update({ plan });
      const [entered, setting] = await Promise.all([club.enter(invited.email), club.ask(invited, 'GET', '/user/setting')]);
      expect(entered, plan).to.equal(undefined);
      expect(setting.json?.data?.passwordless, plan).to.equal(true);
      expect(await club.unlink(invited), plan).to.equal(LAST_WAY_IN);
      expect(errors.length > 0, `${plan} is logged`).to.equal(plan !== 'invited');
    }
    await invited.update({ plan: 'invited' });
    expect(codeOf(await club.ask(invited, 'PATCH', '/user/setting', { new_password: OTHER_PASSWORD })), 'a first one').to.equal(0);
    await invited.update({ plan: 'gold' });
    expect(await club.enter(invited.email, OTHER_PASSWORD)).to.equal(String(invited.id));
    const failing = club.host.keys.links.guard(invited.id, async (transaction) => invited.update({ plan: 'fails' }, { transaction }));
    expect(await failureOf(failing), 'the link is left').to.equal(undefined);
    await invited.update({ plan: 'gold' });
    expect(await club.unlink(invited)).to.equal(0);
  }).timeout(90_000);

  it('is told to the developer where a hook hashes the hash of who signs up', async () => {
    const club = await Club.open(kind, scene, {
      defined: (members) =>
        members.addHook('beforeCreate', async (member) => {
          member.set('passwordHash', await argon2Hasher.hash(String(member.get('passwordHash'))));
        }),
    });
    const { email } = person();
    expect(codeOf(await new ApiClient(club.host.base).signUp(email, PASSWORD))).to.equal(-1);
    expect(await club.host.Members.count({ where: { email } })).to.equal(0);
  });
});

describeOn(databases, 'A password of ours', (kind) => {
  let stage: Stage;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: kind });
  });
  after(() => stage.close());

  it('counts while the address is the one that the row is found by, whatever an operator wrote', async () => {
    const who = person();
    const by = await stage.client().signIn('oidc', stage.providers.oidc, who);
    await by.setPassword(PASSWORD);
    const id = await userIdOf(stage, who);
    const rename = (email: string) => change(stage, 'UPDATE users SET email = :email WHERE id = :id', { email, id });
    const other = person().email;
    await rename(other);
    for (const email of [other, who.email])
      expect(codeOf(await stage.client().call('POST', '/session/token', { email, password: PASSWORD }))).to.equal(40080);
    expect(codeOf(await by.unlink('oidc'))).to.equal(LAST_WAY_IN);
    await rename(who.email);
    expect(codeOf(await by.unlink('oidc'))).to.equal(0);
    expect((await stage.client().signInWithPassword(who.email, PASSWORD)).user?.id).to.equal(by.user?.id);
  });

  it('counts for nothing where an operator wrote an address that nobody can type', async () => {
    const who = person();
    const by = await stage.client().signIn('oidc', stage.providers.oidc, who);
    await by.setPassword(PASSWORD);
    const id = await userIdOf(stage, who);
    const rename = (email: string) =>
      change(stage, 'UPDATE users SET email = :email, email_hash = :key WHERE id = :id', { email, key: keyBytes(emailKey(email)), id });
    await rename(` ${who.email}`);
    expect(codeOf(await by.unlink('oidc'))).to.equal(LAST_WAY_IN);
    await rename(who.email.toUpperCase());
    expect(codeOf(await by.unlink('oidc'))).to.equal(0);
    expect((await stage.client().signInWithPassword(who.email, PASSWORD)).user?.id).to.equal(by.user?.id);
  });

  it('counts for nothing where an operator wrote something else in its place', async () => {
    const who = person();
    const by = await stage.client().signIn('oidc', stage.providers.oidc, who);
    await by.setPassword(PASSWORD);
    const id = await userIdOf(stage, who);
    for (const hash of ['x', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', '']) {
      await change(stage, 'UPDATE users SET password_hash = :hash WHERE id = :id', { hash, id });
      expect(codeOf(await by.unlink('oidc')), hash).to.equal(LAST_WAY_IN);
    }
  });
});
