// Tokens of X and QQ, which speak OAuth 2.0 alone: refreshed in each one's own way.

import { expect } from 'chai';
import { LatchkeyError } from '../../lib/index.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { person } from '../support/person.js';
import { startQqEmulator } from '../support/qq-emulator.js';
import { openTestHost, type TestHost } from '../support/test-host.js';
import { startXEmulator, xPerson } from '../support/x-emulator.js';

describe('An access token', () => {
  const scene = hostScene();
  let x: Awaited<ReturnType<typeof startXEmulator>>;
  let qq: Awaited<ReturnType<typeof startQqEmulator>>;
  let host: TestHost;
  before(async () => {
    [x, qq] = await Promise.all([startXEmulator(), startQqEmulator()]);
    const of = ({ clientId, clientSecret, endpoints }: typeof x | typeof qq) => ({ clientId, clientSecret, endpoints });
    const providers = { x: of(x), qq: of(qq) } as never;
    host = await scene.closing(openTestHost({ providers: scene, plugin: { storeProviderTokens: true, providers } }));
  });
  after(() => Promise.all([x.close(), qq.close()]));
  afterEach(() => {
    delete x.bend.token;
    delete qq.bend.token;
  });

  async function comes(id: 'x' | 'qq'): Promise<number> {
    const client = new ApiClient(host.base);
    const url = String((await client.prepare(id)).json?.data);
    const back = id === 'x' ? await x.approve(url, xPerson()) : await qq.approve(url, person());
    expect((await client.finish(id, back)).json?.code).to.equal(0);
    return Number(await host.Members.max('id'));
  }

  for (const id of ['x', 'qq'] as const) {
    const short = (honest: object) => ({ ...honest, expires_in: id === 'x' ? 30 : '30' });
    const bend = (change: ((honest: object) => object) | undefined) => {
      const emulator = id === 'x' ? x : qq;
      if (change === undefined) delete emulator.bend.token;
      else emulator.bend.token = change;
    };
    const get = (user: number) => host.keys.links.accessToken(user, id);
    const asked = () => (id === 'x' ? x.count('/2/oauth2/token') : qq.count('/oauth2.0/token'));

    it(`of ${id} is refreshed once where it is about to be over, with the newest refresh token each time`, async () => {
      bend(short);
      const user = await comes(id);
      bend(undefined);
      const before = asked();
      const together = await Promise.all(Array.from({ length: 6 }, () => get(user)));
      expect(new Set(together).size).to.equal(1);
      expect(await host.keys.links.accessToken(user, id, { rejected: together[0] ?? '' })).not.to.equal(together[0]);
      expect(asked(), 'by the refresh token that came with the first refresh').to.equal(before + 2);
    });

    it(`of ${id} asks for a sign-in where the refresh token is taken no more`, async () => {
      bend((honest) => ({ ...short(honest), refresh_token: 'withdrawn' }));
      const user = await comes(id);
      bend(undefined);
      const before = asked();
      for (const _ of [1, 2]) {
        const thrown = await get(user).catch((error: unknown) => error);
        expect(thrown).to.be.instanceOf(LatchkeyError);
        expect((thrown as LatchkeyError).code).to.equal('reauthentication_required');
      }
      expect(asked()).to.equal(before + 1);
    });
  }
});
