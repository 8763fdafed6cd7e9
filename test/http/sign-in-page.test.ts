// What the vendor's web client asks around a sign-in.

import { expect } from 'chai';
import { expectAnswer } from '../support/answer-schema.js';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { PASSWORD } from './scenarios.js';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

describe("The vendor's web client", () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: 'sqlite' });
  });
  after(() => stage.close());

  const prepare = (email: string) => stage.client().call('GET', `/session/prepare?${new URLSearchParams({ email })}`);

  it('is told which ways in an address has, and only those that work', async () => {
    const who = person();
    const by = await stage.client().signIn('google', stage.providers.google, who);
    const ways = async () => (await prepare(who.email ?? '')).json?.data;
    const none = { webauthn_enabled: false, password_enabled: false, sso_enabled: false, qq_enabled: false };
    expect(await ways()).to.deep.equal(none);
    await by.link('logto', stage.providers.logto, person());
    await by.setPassword(PASSWORD);
    expect(await ways()).to.deep.equal({ ...none, password_enabled: true, sso_enabled: true });
    expect((await prepare((who.email ?? '').toUpperCase())).json?.data).to.deep.equal(await ways());
  });

  it('is told where nobody has an address, and what is none', async () => {
    const unknown = await prepare(person().email ?? '');
    expectAnswer('cloudreve-failure', unknown.json);
    expect([unknown.status, codeOf(unknown), unknown.json?.msg]).to.deep.equal([200, 404, 'User not found']);
    for (const path of [
      '/session/prepare',
      '/session/prepare?email=',
      '/session/prepare?email=x',
      '/session/prepare?email=a@b.c&email=d@e.f',
    ])
      expect(codeOf(await stage.client().call('GET', path)), path).to.equal(40001);
  });

  it('renews its user, and is somebody anonymous where nobody is signed in', async () => {
    const by = await stage.client().signIn('google', stage.providers.google, person());
    const user = (await by.call('GET', '/user/me')).json?.data;
    expect(user).to.deep.equal(by.user);
    expect(codeOf(await stage.client().call('GET', '/user/me'))).to.equal(401);
    for (const prefix of ['', '/api/v4']) {
      const mine = await by.call('GET', `${prefix}/site/config/basic`);
      expect(mine.json?.data?.user).to.deep.equal(user);
      expect(mine.json?.data?.title).to.equal('BIO.RE');
      expect(JSON.parse(String(mine.json?.data?.themes))).to.have.property(String(mine.json?.data?.default_theme));
      const nobody = await stage.client().call('GET', `${prefix}/site/config/basic`);
      expect(nobody.json?.data?.user).to.include({ anonymous: true, nickname: '', created_at: '0001-01-01T00:00:00Z' });
      expect(nobody.json?.data?.instance_id)
        .to.equal(mine.json?.data?.instance_id)
        .and.to.match(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/);
    }
  });

  it('is counted where it asks about addresses', async () => {
    const { headers } = await prepare(person().email ?? '');
    expect(headers.get('ratelimit-policy')).to.be.a('string');
  });

  it('finds the identity sources at the older path, too', async () => {
    const [old, now] = await Promise.all(
      ['get-extidps', 'get-application-enabled-extidps'].map((path) => stage.client().call('GET', `/api/v3/${path}`)),
    );
    expect(old?.json).to.deep.equal(now?.json);
    expect(old?.json?.statusCode).to.equal(200);
  });
});
