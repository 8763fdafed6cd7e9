// What the legacy app of the examples shows besides: its own sessions and the plugin, in both directions.

import { expect } from 'chai';
import { BrowserClient } from '../support/client.js';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import type { Scene } from './host-suite.js';

/** A member of the legacy app with a password and a session of the app's own. */
async function member({ app }: Scene): Promise<BrowserClient> {
  const browser = new BrowserClient(app.base);
  const answer = await browser.submit('/register', { mail: person().email, password: 'correct horse' });
  if (answer.status !== 302) throw new Error(`register: ${answer.status} ${answer.text}`);
  return browser;
}

/** What the app's page does: prepares, visits the provider, finishes. */
async function throughProvider(browser: BrowserClient, provider: number | string, at: OpenIdProvider, linking: boolean) {
  const prepared = await browser.call('PUT', '/session/openid', { provider, linking });
  const { code, state } = await at.approve(String(prepared.json?.data));
  return (await browser.call('POST', '/session/openid', { code, session_id: state, provider_id: provider })).json;
}

/** The app's own sessions and the plugin, in both directions. */
export function legacySessions(scene: () => Scene): void {
  it("takes the app's own session for linking and unlinking, from its own pages only", async () => {
    const browser = await member(scene());
    expect((await throughProvider(browser, 'google', scene().google, true))?.code).to.equal(0);
    const links = await browser.open('/me/links');
    expect(links.json).to.have.lengthOf(1);
    expect(links.json?.[0]).to.include({ provider: 'google' });
    const foreign = { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.test' } };
    expect((await browser.call('DELETE', '/session/openid/google', undefined, foreign)).json?.code).to.equal(403);
    expect((await browser.call('DELETE', '/session/openid/google')).json?.code).to.equal(0);
    expect((await browser.open('/me/links')).json).to.deep.equal([]);
  });

  it("holds back the app's own change when it would leave nobody a way in", async () => {
    const browser = await member(scene());
    const refused = await browser.call('POST', '/me/password/remove', {});
    expect([refused.status, refused.json?.oops]).to.deep.equal([
      409,
      'This is your only sign-in method. Set a password or link another provider first',
    ]);
    expect((await browser.open('/me')).json).to.include({ hasPassword: true });
    await throughProvider(browser, 2, scene().oidc, true);
    expect((await browser.call('POST', '/me/password/remove', {})).json).to.deep.equal({ hasPassword: false });
    expect((await browser.open('/me')).json).to.include({ hasPassword: false });
    expect((await browser.call('DELETE', '/session/openid/2')).json?.code).to.equal(40084);
  });

  it("turns a social sign-in into the app's own session", async () => {
    const browser = new BrowserClient(scene().app.base);
    const answer = await browser.signIn('google', scene().google, person(), '/');
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([302, '/']);
    expect((await browser.open('/me')).json).to.include({ plan: 'free', hasPassword: false });
    await browser.submit('/logout');
    expect([(await browser.open('/me')).status, (await browser.me()).status]).to.deep.equal([401, 401]);
  });

  it('shows its members our page, which they link and unlink by', async () => {
    const browser = await member(scene());
    const out = await browser.submit('/account/connections/google/link');
    const back = new URLSearchParams({ ...(await scene().google.approve(String(out.headers.get('location')))) });
    expect((await browser.open(`/callback/openid/google?${back}`)).headers.get('location')).to.equal('/account/connections');
    const page = await browser.open('/account/connections');
    expect([page.status, page.text.includes('action="/account/connections/google/unlink"')]).to.deep.equal([200, true]);
    expect((await browser.submit('/account/connections/google/unlink')).status).to.equal(303);
    expect((await browser.open('/me/links')).json).to.deep.equal([]);
  });

  it('sets no session cookie of its own, and renews that of the app for a link', async () => {
    const browser = await member(scene());
    const before = browser.cookies.get('club.sid');
    await throughProvider(browser, 2, scene().oidc, true);
    expect([...browser.cookies.keys()]).to.have.members(['club.sid', 'latchkey-flow']);
    expect(browser.cookies.get('club.sid')).to.not.equal(before);
    expect((await browser.open('/me')).json).to.include({ hasPassword: true });
  });
}
