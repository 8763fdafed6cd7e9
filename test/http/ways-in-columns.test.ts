// Whoever is let go comes back, whatever the host's table of users looks like and does.

import { randomBytes } from 'node:crypto';
import { hashSync } from '@node-rs/argon2';
import { expect } from 'chai';
import { DataTypes, type ModelAttributes } from 'sequelize';
import { ApiClient, BrowserClient } from '../support/client.js';
import { type MemberShape, memberHost, membersOf } from '../support/member-host.js';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { QUICK } from '../support/passwords.js';
import { person } from '../support/person.js';
import { quickHasher } from '../support/quick-hasher.js';
import { removePasswordIn, UNLINK_DIALECTS, unlinkIn } from '../support/removals.js';
import { databases, describeOn } from '../support/services.js';
import { idOf, newAddress, PASSWORD, passwordAt, wayInScene } from '../support/way-in-scene.js';
import { tryWayIn } from '../support/ways-in.js';

const random = () => randomBytes(16).toString('hex');
const hashNow = (password: string) => hashSync(password, QUICK);
const NEVER_NULL: ModelAttributes = { password: { type: DataTypes.STRING(255), allowNull: false } };

/** What stands in the column of somebody who has no password, and where it comes from. */
const PLACEHOLDERS: Readonly<Record<string, MemberShape>> = {
  'nothing, in a column that may be null': {},
  'a random text by `defaults`': { columns: NEVER_NULL, users: { defaults: () => ({ plan: 'free', password: random() }) } },
  'the hash of a password that nobody knows, by `defaults`': {
    columns: NEVER_NULL,
    users: { defaults: () => ({ plan: 'free', password: hashNow(random()) }) },
  },
  'the hash of nothing, by a hook': {
    columns: NEVER_NULL,
    prepare: (members) =>
      members.addHook('beforeValidate', (member) => {
        if (!member.get('password')) member.set('password', hashNow(''));
      }),
  },
  'a text that the database puts there': { columns: { password: { type: DataTypes.STRING(255), allowNull: false, defaultValue: '!' } } },
  'a random text, where the host also has a status and deletes softly': {
    columns: { ...NEVER_NULL, status: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'active' } },
    model: { timestamps: true, createdAt: false, updatedAt: false, paranoid: true },
    users: { status: 'status', defaults: () => ({ plan: 'free', password: random() }) },
  },
};

for (const [placeholder, shape] of Object.entries(PLACEHOLDERS)) {
  describeOn(databases, `Where who has no password has ${placeholder},`, (database) => {
    const scene = wayInScene({ database, host: memberHost(shape) });

    it('nobody whom a provider brought loses the only link, in any dialect', async () => {
      const who = person();
      const by = await scene.signIn('google', who);
      for (const dialect of UNLINK_DIALECTS) {
        const { outcome, said } = await unlinkIn(dialect, by, 'google');
        expect(outcome, `${dialect}: ${said}`).to.equal('last way in');
      }
      expect((await tryWayIn(scene.base, scene.through('google', who))).userId).to.equal(idOf(by));
    });

    it('a first password needs no current one, and then lets the link go', async () => {
      const who = person();
      const by = await scene.signIn('google', who);
      const set = await by.setPassword(PASSWORD);
      expect(set.json?.code, set.text).to.equal(0);
      const removed = await unlinkIn('Cloudreve', by, 'google');
      expect(removed.outcome, removed.said).to.equal('gone');
      await scene.expectTrue(removed, idOf(by), [passwordAt(who.email)]);
      expect((await removePasswordIn('page', by, PASSWORD)).outcome).to.equal('last way in');
    });

    it('a password that was removed no longer counts, and does not come back', async () => {
      const who = person();
      const by = await scene.signIn('google', who);
      await by.setPassword(PASSWORD);
      const removed = await removePasswordIn('Cloudreve', by, PASSWORD);
      expect(removed.outcome, removed.said).to.equal('gone');
      await scene.expectTrue(removed, idOf(by), [scene.through('google', who)]);
      expect((await unlinkIn('page', by, 'google')).outcome).to.equal('last way in');
      expect((await tryWayIn(scene.base, passwordAt(who.email))).userId).to.equal(undefined);
      const again = await by.setPassword(PASSWORD);
      expect(again.json?.code, again.text).to.equal(0);
    });

    it('who signed up with a password keeps one of the two', async () => {
      const email = newAddress();
      const signedUp = await new ApiClient(scene.base).signUp(email, PASSWORD);
      expect(signedUp.json?.code, signedUp.text).to.equal(0);
      const by = await scene.signInByPassword(email);
      const who = person();
      await scene.link(by, 'google', who);
      const unlinked = await unlinkIn('GenAuth', by, 'google');
      expect(unlinked.outcome, unlinked.said).to.equal('gone');
      await scene.expectTrue(unlinked, idOf(by), [passwordAt(email)]);
      await scene.link(by, 'google', who);
      const removed = await removePasswordIn('Cloudreve', by, PASSWORD);
      expect(removed.outcome, removed.said).to.equal('gone');
      await scene.expectTrue(removed, idOf(by), [scene.through('google', who)]);
      expect((await unlinkIn('BIO.RE', by, 'google')).outcome).to.equal('last way in');
    });

    it('a password of a member that the host made counts', async () => {
      const email = newAddress();
      const id = await scene.newMember({ email, password: await quickHasher.hash(PASSWORD) });
      const by = await scene.linkMember(id, 'google', person());
      const removed = await unlinkIn('Cloudreve v4', by, 'google');
      expect(removed.outcome, removed.said).to.equal('gone');
      await scene.expectTrue(removed, idOf(by), [passwordAt(email)]);
    });

    // Whether what the hook then writes is a password, only the host can say.
    if (shape.prepare !== undefined) return;

    it('the host takes no last password away under the guard, and any other', async () => {
      const nothing = shape.columns === undefined ? null : '';
      const email = newAddress();
      await new ApiClient(scene.base).signUp(email, PASSWORD);
      const by = await scene.signInByPassword(email);
      const refused = await by.call('POST', '/host/member', { password: nothing });
      expect(refused.json?.code, refused.text).to.equal('only_sign_in_method');
      expect((await tryWayIn(scene.base, passwordAt(email))).userId).to.equal(idOf(by));
      const who = person();
      await scene.link(by, 'google', who);
      const taken = await by.call('POST', '/host/member', { password: nothing });
      expect(taken.json?.code, taken.text).to.equal(0);
      expect((await tryWayIn(scene.base, scene.through('google', who))).userId).to.equal(idOf(by));
    });
  });
}

const MADE_BY_HOST = '!made by the host: has no password';

describeOn(databases, 'A host that knows who has a password', (database) => {
  const hasPassword = (member: Readonly<Record<string, unknown>>) => member.password !== MADE_BY_HOST;
  const scene = wayInScene({ database, host: memberHost({ columns: NEVER_NULL, users: { hasPassword } }) });

  it('is believed about the rows it made', async () => {
    const email = newAddress();
    const who = person();
    const by = await scene.linkMember(await scene.newMember({ email, password: MADE_BY_HOST }), 'google', who);
    for (const dialect of UNLINK_DIALECTS) {
      const { outcome, said } = await unlinkIn(dialect, by, 'google');
      expect(outcome, `${dialect}: ${said}`).to.equal('last way in');
    }
    const set = await by.setPassword(PASSWORD);
    expect(set.json?.code, `a first one needs no current one: ${set.text}`).to.equal(0);
    const removed = await unlinkIn('Cloudreve', by, 'google');
    expect(removed.outcome, removed.said).to.equal('gone');
    await scene.expectTrue(removed, idOf(by), [passwordAt(email)]);
  });

  it('has what it says of a row count at the password door, too', async () => {
    const [email, placeholder] = [newAddress(), await quickHasher.hash(PASSWORD)];
    const id = await scene.newMember({ email, password: placeholder });
    expect((await tryWayIn(scene.base, passwordAt(email))).userId, 'it is one as far as the host knows').to.not.equal(undefined);
    await membersOf(scene.sequelize).update({ password: MADE_BY_HOST }, { where: { id } });
    expect((await tryWayIn(scene.base, passwordAt(email))).userId).to.equal(undefined);
  });
});

describeOn(databases, 'Where a hash is not of the hasher,', (database) => {
  const scene = wayInScene({ database, host: memberHost({}) });
  const FOREIGN = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

  for (const [what, hash] of Object.entries({ 'one of bcrypt': FOREIGN, 'a word': 'secret', 'a lock of Unix': '!', spaces: '  ' })) {
    it(`and is ${what}, the only link stays`, async () => {
      const by = await scene.linkMember(await scene.newMember({ email: newAddress(), password: hash }), 'google', person());
      for (const dialect of UNLINK_DIALECTS) {
        const { outcome, said } = await unlinkIn(dialect, by, 'google');
        expect(outcome, `${dialect}: ${said}`).to.equal('last way in');
      }
    });
  }

  it('the host cannot put one in the place of the only password', async () => {
    const email = newAddress();
    await new ApiClient(scene.base).signUp(email, PASSWORD);
    const by = await scene.signInByPassword(email);
    const answer = await by.call('POST', '/host/member', { password: FOREIGN });
    expect(answer.json?.code, answer.text).to.equal('only_sign_in_method');
    expect((await tryWayIn(scene.base, passwordAt(email))).userId).to.equal(idOf(by));
  });
});

describeOn(databases, 'Where a hook of the host hashes what is hashed already,', (database) => {
  const prepare: MemberShape['prepare'] = (members) =>
    members.addHook('beforeSave', (member) => {
      const password: unknown = member.get('password');
      if (typeof password === 'string') member.set('password', hashNow(password));
    });
  const scene = wayInScene({ database, host: memberHost({ prepare }) });

  it('who signed up comes in by what counts', async () => {
    const email = newAddress();
    const signedUp = await new ApiClient(scene.base).signUp(email, PASSWORD);
    const found = await tryWayIn(scene.base, passwordAt(email));
    const made: unknown = signedUp.json?.code;
    expect(found.userId !== undefined, `${signedUp.text}, then ${found.said}`).to.equal(made === 0);
  });
});

describeOn(databases, 'A host that maps no column for passwords', (database) => {
  const scene = wayInScene({ database, host: memberHost({ users: { passwordHash: undefined } }) });

  it('has nobody set or sign up with one, and no last link go', async () => {
    const who = person();
    const by = await scene.signIn('google', who);
    const set = await by.setPassword(PASSWORD);
    expect(set.json?.code, 'nothing was set, so nothing may be told').to.equal(40019);
    const email = newAddress();
    const client = new ApiClient(scene.base);
    expect((await client.signUp(email, PASSWORD)).json?.code).to.equal(40019);
    expect((await client.call('POST', '/session/token', { email, password: PASSWORD })).json?.code).to.equal(40019);
    expect((await client.call('GET', '/site/config/login')).json?.data).to.not.have.property('register_enabled');
    const browser = new BrowserClient(scene.base);
    await browser.signIn('google', scene.at('google') as OpenIdProvider, who);
    expect((await browser.open('/account/connections')).text)
      .to.include('connections')
      .and.not.include('type="password"');
    for (const dialect of UNLINK_DIALECTS) expect((await unlinkIn(dialect, by, 'google')).outcome, dialect).to.equal('last way in');
    expect((await tryWayIn(scene.base, scene.through('google', who))).userId).to.equal(idOf(by));
  });
});

describeOn(['sqlite'], 'Where nothing keeps two members from one address,', (database) => {
  const columns: ModelAttributes = { email: { type: DataTypes.STRING(255) } };
  const scene = wayInScene({ database, host: memberHost({ columns }) });
  const OTHER = 'another good password';

  /** Two rows that are one address, as they are typed; each with a link. */
  async function twins(passwords: readonly [string, string], spell: (email: string) => string) {
    const email = newAddress();
    const addresses = [spell(email), email] as const;
    const ids = [
      await scene.newMember({ email: addresses[0], password: await quickHasher.hash(passwords[0]) }),
      await scene.newMember({ email: addresses[1], password: await quickHasher.hash(passwords[1]) }),
    ] as const;
    const people = [person(), person()] as const;
    const clients = [await scene.linkMember(ids[0], 'google', people[0]), await scene.linkMember(ids[1], 'google', people[1])] as const;
    return { addresses, people, clients };
  }

  const SPELLINGS = {
    'the very same address': (email: string) => email,
    'it in capitals': (email: string) => email.toUpperCase(),
    'it with spaces around': (email: string) => ` ${email} `,
  } as const;

  for (const [what, spell] of Object.entries(SPELLINGS)) {
    for (const [passwords, how] of [
      [[PASSWORD, OTHER], 'passwords of their own'],
      [[PASSWORD, PASSWORD], 'the same password'],
    ] as const) {
      it(`each of two with ${what} and ${how} is let go only if the password finds them`, async () => {
        for (const first of [0, 1] as const) {
          const { addresses, clients, people } = await twins(passwords, spell);
          const second = first === 0 ? 1 : 0;
          for (const one of [first, second] as const) {
            const removed = await unlinkIn('Cloudreve', clients[one], 'google');
            const way = passwordAt(addresses[one].trim(), passwords[one]);
            if (removed.outcome === 'gone') await scene.expectTrue(removed, idOf(clients[one]), [way]);
            else {
              // On the safe side: whether the other's password is the same, nobody can see before it is typed.
              expect(removed.outcome, removed.said).to.equal('last way in');
              expect((await tryWayIn(scene.base, scene.through('google', people[one]))).userId).to.equal(idOf(clients[one]));
            }
          }
        }
      });
    }

    for (const [password, how] of [
      [PASSWORD, 'the same password'],
      [OTHER, 'another password'],
    ] as const) {
      // Nobody types an address with spaces, and another password is in nobody's way.
      if (what === 'it with spaces around' || (password === OTHER && what !== 'the very same address')) continue;
      for (const comesFirst of ['they', 'I'] as const) {
        it(`taking ${what} of a member, with ${how}, locks nobody out (${comesFirst} came first)`, async () => {
          const [theirs, mine] = [newAddress(), newAddress()];
          const rows = [
            { email: theirs, password: await quickHasher.hash(PASSWORD) },
            { email: mine, password: await quickHasher.hash(password) },
          ];
          for (const row of comesFirst === 'they' ? rows : rows.toReversed()) await scene.newMember(row);
          const they = await tryWayIn(scene.base, passwordAt(theirs));
          const by = await new ApiClient(scene.base).signInWithPassword(mine, password);
          const answer = await by.call('POST', '/host/member', { email: spell(theirs) });
          const moved = (answer.json?.code as unknown) === 0;
          const me = await tryWayIn(scene.base, passwordAt(moved ? spell(theirs) : mine, password));
          expect(me.userId, `I, ${answer.text}`).to.equal(idOf(by));
          expect((await tryWayIn(scene.base, passwordAt(theirs))).userId, `they, ${answer.text}`).to.equal(they.userId);
        });

        it(`taking ${what} of a member, with ${how} and a link of my own, does not lock them out (${comesFirst} came first)`, async () => {
          const theirs = newAddress();
          const [hash, who] = [await quickHasher.hash(password), person()];
          if (comesFirst === 'they') await scene.newMember({ email: theirs, password: await quickHasher.hash(PASSWORD) });
          const by = await scene.linkMember(await scene.newMember({ email: newAddress(), password: hash }), 'google', who);
          if (comesFirst === 'I') await scene.newMember({ email: theirs, password: await quickHasher.hash(PASSWORD) });
          const they = await tryWayIn(scene.base, passwordAt(theirs));
          const answer = await by.call('POST', '/host/member', { email: spell(theirs) });
          expect((await tryWayIn(scene.base, passwordAt(theirs))).userId, `they, ${answer.text}`).to.equal(they.userId);
          expect((await tryWayIn(scene.base, scene.through('google', who))).userId).to.equal(idOf(by));
        });
      }
    }
  }

  it('nobody sets a password that opens another of the address', async () => {
    const email = newAddress();
    const first = await scene.linkMember(await scene.newMember({ email }), 'google', person());
    const second = await scene.linkMember(await scene.newMember({ email, password: await quickHasher.hash(PASSWORD) }), 'google', person());
    const removed = await unlinkIn('Cloudreve', second, 'google');
    expect(removed.outcome, removed.said).to.equal('gone');
    const set = await first.setPassword(PASSWORD);
    expect(set.json?.code, set.text).to.equal(40001);
    expect((await first.setPassword(OTHER)).json?.code).to.equal(0);
    expect((await tryWayIn(scene.base, passwordAt(email))).userId).to.equal(idOf(second));
    expect((await tryWayIn(scene.base, passwordAt(email, OTHER))).userId).to.equal(idOf(first));
  });
});

describeOn(databases, 'Where a member of the same address was deleted softly,', (database) => {
  const shape: MemberShape = {
    columns: { email: { type: DataTypes.STRING(255) } },
    model: { timestamps: true, createdAt: false, updatedAt: false, paranoid: true },
  };
  const scene = wayInScene({ database, host: memberHost(shape) });

  for (const [before, how] of [
    ['what it was before', 'another password'],
    [PASSWORD, 'the same password'],
  ] as const) {
    it(`who came again with ${how} comes in by it`, async () => {
      const email = newAddress();
      const gone = await scene.newMember({ email, password: await quickHasher.hash(before) });
      await membersOf(scene.sequelize).destroy({ where: { id: gone } });
      const by = await scene.linkMember(await scene.newMember({ email, password: await quickHasher.hash(PASSWORD) }), 'google', person());
      const found = await tryWayIn(scene.base, passwordAt(email));
      expect(found.userId, found.said).to.equal(idOf(by));
      const removed = await unlinkIn('Cloudreve', by, 'google');
      if (removed.outcome === 'gone') await scene.expectTrue(removed, idOf(by), [passwordAt(email)]);
      else expect(removed.outcome, removed.said).to.equal('last way in');
    });
  }
});
