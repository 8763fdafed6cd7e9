// Apple's answer as a browser carries it: a form that a page of another site posts, without our cookies.

import { expect } from 'chai';
import type { BrowserContext, Page, Request } from 'playwright-core';
import { type BrowserStage, browserStage } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import * as connections from '../support/connections-page.js';

const CALLBACK = '/callback/openid/apple';

describeInChromium("Apple's form, in a browser", () => {
  let apple: BrowserStage['apple'];
  /** Another site than Apple's. */
  let base: string;

  before(async () => {
    ({ apple, base } = await browserStage());
  });

  /** Every request to the callback with the headers that were really sent. */
  function watchCallback(context: BrowserContext): Request[] {
    const seen: Request[] = [];
    context.on('request', (request) => {
      if (new URL(request.url()).pathname === CALLBACK) seen.push(request);
    });
    return seen;
  }

  async function prepareOn(page: Page): Promise<string> {
    await page.goto(`${base}/healthz`);
    return await page.evaluate(async () => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch('/session/openid', { method: 'PUT', headers, body: JSON.stringify({ provider: 'apple' }) });
      return String(((await answer.json()) as { readonly data?: unknown }).data);
    });
  }

  /** The form came without cookies, and the GET that it led to with them. */
  async function expectLaxCookies([posted, got]: readonly Request[], cookie: string): Promise<void> {
    const form = await posted?.allHeaders();
    expect(posted?.method()).to.equal('POST');
    expect(form).to.include({ origin: apple.issuer, 'sec-fetch-site': 'cross-site' });
    expect(form).not.to.have.property('cookie');
    expect((await posted?.response())?.status()).to.equal(303);
    expect(got?.method()).to.equal('GET');
    expect(got?.redirectedFrom()).to.equal(posted);
    const { cookie: sent = '', ...headers } = (await got?.allHeaders()) ?? {};
    expect(headers).to.include({ 'sec-fetch-site': 'cross-site' });
    expect(sent).to.include(`${cookie}=`);
  }

  it('comes without the Lax cookie, and the GET after it with the cookie, so that the page finishes the sign-in', async () => {
    const context = await newBrowser();
    const callbacks = watchCallback(context);
    const page = await context.newPage();
    const url = await prepareOn(page);
    const cookies = await context.cookies(base);
    expect(cookies.map(({ name, sameSite, httpOnly }) => ({ name, sameSite, httpOnly }))).to.deep.equal([
      { name: 'latchkey-flow', sameSite: 'Lax', httpOnly: true },
    ]);
    await page.goto(url);
    await page.getByText('Signed in as person-').waitFor();
    expect(callbacks).to.have.length(2);
    await expectLaxCookies(callbacks, 'latchkey-flow');
    expect(page.url()).to.equal(base + CALLBACK);
  });

  it('signs in through /auth/apple', async () => {
    const context = await newBrowser();
    const callbacks = watchCallback(context);
    const page = await context.newPage();
    await page.goto(`${base}/`);
    await connections.continueWith(page, 'Apple');
    await connections.expectConnections(page);
    await connections.expectLinked(page, { Apple: true, Google: false });
    expect(page.url()).to.equal(`${base}/account/connections`);
    await expectLaxCookies(callbacks, 'latchkey-flow');
  });

  it('links to the person who is signed in, though the form itself says nothing of a session', async () => {
    const context = await newBrowser();
    const page = await context.newPage();
    await page.goto(`${base}/`);
    await connections.continueWith(page, 'Google');
    await connections.expectConnections(page);
    const session = (await context.cookies(base)).find(({ name }) => name !== 'latchkey-flow');
    expect(session).to.include({ sameSite: 'Lax', httpOnly: true });
    const callbacks = watchCallback(context);
    await connections.pressLink(page, 'Apple');
    await connections.expectNotice(page, 'Apple is linked.');
    await connections.expectLinked(page, { Apple: true, Google: true });
    await expectLaxCookies(callbacks, session?.name ?? '');
  });

  it('finishes nothing in a browser that did not begin', async () => {
    const owner = await (await newBrowser()).newPage();
    const url = await prepareOn(owner);
    const asked = apple.count('/auth/token');
    const page = await (await newBrowser()).newPage();
    await page.goto(url);
    await page.getByRole('heading', { name: 'Back to your app' }).waitFor();
    expect(apple.count('/auth/token')).to.equal(asked);
  });
});
