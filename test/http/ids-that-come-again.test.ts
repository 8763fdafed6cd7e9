// An id that the host gives to somebody else opens nothing of the person who had it before, however the host's table was changed.

import { expect } from 'chai';
import { DataTypes, type Sequelize } from 'sequelize';
import { ApiClient, BrowserClient } from '../support/client.js';
import { MemberBrowser, memberHost, membersOf } from '../support/member-host.js';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { quickHasher } from '../support/quick-hasher.js';
import { newAddress, PASSWORD, passwordAt, type WayInScene, wayInScene } from '../support/way-in-scene.js';
import { type Door, tryWayIn } from '../support/ways-in.js';

const DOORS: readonly Door[] = ['json', 'browser'];

type Values = Readonly<Record<string, unknown>>;

/** Who had the id goes, and somebody else gets it. */
type Succession = (sequelize: Sequelize, id: number, successor: Values) => Promise<unknown>;

const deleteBehind = (sequelize: Sequelize, id: number) => sequelize.getQueryInterface().bulkDelete('members', { id });
const insertBehind = (sequelize: Sequelize, values: Values) => sequelize.getQueryInterface().bulkInsert('members', [{ ...values }]);

const HEARD: Readonly<Record<string, Succession>> = {
  'deleted by a statement of the model': async (sequelize, id, successor) => {
    await membersOf(sequelize).destroy({ where: { id } });
    await insertBehind(sequelize, successor);
  },
  'deleted as an instance, in a transaction': async (sequelize, id, successor) => {
    await sequelize.transaction(async (transaction) =>
      (await membersOf(sequelize).findByPk(id, { transaction }))?.destroy({ transaction }),
    );
    await insertBehind(sequelize, successor);
  },
  'deleted behind Sequelize, and another is created': async (sequelize, id, successor) => {
    await deleteBehind(sequelize, id);
    await membersOf(sequelize).create({ ...successor });
  },
  'deleted behind Sequelize, and others are created at once': async (sequelize, id, successor) => {
    await deleteBehind(sequelize, id);
    await membersOf(sequelize).bulkCreate([{ ...successor }]);
  },
};

const UNHEARD: Readonly<Record<string, Succession>> = {
  'replaced behind Sequelize': async (sequelize, id, successor) => {
    await deleteBehind(sequelize, id);
    await insertBehind(sequelize, { ...successor, createdAt: new Date(Date.now() + 5_000) });
  },
  'replaced behind Sequelize, a day later': async (sequelize, id, successor) => {
    await deleteBehind(sequelize, id);
    await insertBehind(sequelize, { ...successor, createdAt: new Date(Date.now() + 30 * 3_600_000) });
  },
};

const CREATED_AT = { columns: { createdAt: { type: DataTypes.DATE, allowNull: true } }, users: { createdAt: 'createdAt' } };

/** With a session of each kind, a flow of each kind, and a link that may be opened once. */
async function busyMember(scene: WayInScene) {
  const who = person();
  const [by, browser] = [await scene.signIn('google', who), new BrowserClient(scene.base)];
  await browser.signIn('google', scene.at('google') as OpenIdProvider, who);
  const id = String((await by.call('GET', '/host/me')).json?.id);
  const prepared = String((await by.prepare('oidc', { linking: true })).json?.data);
  const query = new URLSearchParams({ ext_idp_conn_identifier: 'oidc', app_id: 'app', id_token: String(by.token) });
  const url = String((await by.call('GET', `/api/v3/generate-link-extidp-url?${query}`)).json?.data?.url);
  const hosted = new MemberBrowser(scene.base, id);
  const out = (await hosted.open('/auth/oidc/link?returnTo=/there')).headers.get('location');
  return { who, by, browser, id, prepared, url, hosted, out: String(out) };
}

function suite(shape: Parameters<typeof memberHost>[0], ways: Readonly<Record<string, Succession>>): void {
  const scene = wayInScene({ database: 'sqlite', host: memberHost(shape) });
  const isTold = shape.users !== undefined;

  for (const [how, succeed] of Object.entries(ways)) {
    async function succession(id: string): Promise<string> {
      const email = newAddress();
      const values = { id: Number(id), email, nickname: 'Successor', plan: 'free', password: await quickHasher.hash(PASSWORD) };
      await succeed(scene.sequelize, Number(id), values);
      return email;
    }

    it(`is not opened by the tokens, cookies, links and flows of whoever was ${how}`, async () => {
      const { who, by, browser, id, prepared, url, hosted, out } = await busyMember(scene);
      const email = await succession(id);
      expect((await by.setting()).json?.code, 'access token').to.equal(401);
      expect((await by.refresh()).json?.code, 'refresh token').to.equal(40020);
      expect((await browser.me()).status, 'cookie').to.equal(401);
      const intruder = person();
      const finish = await by.finish('oidc', await scene.at('oidc').approve(prepared, intruder));
      expect(finish.json?.code, `linking flow: ${finish.text}`).to.not.equal(0);
      if (isTold) {
        const back = new URLSearchParams({ ...(await scene.at('oidc').approve(out, intruder)) });
        const answer = await hosted.call('GET', `/callback/openid/2?${back}`, undefined, { headers: { 'sec-fetch-site': 'cross-site' } });
        expect(answer.headers.get('location'), `linking flow of the host's own session: ${answer.text}`).to.equal(null);
      }
      const opened = await new BrowserClient(scene.base).open(url);
      expect(opened.status, `one-time link: ${opened.headers.get('location')}`).to.not.equal(302);
      const successor = await tryWayIn(scene.base, passwordAt(email));
      expect(successor.userId, successor.said).to.be.a('string');
      for (const door of DOORS) {
        const old = await tryWayIn(scene.base, scene.through('google', who), door);
        expect(old.userId, `link: ${old.said}`).to.be.a('string').that.does.not.equal(successor.userId);
        const linked = await tryWayIn(scene.base, scene.through('oidc', intruder), door);
        expect(linked.userId).to.not.equal(successor.userId);
      }
    });

    it(`is theirs alone where the other was ${how}: they link and unlink as anybody does`, async () => {
      const { by, id } = await busyMember(scene);
      const successor = await new ApiClient(scene.base).signInWithPassword(await succession(id), PASSWORD);
      expect(await successor.linked()).to.deep.equal([]);
      const own = person();
      await scene.link(successor, 'google', own);
      expect((await tryWayIn(scene.base, scene.through('google', own))).userId).to.equal(successor.user?.id);
      expect((await successor.unlink('google')).json?.code).to.equal(0);
      expect((await by.setting()).json?.code).to.equal(401);
    });
  }
}

describe('The id of a member', () => suite({}, HEARD));
describe('The id of a member who says since when', () => suite(CREATED_AT, UNHEARD));
