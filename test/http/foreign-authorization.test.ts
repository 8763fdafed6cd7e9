// `Authorization` headers that are not ours: a staging site's Basic, a host's own tokens. They say nothing to us, and take nothing away.

import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { ApiClient, type BrowserClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import { overToken } from '../support/over-token.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');

/** A token that only the host can read, of the very shape of ours. */
function hostToken(id: number): string {
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: String(id), token_type: 'access', exp: 9_999_999_999 })}`;
  return `${text}.${createHmac('sha256', "the host's own key").update(text).digest('base64url')}`;
}

const FOREIGN = {
  'Basic of a staging site': 'Basic c3RhZ2luZzpzaXRl',
  Digest: 'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e"',
  Negotiate: 'Negotiate YIIJvwYGKwYBBQUCoIIJszCCCa+gJDAi',
  'Negotiate without a word': 'Negotiate',
  "somebody's JWT": `Bearer ${hostToken(1)}`,
  "somebody's JWT without a scheme": hostToken(1),
  'an opaque token': 'Bearer 2YotnFZFEjr1zCsicMWpAA',
  'Bearer without a token': 'Bearer',
  'a list of two': 'Basic c3RhZ2luZzpzaXRl, Bearer abc',
} as const;

describe('With an Authorization header that is not ours', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: 'sqlite', config: { reauthenticateWithin: '10m' } });
  });
  after(() => stage.close());

  async function member(): Promise<{ readonly browser: BrowserClient; readonly email: string }> {
    const [browser, who] = [stage.browser(), person()];
    await browser.signIn('oidc', stage.providers.oidc, who);
    await browser.link('google', stage.providers.google, person());
    return { browser, email: who.email };
  }

  for (const [what, authorization] of Object.entries(FOREIGN)) {
    const headers = { authorization };

    it(`a person stays who their cookie says, and changes what they want (${what})`, async () => {
      const { browser, email } = await member();
      const call = (method: string, path: string, body?: unknown) => browser.call(method, path, body, { headers });
      expect((await call('GET', '/auth/me')).json?.user?.email).to.equal(email);
      expect((await call('GET', '/account/connections')).text).to.include(email);
      expect((await call('GET', '/api/v3/get-identities')).json?.data).to.have.length(2);
      expect((await call('GET', '/auth/logto/link')).status).to.equal(302);
      expect((await call('DELETE', '/session/openid/google')).json?.code).to.equal(0);
      expect((await call('POST', '/auth/logout')).status).to.equal(303);
      expect((await browser.me()).status).to.equal(401);
    });

    it(`who has nothing else is nobody (${what})`, async () => {
      const client = stage.client();
      expect((await client.call('GET', '/auth/me', undefined, { headers })).status).to.equal(401);
      expect((await client.call('GET', '/user/setting', undefined, { headers })).json?.code).to.equal(401);
    });

    it(`another site still changes nothing (${what})`, async () => {
      const { browser } = await member();
      for (const evidence of [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }]) {
        const answer = await browser.call('DELETE', '/session/openid/google', undefined, { headers: { ...evidence, authorization } });
        expect(answer.json?.code, JSON.stringify(evidence)).to.equal(403);
        expect((await browser.call('POST', '/auth/logout', undefined, { headers: { ...evidence, authorization } })).status).to.equal(403);
      }
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const silent = await request(`${browser.base}/session/openid/google`, { method: 'DELETE', headers: { cookie, authorization } });
      expect(silent.json?.code, 'a browser that says nothing').to.equal(403);
      expect((await browser.call('GET', '/api/v3/get-identities')).json?.data).to.have.length(2);
    });
  }
});

describe("A host's own token", () => {
  const scene = hostScene();
  let host: TestHost;

  before(async () => {
    const known = new Map<string, number>();
    host = await scene.closing(
      openTestHost({
        providers: scene,
        plugin: {
          currentUser: (req) => {
            const id = /\d+/.exec(req.get('cookie') ?? '')?.[0];
            return known.get(req.get('authorization') ?? '') ?? (req.get('cookie')?.startsWith('host=') ? Number(id) : undefined);
          },
        },
        before(app) {
          app.post('/issue/:id', (req, res) => {
            const token = hostToken(Number(req.params.id));
            known.set(`Bearer ${token}`, Number(req.params.id));
            res.json({ token });
          });
        },
      }),
    );
  });

  /** Somebody with a password of the host's and Google linked, whose app has a token of the host's. */
  async function member(): Promise<{ readonly id: number; readonly authorization: string }> {
    const id = await host.newMember();
    await host.browser().signIn('google', scene.google, person());
    const [{ n }] = (await host.sequelize.query('SELECT MAX(user_id) AS n FROM social_links'))[0] as [{ n: number }];
    await host.sequelize.query('UPDATE social_links SET user_id = :id WHERE user_id = :n', { replacements: { id, n } });
    const issued = await request(`${host.base}/issue/${id}`, { method: 'POST' });
    return { id, authorization: `Bearer ${issued.json?.token}` };
  }

  const unlink = (headers: Readonly<Record<string, string>>): Promise<HttpAnswer> =>
    request(`${host.base}/session/openid/google`, { method: 'DELETE', headers });

  it('signs what its own app asks of us', async () => {
    const { id, authorization } = await member();
    expect((await request(`${host.base}/auth/me`, { method: 'GET', headers: { authorization } })).json?.user?.nickname).to.equal('Ann');
    const answer = await unlink({ authorization });
    expect([answer.json?.code, await host.linked(id)], answer.text).to.deep.equal([0, []]);
  });

  it('signs nothing for a page of another site, nor does Basic beside its cookie', async () => {
    const { id, authorization } = await member();
    for (const evidence of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])
      expect((await unlink({ authorization, ...evidence })).json?.code, JSON.stringify(evidence)).to.equal(403);
    const byCookie = { cookie: `host=${id}`, authorization: 'Basic c3RhZ2luZzpzaXRl' };
    expect((await unlink(byCookie)).json?.code, 'browsers send Basic by themselves').to.equal(403);
    expect(await host.linked(id)).to.deep.equal(['google']);
    expect((await unlink({ ...byCookie, origin: host.base })).json?.code).to.equal(0);
  });

  it('gives way to a token of ours, sound or over', async () => {
    const { id } = await member();
    const client = await new ApiClient(host.base).signIn('google', scene.google, person());
    const headers = { cookie: `host=${id}`, origin: host.base };
    const me = () => client.call('GET', '/auth/me', undefined, { headers });
    expect((await me()).json?.user?.nickname).not.to.equal('Ann');
    client.token = await overToken(client.token);
    expect((await me()).status).to.equal(401);
  });
});
