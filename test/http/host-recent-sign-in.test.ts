// Where a host with sessions of its own wants a recent sign-in: it says when that was, or has people prove it by a provider.

import { expect } from 'chai';
import type { LatchkeyOptions } from '../../lib/index.js';
import { hostScene } from '../support/host-scene.js';
import { HostBrowser, openSessionHost } from '../support/own-sessions.js';
import { person } from '../support/person.js';

describe('A host with express-session that wants a recent sign-in', () => {
  const scene = hostScene();

  async function open(plugin: Partial<LatchkeyOptions> = {}) {
    const opening = openSessionHost({ providers: scene, plugin: { reauthenticateWithin: '10m', ...plugin } });
    const host = await scene.closing(opening);
    return { host, browser: new HostBrowser(host.base) };
  }

  it('says itself when its members signed in', async () => {
    for (const [age, status] of [
      [0, 302],
      [9 * 60_000, 302],
      [11 * 60_000, 403],
    ] as const) {
      const signedInAt: LatchkeyOptions['signedInAt'] = (req) => new Date(Number(req.session.since) - age);
      const { host, browser } = await open({ signedInAt });
      await browser.login(await host.newMember());
      expect((await browser.open('/auth/google/link')).status, String(age)).to.equal(status);
    }
  });

  it('or lets them prove it by a provider, which leaves its session and cart as they were', async () => {
    const { host, browser } = await open();
    const [id, who] = [await host.newMember(), person()];
    const link = { userId: id, provider: 'google', subject: who.sub };
    await new HostBrowser(host.base).signIn('google', scene.google, who);
    await host.sequelize.query('UPDATE social_links SET user_id = :userId WHERE subject = :subject', { replacements: link });
    await browser.login(id);
    await browser.put('tea');
    const before = browser.thief();
    const refused = await browser.open('/auth/oidc/link');
    expect([refused.status, refused.text.includes('/auth/google/confirm?returnTo=')]).to.deep.equal([403, true]);
    expect((await browser.submit('/account/connections/google/unlink')).status).to.equal(403);

    const url = String((await browser.open('/auth/google/confirm?returnTo=/account/connections')).headers.get('location'));
    const back = new URLSearchParams({ ...(await scene.google.approve(url, who)) });
    const proven = await browser.open(`/callback/openid/google?${back}`);
    expect([proven.status, proven.headers.get('location')], proven.text).to.deep.equal([302, '/account/connections']);
    expect(browser.sessionId).to.not.equal(before.sessionId);
    expect((await browser.open('/session')).json).to.deep.equal({ userId: id, cart: ['tea'], lasts: null, whole: true });
    expect((await before.open('/auth/oidc/link')).status, 'the id of before').to.equal(401);

    expect((await browser.link('oidc', scene.oidc, person())).status).to.equal(302);
    expect((await browser.submit('/account/connections/google/unlink')).status).to.equal(303);
    expect(await host.linked(id)).to.deep.equal(['oidc']);
    expect((await browser.open('/session')).json).to.deep.equal({ userId: id, cart: ['tea'], lasts: null, whole: true });

    await browser.call('POST', '/leave');
    expect((await browser.me()).status, "a proof is no sign-in of its own once the host's is over").to.equal(401);
  });
});
