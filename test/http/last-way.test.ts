// The sign-in page tells a browser by which way it last signed in, and shows providers by their own marks.

import { expect } from 'chai';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { PASSWORD } from './scenarios.js';

const BADGE = 'Last used';

describe('The sign-in page', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: 'sqlite' });
  });
  after(() => stage.close());

  /** The names of the providers whose button says so. */
  const lastUsed = (html: string) =>
    [...html.matchAll(/<span>Continue with ([^<]+)<\/span>\s*<span class="badge">/g)].map(([, provider]) => provider);

  it('says it of the provider, then of the password, after a sign-out, and never of a failed try', async () => {
    const browser = stage.browser();
    const who = person();
    const page = async () => (await browser.open('/account/connections')).text;
    expect(await page()).not.to.include(BADGE);
    await browser.signIn('google', stage.providers.google, who);
    await browser.submit('/account/connections/password', { new_password: PASSWORD });
    await browser.submit('/auth/logout');
    expect(lastUsed(await page())).to.deep.equal(['Google']);
    await browser.submit('/auth/password', { email: who.email ?? '', password: 'another password', returnTo: '/' });
    expect(lastUsed(await page())).to.deep.equal(['Google']);
    await browser.submit('/auth/password', { email: who.email ?? '', password: PASSWORD, returnTo: '/' });
    await browser.submit('/auth/logout');
    const told = await page();
    expect([lastUsed(told), told.includes(BADGE)]).to.deep.equal([[], true]);
  });

  it('believes no cookie that names something else', async () => {
    const browser = stage.browser();
    for (const way of ['nobody', '"><script>', '%3Cb%3E', 'a'.repeat(100)]) {
      browser.cookies.set('latchkey-last-way', way);
      expect((await browser.open('/account/connections')).text, way).not.to.include(BADGE);
    }
  });

  it('shows the mark of a provider that lets us, as a picture of this origin', async () => {
    const html = (await stage.browser().open('/account/connections')).text;
    const [src] = html.match(/\/callback\/openid\/assets\/marks\/google\.svg/) ?? [];
    const mark = await stage.browser().open(src ?? '/');
    expect([mark.status, mark.headers.get('content-type')]).to.deep.equal([200, 'image/svg+xml; charset=utf-8']);
    expect(mark.text).to.match(/^<svg [^>]*>/);
  });
});
