// Not run yet: it holds what is open of the promise (links of providers that moved, ids that come again). `npx mocha --extension open.ts test/http` runs it.
// Who should not come in does not: other people with the same subject, the same looks or the same id.

import { expect } from 'chai';
import { ApiClient, BrowserClient } from '../support/client.js';
import { memberHost, membersOf, ownUsersHost } from '../support/member-host.js';
import { newTag } from '../support/new-tag.js';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import { quickHasher } from '../support/quick-hasher.js';
import { databases, describeOn } from '../support/services.js';
import { idOf, newAddress, PASSWORD, passwordAt, wayInScene } from '../support/way-in-scene.js';
import { BEGINNING, type ProviderId } from '../support/way-in-world.js';
import { type Door, tryWayIn } from '../support/ways-in.js';

const DOORS: readonly Door[] = ['json', 'browser'];
const HOSTS = { 'our own users': ownUsersHost, 'the users of a host': memberHost({}) } as const;

for (const [title, host] of Object.entries(HOSTS)) {
  describeOn(databases, `With ${title}, nobody comes in as somebody else`, (database) => {
    const scene = wayInScene({ database, host });
    beforeEach(() => scene.turn(BEGINNING));

    async function expectStranger(provider: ProviderId, who: Person, owner: string): Promise<void> {
      for (const door of DOORS) {
        const found = await tryWayIn(scene.base, scene.through(provider, who), door);
        expect(found.userId, `${door}: ${found.said}`).to.not.equal(owner);
      }
    }

    it('by the same subject at the issuer that the provider moved to, and the owner comes back with the issuer', async () => {
      const owner = person();
      const by = await scene.signIn('oidc', owner);
      await scene.turn({ ...BEGINNING, oidc: 'at B' });
      const stranger = { sub: owner.sub, email: newAddress(), email_verified: true };
      await expectStranger('oidc', stranger, idOf(by));
      await scene.turn(BEGINNING);
      expect((await tryWayIn(scene.base, scene.through('oidc', owner))).userId).to.equal(idOf(by));
      await scene.turn({ ...BEGINNING, oidc: 'at B' });
      await expectStranger('oidc', stranger, idOf(by));
    });

    it('by linking the same subject at the new issuer: whoever has it there keeps their own', async () => {
      const owner = person();
      const by = await scene.signIn('oidc', owner);
      await scene.turn({ ...BEGINNING, oidc: 'at B' });
      const other = await scene.signIn('google', person());
      const stranger = { sub: owner.sub };
      const prepared = await other.prepare('oidc', { linking: true });
      const linked = await other.finish('oidc', await scene.at('oidc').approve(String(prepared.json?.data), stranger));
      const found = await tryWayIn(scene.base, scene.through('oidc', stranger));
      expect(found.userId, `${linked.text}, then ${found.said}`).to.not.equal(idOf(by));
      if ((linked.json?.code as unknown) === 0) expect(found.userId, found.said).to.equal(idOf(other));
      await scene.turn(BEGINNING);
      expect((await tryWayIn(scene.base, scene.through('oidc', owner))).userId).to.equal(idOf(by));
    });

    it("by a union id that is another's open id", async () => {
      const owner = person();
      const by = await scene.signIn('qq', owner);
      await scene.turn({ ...BEGINNING, qq: 'by union id' });
      await expectStranger('qq', { ...person(), unionid: owner.sub }, idOf(by));
    });

    it("by an open id that is another's union id", async () => {
      await scene.turn({ ...BEGINNING, qq: 'by union id' });
      const owner = { ...person(), unionid: `UID-${newTag()}` };
      const by = await scene.signIn('qq', owner);
      await scene.turn(BEGINNING);
      await expectStranger('qq', { ...person(), sub: owner.unionid }, idOf(by));
    });

    it('from another domain than the one that Google was narrowed to', async () => {
      const [one, other] = [{ ...person(), hd: 'example.com' }, person()];
      const by = [await scene.signIn('google', one), await scene.signIn('google', other)] as const;
      await scene.turn({ ...BEGINNING, google: 'for example.com' });
      expect((await tryWayIn(scene.base, scene.through('google', one))).userId).to.equal(idOf(by[0]));
      for (const door of DOORS) expect((await tryWayIn(scene.base, scene.through('google', other), door)).userId).to.equal(undefined);
      for (const hd of [undefined, 'other.test', 'example.com.other.test', 'EXAMPLE.COM ', ['example.com']])
        await expectStranger('google', { ...one, hd }, idOf(by[0]));
    });
  });

  describeOn(databases, `With ${title} and a provider that may attach by address, nobody comes in`, (database) => {
    const trusting = async (sequelize: Parameters<typeof host>[0]) => {
      const setup = await host(sequelize);
      return { ...setup, options: { ...setup.options, linkByVerifiedEmail: ['google'] } };
    };
    const scene = wayInScene({ database, host: trusting });

    for (const [what, twist] of Object.entries({
      'full-width letters': (email: string) => email.replace('admin', 'ａdmin'),
      'a ligature': (email: string) => email.replace('fi', 'ﬁ'),
      'small capitals above the line': (email: string) => email.replace('admin', 'ᵃdmin'),
      'a soft hyphen': (email: string) => email.replace('admin', 'ad\u00ADmin'),
      'a joiner of no width': (email: string) => email.replace('admin', 'ad\u200Dmin'),
      'an i without a dot': (email: string) => email.replace('admin', 'admın'),
      'another at sign': (email: string) => email.replace('@', '＠'),
    })) {
      it(`by an address with ${what}, which is another mailbox`, async () => {
        const email = `fi.admin.${newTag()}@example.test`;
        const by = await scene.signIn('oidc', { ...person(), email, email_verified: true });
        const stranger = { ...person(), email: twist(email), email_verified: true };
        for (const door of DOORS) {
          const found = await tryWayIn(scene.base, scene.through('google', stranger), door);
          expect(found.userId, found.said).to.not.equal(idOf(by));
        }
      });
    }
  });
}

describeOn(databases, 'A member whose id was another', (database) => {
  const scene = wayInScene({ database, host: memberHost({}) });

  /** The host deletes a member, and gives the id to somebody else: by its own hand, or because the table counts so. */
  async function succeed(id: string): Promise<{ readonly email: string }> {
    const members = membersOf(scene.sequelize);
    await members.destroy({ where: { id } });
    const email = newAddress();
    await members.create({ id, email, nickname: 'Successor', plan: 'free', password: await quickHasher.hash(PASSWORD) });
    return { email };
  }

  it('is not opened by the tokens, cookies, links and flows of before', async () => {
    const who = person();
    const [by, browser] = [await scene.signIn('google', who), new BrowserClient(scene.base)];
    await browser.signIn('google', scene.at('google') as OpenIdProvider, who);
    const id = String((await by.call('GET', '/host/me')).json?.id);
    const prepared = String((await by.prepare('oidc', { linking: true })).json?.data);
    const query = new URLSearchParams({ ext_idp_conn_identifier: 'oidc', app_id: 'app', id_token: String(by.token) });
    const url = String((await by.call('GET', `/api/v3/generate-link-extidp-url?${query}`)).json?.data?.url);
    const { email } = await succeed(id);

    expect((await by.setting()).json?.code, 'access token').to.equal(401);
    expect((await by.refresh()).json?.code, 'refresh token').to.equal(40020);
    expect((await browser.me()).status, 'cookie').to.equal(401);
    const intruder = person();
    const finish = await by.finish('oidc', await scene.at('oidc').approve(prepared, intruder));
    expect(finish.json?.code, `linking flow: ${finish.text}`).to.not.equal(0);
    const opened = await new BrowserClient(scene.base).open(url);
    expect(opened.status, `one-time link: ${opened.headers.get('location')}`).to.not.equal(302);
    const successor = await tryWayIn(scene.base, passwordAt(email));
    expect(successor.userId, successor.said).to.be.a('string');
    for (const door of DOORS) {
      const old = await tryWayIn(scene.base, scene.through('google', who), door);
      expect(old.userId, `link: ${old.said}`).to.not.equal(successor.userId);
      const linked = await tryWayIn(scene.base, scene.through('oidc', intruder), door);
      expect(linked.userId).to.not.equal(successor.userId);
    }
  });

  it('is theirs alone: they link and unlink as anybody does', async () => {
    const who = person();
    const by = await scene.signIn('google', who);
    const { email } = await succeed(String((await by.call('GET', '/host/me')).json?.id));
    const successor = await new ApiClient(scene.base).signInWithPassword(email, PASSWORD);
    expect(await successor.linked()).to.deep.equal([]);
    const own = person();
    await scene.link(successor, 'google', own);
    expect((await tryWayIn(scene.base, scene.through('google', own))).userId).to.equal(idOf(successor));
    const unlinked = await successor.unlink('google');
    expect(unlinked.json?.code, unlinked.text).to.equal(0);
    expect((await tryWayIn(scene.base, passwordAt(email))).userId).to.equal(idOf(successor));
  });
});
