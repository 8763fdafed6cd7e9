// Who should not come in does not: other people with the same subject, or with the same looks.

import { expect } from 'chai';
import { memberHost, ownUsersHost } from '../support/member-host.js';
import { newTag } from '../support/new-tag.js';
import { type Person, person } from '../support/person.js';
import { databases, describeOn } from '../support/services.js';
import { idOf, newAddress, wayInScene } from '../support/way-in-scene.js';
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
