// Whoever is let go comes back, whatever the host's table of users looks like and does.

import { randomBytes } from 'node:crypto';
import { hashSync } from '@node-rs/argon2';
import { expect } from 'chai';
import { DataTypes, type ModelAttributes } from 'sequelize';
import { ApiClient } from '../support/client.js';
import { type MemberShape, memberHost, membersOf } from '../support/member-host.js';
import { person } from '../support/person.js';
import { QUICK, quickHasher } from '../support/quick-hasher.js';
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
