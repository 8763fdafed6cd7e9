// What pages of other sites can make a signed-in person's browser do: nothing.

import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';
import { type BrowserStage, browserStage } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import * as connections from '../support/connections-page.js';
import { person } from '../support/person.js';

describeInChromium("A page of somebody else's", () => {
  let base: string;
  let foreign: BrowserStage['foreign'];
  let providers: BrowserStage['providers'];

  before(async () => {
    ({ base, foreign, providers } = await browserStage());
  });

  /** Signed in by Google and linked to Logto. */
  async function member(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${base}/`);
    await connections.continueWith(page, 'Google');
    await connections.expectConnections(page);
    await connections.pressLink(page, 'Logto');
    await connections.expectNotice(page, 'Logto is linked.');
    return page;
  }

  async function foreignPage(context: BrowserContext, origin: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${origin}/`);
    return page;
  }

  async function postForm(page: Page, action: string): Promise<void> {
    const script = `document.body.innerHTML = '<form method="post" action="${action}"><button>Win a prize</button></form>'; undefined`;
    await page.evaluate(script);
    await page.getByRole('button', { name: 'Win a prize' }).click();
  }

  it('of another site has no cookie to unlink with', async () => {
    const context = await newBrowser();
    const page = await member(context);
    const theirs = await foreignPage(context, foreign.otherSite);
    await postForm(theirs, `${base}/account/connections/google/unlink`);
    await theirs.getByRole('heading', { name: 'Sign in to BIO.RE' }).waitFor();
    await page.reload();
    await connections.expectLinked(page, { Google: true, Logto: true });
  });

  it('on another port of this host has the cookie, and is refused', async () => {
    const context = await newBrowser();
    const page = await member(context);
    const theirs = await foreignPage(context, foreign.sameSite);
    for (const path of ['/account/connections/google/unlink', '/account/connections/oidc/link', '/auth/logout']) {
      const [request] = await Promise.all([theirs.waitForRequest(base + path), postForm(theirs, base + path)]);
      const { cookie, 'sec-fetch-site': site } = await request.allHeaders();
      expect([cookie?.includes('='), site]).to.deep.equal([true, 'same-site']);
      await theirs.getByRole('alert').filter({ hasText: 'This request came from another site' }).waitFor();
      await theirs.goto(`${foreign.sameSite}/`);
    }
    await page.reload();
    await connections.expectLinked(page, { Google: true, Logto: true, 'OpenID Connect': false });
  });

  it('cannot lead a person into linking by a link', async () => {
    const context = await newBrowser();
    const page = await member(context);
    for (const origin of [foreign.otherSite, foreign.sameSite]) {
      const theirs = await foreignPage(context, origin);
      await theirs.evaluate(`location.href = '${base}/auth/oidc/link'; undefined`);
      await theirs.getByRole('alert').filter({ hasText: 'This request came from another site' }).waitFor();
    }
    await page.reload();
    await connections.expectLinked(page, { 'OpenID Connect': false });
  });

  /** A one-time link of somebody's own, and who that is. */
  async function lure(): Promise<{ readonly url: string; readonly by: ApiClient; readonly email: string }> {
    const [by, who] = [new ApiClient(base), person('mallory')];
    await by.signIn('google', providers.google, who);
    const query = new URLSearchParams({ ext_idp_conn_identifier: 'logto', app_id: 'app', id_token: by.token ?? '' });
    const answer = await by.call('GET', `/api/v3/generate-link-extidp-url?${query}`);
    return { url: String(answer.json?.data?.url), by, email: who.email };
  }

  for (const javaScriptEnabled of [true, false]) {
    it(`cannot link a person to an account of its own unasked${javaScriptEnabled ? '' : ', without JavaScript'}`, async () => {
      for (const origin of [foreign.otherSite, foreign.sameSite]) {
        const { url, by, email } = await lure();
        const context = await newBrowser({ javaScriptEnabled });
        const page = { contentType: 'text/html', body: `<!doctype html><a href="${url}">Win a prize</a>` };
        await context.route(`${origin}/prize`, (route) => route.fulfill(page));
        const victim = await context.newPage();
        await victim.goto(`${origin}/prize`);
        await victim.getByRole('link', { name: 'Win a prize' }).click();
        await victim.getByRole('heading', { name: 'Link Logto to this account?' }).waitFor();
        expect(await victim.getByRole('main').innerText()).to.include(email);
        await victim.keyboard.press('Tab');
        await victim.keyboard.press('Enter');
        await victim.getByRole('alert').filter({ hasText: 'You cancelled' }).waitFor();
        expect(await by.linked()).to.deep.equal(['google']);
      }
    });
  }

  for (const what of ['the connections', 'the question before a link']) {
    it(`cannot show ${what} in a frame`, async () => {
      const context = await newBrowser({ expected: [/frame-ancestors/] });
      await member(context);
      const theirs = await foreignPage(context, foreign.sameSite);
      const url = what === 'the connections' ? `${base}/account/connections` : (await lure()).url;
      await Promise.all([
        theirs.waitForEvent('console', (message) => message.text().includes('frame-ancestors')),
        theirs.evaluate(`document.body.innerHTML = '<iframe src="${url}"></iframe>'; undefined`),
      ]);
      expect(await theirs.frames()[1]?.getByRole('heading').count()).to.equal(0);
    });
  }

  it('cannot read who somebody is, unless its origin is named', async () => {
    const context = await newBrowser({ expected: [/blocked by CORS policy/, /net::ERR_FAILED/] });
    await member(context);
    const readFrom = async (origin: string) => {
      const theirs = await foreignPage(context, origin);
      return theirs.evaluate(`fetch('${base}/auth/me', { credentials: 'include' }).then((answer) => answer.status, () => 'refused')`);
    };
    expect(await readFrom(foreign.sameSite)).to.equal('refused');
    expect(await readFrom(foreign.named)).to.equal(200);
  });
});
