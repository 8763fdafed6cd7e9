// Whoever is let go comes back: every kind of address, at both doors, on our own users and a host's, on every database.

import { expect } from 'chai';
import { ADDRESSES, type AddressKind } from '../support/addresses.js';
import { ApiClient } from '../support/client.js';
import { memberHost, ownUsersHost } from '../support/member-host.js';
import { newTag } from '../support/new-tag.js';
import { person } from '../support/person.js';
import { type Removed, removePasswordIn, UNLINK_DIALECTS, unlinkIn } from '../support/removals.js';
import { databases, describeOn } from '../support/services.js';
import { idOf, newAddress, PASSWORD, passwordAt, wayInScene } from '../support/way-in-scene.js';
import { tryWayIn } from '../support/ways-in.js';

const HOSTS = { 'our own users': ownUsersHost, 'the users of a host': memberHost({}) } as const;

/** As it is stored, and in the other spellings that are the same address. */
function spellings({ of, also = () => [] }: AddressKind, tag: string): readonly string[] {
  const email = of(tag);
  return email === undefined ? [] : [email, ...also(tag)];
}

for (const [title, host] of Object.entries(HOSTS)) {
  describeOn(databases, `With ${title}, who is let go comes back`, (database) => {
    const scene = wayInScene({ database, host });

    ADDRESSES.forEach((kind, index) => {
      const dialect = UNLINK_DIALECTS[index % UNLINK_DIALECTS.length] ?? 'Cloudreve';

      it(`by the password, where the provider knew an address with ${kind.name}`, async () => {
        const tag = newTag();
        const email = kind.of(tag);
        const who = { ...person(), ...(email === undefined ? { email: null } : { email }), email_verified: true };
        const by = await scene.signIn('google', who as never);
        const set = await by.setPassword(PASSWORD);
        expect(set.json?.code, set.text).to.equal(0);
        const stored: unknown = by.user?.email;
        const removed = await unlinkIn(dialect, by, 'google');
        await scene.expectTrue(
          removed,
          idOf(by),
          spellings(kind, tag).map((one) => passwordAt(one)),
        );
        // Whatever address is stored can be typed at the password door (contract, section 1).
        expect(removed.outcome, removed.said).to.equal(typeof stored === 'string' && stored !== '' ? 'gone' : 'last way in');
        if (removed.outcome === 'last way in')
          expect((await tryWayIn(scene.base, scene.through('google', who as never))).userId).to.equal(idOf(by));
      });

      it(`by whichever stays of link and password, where they signed up with ${kind.name}`, async () => {
        for (const stays of ['google', 'password'] as const) {
          const tag = newTag();
          const email = kind.of(tag) ?? '';
          const signedUp = await new ApiClient(scene.base).signUp(email, PASSWORD);
          if (kind.name !== 'a plain one' && (signedUp.json?.code as unknown) !== 0) {
            expect(signedUp.json?.code, signedUp.text).to.equal(40001);
            return;
          }
          const by = await scene.signInByPassword(email);
          const who = person();
          await scene.link(by, 'google', who);
          const removed =
            stays === 'password'
              ? await unlinkIn(dialect, by, 'google')
              : await removePasswordIn(index % 2 === 0 ? 'Cloudreve' : 'page', by, PASSWORD);
          expect(removed.outcome, removed.said).to.equal('gone');
          const passwords = spellings(kind, tag).map((one) => passwordAt(one));
          await scene.expectTrue(removed, idOf(by), stays === 'password' ? passwords : [scene.through('google', who)]);
        }
      });

      if (title === 'our own users') return;

      it(`by the password, where the host made their address one with ${kind.name}`, async () => {
        const tag = newTag();
        const before = newAddress();
        await new ApiClient(scene.base).signUp(before, PASSWORD);
        const by = await scene.signInByPassword(before);
        const answer = await by.call('POST', '/host/member', { email: kind.of(tag) ?? null });
        const code: unknown = answer.json?.code;
        expect(code, answer.text).to.be.oneOf([0, 'only_sign_in_method']);
        const removed: Removed = { outcome: code === 0 ? 'gone' : 'last way in', said: answer.text };
        await scene.expectTrue(
          removed,
          idOf(by),
          spellings(kind, tag).map((one) => passwordAt(one)),
        );
        if (removed.outcome === 'last way in') expect((await tryWayIn(scene.base, passwordAt(before))).userId).to.equal(idOf(by));
        if (kind.name === 'a plain one') expect(removed.outcome).to.equal('gone');
      });
    });
  });
}
