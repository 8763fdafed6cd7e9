// What people write never becomes SQL, and an id is the one that was asked for or nobody's.

import { expect } from 'chai';
import { DataTypes, type Sequelize } from 'sequelize';
import { createJwts } from '../../lib/tokens/jwt.js';
import { createPublicIds } from '../../lib/tokens/public-ids.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { databases, describeOn } from '../support/services.js';
import { openTestHost, type TestHost } from '../support/test-host.js';
import { PASSWORD } from './scenarios.js';

const SECRET = 'a-secret-for-tests-that-is-long-enough-0123456789';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

/** What a server that takes the backslash for a letter would run, were it escaped with one; the first part must be true there. */
const ADDRESSES = [
  `x')/**/OR/**/SLEEP(2)=1)#@x.test`,
  `x'/**/OR/**/SLEEP(2)='1@x.test`,
  `x'||SLEEP(2)||'@x.test`,
  `x'||pg_sleep(2)||'@x.test`,
  `"x' OR SLEEP(2) OR 'x"@x.test`,
  `\\'/**/OR/**/SLEEP(2)#@x.test`,
];

const IDS = [`x' OR SLEEP(2) OR '`, `\\' OR SLEEP(2)#`, `bob'--`, `O'Neill`, `$userId`, `:userId`, `?`, `bob `, 'Bob', '007', '7'];

describeOn(databases, 'A server that reads the backslash as a letter', (kind) => {
  const scene = hostScene();

  /** As `sql_mode=NO_BACKSLASH_ESCAPES` of a whole server does. */
  function literalBackslashes(sequelize: Sequelize): void {
    if (kind !== 'mariadb') return;
    const mode = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')";
    sequelize.addHook('afterConnect', async (connection: unknown) => {
      await new Promise((resolve, reject) =>
        (connection as { query(sql: string, done: (error: Error | null) => void): void }).query(mode, (error) =>
          error === null ? resolve(undefined) : reject(error),
        ),
      );
    });
  }

  async function within<T>(ms: number, work: Promise<T>): Promise<T> {
    const began = Date.now();
    const result = await work;
    expect(Date.now() - began, 'milliseconds').to.be.below(ms);
    return result;
  }

  describe('and members whose ids are numbers', () => {
    let host: TestHost;

    before(async () => {
      host = await scene.closing(
        openTestHost({
          providers: scene,
          database: kind,
          opened: literalBackslashes,
          plugin: { localAccounts: true, linkByVerifiedEmail: ['google'] },
          users: { passwordHash: 'passwordHash' },
        }),
      );
      await host.newMember();
    });

    for (const address of ADDRESSES) {
      it(`takes ${address} for an address or for none, and runs nothing of it`, async () => {
        const members = await host.Members.count();
        const client = new ApiClient(host.base);
        const who = { ...person(), email: address };
        const back = await client.visit('oidc', scene.oidc, who);
        expect(codeOf(await within(1_800, client.finish('oidc', back)))).to.equal(0);
        expect(await host.Members.count()).to.equal(members + 1);
        for (const call of [
          () => client.call('POST', '/session/token', { email: address, password: PASSWORD }),
          () => client.call('POST', '/user', { email: address, password: PASSWORD }),
          () => client.call('PUT', '/session/openid', { provider: 2, hint: address }),
        ])
          expect([0, 40001, 40032, 40080]).to.include(codeOf(await within(1_800, call())));
        const again = await new ApiClient(host.base).visit('google', scene.google, { ...person(), email: address });
        expect([0, 40032]).to.include(codeOf(await within(1_800, new ApiClient(host.base).finish('google', again))));
      });
    }

    for (const sub of [
      '~1',
      '~1 OR 1=1',
      '~01',
      '~1e0',
      '~ 1',
      '~+1',
      '~1.0',
      '~0x1',
      '~-1',
      '~99999999999999999999',
      '~',
      '~1\u0000',
      '~\ud800',
    ])
      it(`knows nobody by the subject ${JSON.stringify(sub)} in a token of its own`, async () => {
        const client = await new ApiClient(host.base).signIn('oidc', scene.oidc, person());
        const claims = JSON.parse(Buffer.from(String(client.token).split('.')[1] ?? '', 'base64url').toString());
        const [from, until] = [new Date(Date.now() - 1000), new Date(Date.now() + 60_000)];
        const forged = await createJwts(SECRET).sign('access', { ...claims, sub }, from, until);
        const answer = await new ApiClient(host.base, forged).setting();
        expect([answer.status, codeOf(answer)]).to.deep.equal([200, 401]);
      });

    it('knows nobody by an id that is none, from code', async () => {
      for (const id of ['1 OR 1=1', '01', '1.0', '', ' 1', '9'.repeat(30), 'x', '\0'])
        await host.keys.links.list(id).then(
          () => expect.fail(`${JSON.stringify(id)} is somebody`),
          (error) => expect(error).to.have.property('code', 'unauthenticated'),
        );
    });
  });

  describe('and members whose ids are names', () => {
    let host: TestHost;

    before(async () => {
      host = await scene.closing(
        openTestHost({
          providers: scene,
          database: kind,
          opened: literalBackslashes,
          attributes: { id: { type: DataTypes.STRING(64), primaryKey: true } },
          plugin: { currentUser: (req) => decodeURIComponent(req.get('x-session-of') ?? '') || undefined },
        }),
      );
    });

    it('keeps each to what is their own: linked, listed and unlinked by an id like SQL', async () => {
      for (const id of IDS) {
        if (kind === 'mariadb' && id === 'bob ') continue; // To that table the same as `Bob`.
        await host.Members.create({ id: id as never, email: person().email, passwordHash: null, nickname: 'Ann', plan: 'gold' });
      }
      for (const { id } of await host.Members.findAll()) {
        const name = String(id);
        const mine = { headers: { 'x-session-of': encodeURIComponent(name) } };
        const browser = host.browser();
        const link = async (provider: 'oidc' | 'google') => {
          const url = String(
            (await browser.call('PUT', '/session/openid', { provider: provider === 'oidc' ? 2 : provider, linking: true }, mine)).json
              ?.data,
          );
          const { code, state } = await scene[provider].approve(url, person());
          return browser.call(
            'POST',
            '/session/openid',
            { code, session_id: state, provider_id: provider === 'oidc' ? 2 : provider },
            mine,
          );
        };
        expect(codeOf(await within(1_800, link('oidc'))), name).to.equal(0);
        expect(codeOf(await within(1_800, link('google'))), name).to.equal(0);
        expect(await host.keys.links.list(name)).to.have.lengthOf(2);
        expect(codeOf(await within(1_800, browser.call('DELETE', '/session/openid/2', undefined, mine))), name).to.equal(0);
        const links = await host.keys.links.list(name);
        expect(links.map(({ userId, provider }) => [userId, provider])).to.deep.equal([[name, 'google']]);
        const setting = await within(1_800, browser.call('GET', '/user/setting', undefined, mine));
        expect(setting.json?.data?.links).to.have.lengthOf(1);
      }
      const ids = createPublicIds(SECRET);
      const all = (await host.Members.findAll()).map(({ id }) => String(id));
      expect(new Set(all.map(ids.user)).size).to.equal(all.length);
      for (const id of all) expect(ids.userId(ids.user(id))).to.equal(id);
    });
  });
});
