// Links of before it was kept to whom their subject belongs: they sign in as they did, and are noticed when the provider moves.

import { expect } from 'chai';
import { subjectKey } from '../../lib/accounts/keys.js';
import { keyBytes } from '../../models/binary-keys.js';
import type { ApiClient } from '../support/client.js';
import { memberHost } from '../support/member-host.js';
import { type Person, person } from '../support/person.js';
import { removePasswordIn, unlinkIn } from '../support/removals.js';
import { idOf, newAddress, PASSWORD, wayInScene } from '../support/way-in-scene.js';
import { BEGINNING } from '../support/way-in-world.js';
import { tryWayIn } from '../support/ways-in.js';

describe('A link of before its origin was kept', () => {
  const scene = wayInScene({ database: 'sqlite', host: memberHost({}) });
  beforeEach(() => scene.turn(BEGINNING, { anew: true }));

  /** Their links, as an older version has written them. */
  async function forget(...people: readonly Person[]): Promise<void> {
    const links = scene.sequelize.model('LatchkeySocialLink');
    for (const link of await links.findAll({ where: { subject: people.map(({ sub }) => sub) } })) {
      const [provider, subject] = [String(link.get('provider')), String(link.get('subject'))];
      await link.update({ namespace: null, hostedDomain: null, identityKey: keyBytes(subjectKey({ provider, subject })) });
    }
  }

  async function withPassword(by: ApiClient): Promise<ApiClient> {
    expect((await by.setPassword(PASSWORD)).json?.code).to.equal(0);
    return by;
  }

  it('is of the provider as it stood at the start that found it: a stranger has its subject elsewhere', async () => {
    const owner = { ...person(), email: newAddress(), email_verified: true };
    const by = await withPassword(await scene.signIn('oidc', owner));
    await forget(owner);
    await scene.turn(BEGINNING, { anew: true });
    await scene.turn({ ...BEGINNING, oidc: 'at B' }, { anew: true });
    const stranger = { ...person(), sub: owner.sub };
    const found = await tryWayIn(scene.base, scene.through('oidc', stranger));
    expect(found.userId, found.said).to.be.a('string').that.does.not.equal(idOf(by));
    expect((await removePasswordIn('Cloudreve', by, PASSWORD)).outcome).to.equal('last way in');
    await scene.turn(BEGINNING);
    expect((await tryWayIn(scene.base, scene.through('oidc', owner))).userId).to.equal(idOf(by));
    expect((await removePasswordIn('Cloudreve', by, PASSWORD)).outcome).to.equal('gone');
  });

  it('waits for a provider that was not configured then, and is its own from the first sign-in on', async () => {
    const owner = person();
    const by = await scene.signIn('oidc', owner);
    await forget(owner);
    await scene.turn({ ...BEGINNING, oidc: 'gone' }, { anew: true });
    await scene.turn(BEGINNING);
    expect((await tryWayIn(scene.base, scene.through('oidc', owner))).userId).to.equal(idOf(by));
    await scene.turn({ ...BEGINNING, oidc: 'at B' });
    const stranger = await tryWayIn(scene.base, scene.through('oidc', { ...person(), sub: owner.sub }));
    expect(stranger.userId, stranger.said).to.be.a('string').that.does.not.equal(idOf(by));
  });

  it('of a domain that nobody asked for stays, but replaces nothing, until the provider tells it', async () => {
    const [inside, outside, third] = [{ ...person(), hd: 'example.com' }, person(), { ...person(), hd: 'example.com' }];
    const people = [await withPassword(await scene.signIn('google', inside)), await withPassword(await scene.signIn('google', outside))];
    const only = await scene.signIn('google', third);
    await forget(inside, outside, third);
    await scene.turn({ ...BEGINNING, google: 'for example.com' }, { anew: true });
    expect((await unlinkIn('GenAuth', only, 'google')).outcome).to.equal('last way in');
    for (const by of people) expect((await removePasswordIn('Cloudreve', by, PASSWORD)).outcome).to.equal('last way in');
    expect((await tryWayIn(scene.base, scene.through('google', outside))).userId).to.equal(undefined);
    expect((await tryWayIn(scene.base, scene.through('google', inside))).userId).to.equal(idOf(people[0] as ApiClient));
    const removed = [];
    for (const by of people) removed.push((await removePasswordIn('Cloudreve', by, PASSWORD)).outcome);
    expect(removed).to.deep.equal(['gone', 'last way in']);
  });

  it("of QQ's other kind of id is listed as what it is", async () => {
    const by = await scene.signIn('qq', person());
    await scene.turn({ ...BEGINNING, qq: 'by union id' });
    const listed = await by.call('GET', '/api/v3/get-identities');
    const types = ((listed.json?.data ?? []) as unknown as { type: string }[]).map(({ type }) => type);
    expect(types).to.deep.equal(['openid']);
  });
});
