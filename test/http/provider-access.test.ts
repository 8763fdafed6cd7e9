// Access to what a provider keeps of a person: the stored token, refreshed once however many ask, and a clear word where there is none.

import { expect } from 'chai';
import { type Latchkey, LatchkeyError, type LatchkeyOptions, latchkey } from '../../lib/index.js';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { person } from '../support/person.js';
import { databases, describeOn } from '../support/services.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

const short = (body: object) => ({ ...body, expires_in: 30 });

describeOn(databases, 'An access token of a provider', (kind) => {
  const scene = hostScene();
  let host: TestHost;
  let other: Latchkey;
  before(async () => {
    const scope = ['profile', 'email', 'offline_access'];
    const { issuer, clientId, clientSecret } = scene.oidc;
    const plugin = { storeProviderTokens: true, providers: { oidc: { issuer, clientId, clientSecret, scope } } };
    host = await scene.closing(openTestHost({ providers: scene, database: kind, plugin }));
    const same: LatchkeyOptions = {
      ...plugin,
      sequelize: host.sequelize,
      baseUrl: host.base,
      secret: 'a-secret-for-tests-that-is-long-enough-0123456789',
      users: { model: host.Members, passwordHash: 'passwordHash', nickname: 'nickname' },
    };
    other = await latchkey(same);
  });
  after(() => other.close());
  afterEach(() => {
    delete scene.oidc.bend.token;
    delete scene.oidc.bend.refresh;
  });

  const refreshes = () => scene.oidc.requests.filter(({ path, form }) => path === '/token' && form.grant_type === 'refresh_token').length;
  const failure = async (asked: Promise<string>) => {
    const thrown = await asked.catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(LatchkeyError);
    return (thrown as LatchkeyError).code;
  };
  async function comes(): Promise<number> {
    await new ApiClient(host.base).signIn('oidc', scene.oidc, person());
    return Number(await host.Members.max('id'));
  }
  const get = (id: number, keys = host.keys, rejected?: string) =>
    keys.links.accessToken(id, 'oidc', rejected === undefined ? {} : { rejected });

  it('is the stored one while it is good, and works there', async () => {
    const before = refreshes();
    const id = await comes();
    const token = await get(id);
    expect(await get(id, other)).to.equal(token);
    const told = await fetch(`${scene.oidc.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    expect(told.status).to.equal(200);
    expect(refreshes()).to.equal(before);
  });

  it('is refreshed once where it is about to be over, whoever asks in however many processes, and kept encrypted', async () => {
    scene.oidc.bend.token = short;
    const id = await comes();
    const before = refreshes();
    const tokens = await Promise.all(Array.from({ length: 12 }, (_, n) => get(id, n % 2 === 0 ? host.keys : other)));
    expect(new Set(tokens).size).to.equal(1);
    expect(refreshes()).to.equal(before + 1);
    const [rows] = await host.sequelize.query('SELECT tokens FROM social_links WHERE user_id = $id', { bind: { id } });
    expect(JSON.stringify(rows)).not.to.include(tokens[0]);
    expect(await get(id), 'and is good from then on').to.equal(tokens[0]);
  });

  it('is refreshed again and again, each time with the newest refresh token', async () => {
    scene.oidc.bend.token = short;
    scene.oidc.bend.refresh = short;
    const id = await comes();
    const tokens = [await get(id), await get(id), await get(id, other)];
    expect(new Set(tokens).size).to.equal(3);
  });

  it('is another one where the provider did not take it', async () => {
    const id = await comes();
    const first = await get(id);
    const second = await get(id, host.keys, first);
    expect(second).not.to.equal(first);
    const before = refreshes();
    expect(await get(id, other, first), 'there is another by now').to.equal(second);
    expect(refreshes()).to.equal(before);
  });

  it('asks for a sign-in where the provider takes the refresh token no more, and for no more refreshes', async () => {
    scene.oidc.bend.token = (body) => ({ ...short(body), refresh_token: 'withdrawn' });
    const id = await comes();
    const before = refreshes();
    const failures = await Promise.all([failure(get(id)), failure(get(id, other)), failure(get(id))]);
    expect(new Set(failures)).to.deep.equal(new Set(['reauthentication_required']));
    expect(refreshes()).to.equal(before + 1);
    expect(await failure(get(id))).to.equal('reauthentication_required');
    expect(refreshes()).to.equal(before + 1);
  });

  it('fails with the provider, and comes once the provider is back', async () => {
    scene.oidc.bend.token = short;
    const id = await comes();
    scene.oidc.bend.refresh = () => {
      throw new Error('down');
    };
    expect(await failure(get(id))).to.equal('provider_failed');
    delete scene.oidc.bend.refresh;
    expect(await get(id)).to.be.a('string');
  });

  it('is none for somebody unknown, or not linked', async () => {
    expect(await failure(get(999_999))).to.equal('unauthenticated');
    expect(await failure(get(await host.newMember()))).to.equal('not_linked');
  });
});
