// The page of a person's sessions, by plain forms: who may press its buttons, and what they end.

import { expect } from 'chai';
import { BioreClient } from '../support/biore-client.js';
import type { BrowserClient } from '../support/client.js';
import { type Person, person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';

const PAGE = '/account/sessions';
const CHROME = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';

describe('The page of sessions', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: 'sqlite' });
  });
  after(() => stage.close());

  async function signedIn(who: Person = person()): Promise<BrowserClient> {
    const browser = stage.browser();
    await browser.signIn('google', stage.providers.google, who);
    return browser;
  }
  /** Where the buttons of one entry each lead. */
  const endUrls = (html: string) => [...html.matchAll(/action="(\/account\/sessions\/[0-9a-f-]{36}\/end)"/g)].map(([, url = '']) => url);

  it('lists every session with device, masked address and times, and marks the one that shows it', async () => {
    const who = person();
    const browser = await signedIn(who);
    const api = stage.client();
    api.headers = { 'user-agent': CHROME };
    await api.signIn('google', stage.providers.google, who);
    const { status, text, headers } = await browser.open(PAGE);
    expect(status).to.equal(200);
    expect(text).to.include('Chrome on macOS').and.to.include('127.0.0.***').and.to.include('Unknown device');
    expect(text.match(/This device/g)).to.have.length(1);
    expect(endUrls(text)).to.have.length(1);
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('content-security-policy')).to.include("default-src 'none'").and.to.include("form-action 'self'");
    const chinese = await browser.call('GET', PAGE, undefined, { headers: { 'accept-language': 'zh-CN' } });
    expect(chinese.text).to.include('已登录的设备').and.to.include('当前设备');
  });

  it('is linked from the page of connections, and asks strangers to sign in', async () => {
    const browser = await signedIn();
    expect((await browser.open('/account/connections')).text).to.include(`href="${PAGE}"`);
    const stranger = await stage.browser().open(PAGE);
    expect(stranger.status).to.equal(401);
    expect(stranger.text).to.include('Continue with Google').and.to.include('account%2Fsessions');
  });

  it('ends one session, and says so once', async () => {
    const who = person();
    const [browser, other] = [await signedIn(who), await signedIn(who)];
    const [url = ''] = endUrls((await browser.open(PAGE)).text);
    const answer = await browser.submit(url);
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([303, PAGE]);
    expect((await other.me()).status).to.equal(401);
    expect((await browser.open(PAGE)).text)
      .to.include('That device is signed out.')
      .and.to.include('You are signed in here only.');
    expect((await browser.open(PAGE)).text).not.to.include('That device is signed out.');
    const again = await browser.submit(url);
    expect(again.status).to.equal(404);
    expect(again.text).to.include('That session has ended already.').and.to.include('Where you are signed in');
  });

  it('ends all others, also those of apps, and keeps its own', async () => {
    const who = person();
    const [browser, other] = [await signedIn(who), await signedIn(who)];
    const app = new BioreClient(browser.base);
    app.token = (await stage.client().signIn('google', stage.providers.google, who)).token;
    expect((await browser.submit(`${PAGE}/end-others`)).status).to.equal(303);
    expect([(await browser.me()).status, (await other.me()).status, (await app.me()).status]).to.deep.equal([200, 401, 401]);
    expect((await browser.open(PAGE)).text).to.include('All other devices are signed out.');
  });

  it("does nothing for other sites, strangers, nor another person's session", async () => {
    const who = person();
    const [browser, other, stranger] = [await signedIn(who), await signedIn(who), await signedIn()];
    const [url = ''] = endUrls((await browser.open(PAGE)).text);
    for (const path of [url, `${PAGE}/end-others`]) {
      const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.test' };
      const forged = await browser.call('POST', path, new URLSearchParams(), { headers: foreign });
      expect(forged.status, path).to.equal(403);
      expect((await stage.browser().submit(path)).status, path).to.equal(401);
    }
    expect((await stranger.submit(url)).status).to.equal(404);
    expect((await browser.submit(`${PAGE}/x%00y/end`)).status).to.equal(404);
    expect((await other.me()).status).to.equal(200);
  });
});
