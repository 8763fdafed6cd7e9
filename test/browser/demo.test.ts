// What the README promises of `npm start`: sign in, link and unlink with the demo provider, with and without JavaScript.

import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { demoServer } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import * as connections from '../support/connections-page.js';
import { chooseAtDemo, type DemoChoice } from '../support/demo-visit.js';

const ONLY_WAY = 'This is your only way to sign in, so it cannot be unlinked. Set a password or link another account first.';

describeInChromium('The standalone server with its demo provider', () => {
  let base: string;

  before(async () => {
    ({ base } = await demoServer());
  });

  async function signIn(page: Page, provider: string, who: DemoChoice): Promise<void> {
    await page.goto(`${base}/`);
    await connections.continueWith(page, provider);
    await chooseAtDemo(page, who);
  }

  for (const javaScriptEnabled of [true, false]) {
    describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
      const newPage = async () => (await newBrowser({ javaScriptEnabled })).newPage();

      it('lets a person sign in, link a second account, unlink it again and sign out', async () => {
        const page = await newPage();
        await signIn(page, 'Demo Logto', 'Alice Example');
        await connections.expectConnections(page);
        expect(page.url()).to.equal(`${base}/account/connections`);
        const main = page.getByRole('main');
        expect(await main.innerText())
          .to.include('Signed in as Alice Example')
          .and.include('alice@example.test');
        await connections.expectLinked(page, { 'Demo Logto': true, 'Demo OpenID Connect': false, 'Demo Google': false });
        await connections.expectLocked(page, 'Demo Logto', ONLY_WAY);

        await connections.pressLink(page, 'Demo Google');
        await chooseAtDemo(page, 'Bob Example');
        await connections.expectNotice(page, 'Demo Google is linked.');
        await connections.expectLinked(page, { 'Demo Logto': true, 'Demo Google': true });
        expect(await connections.connection(page, 'Demo Google').innerText()).to.include('bob@example.test');

        await connections.unlink(page, 'Demo Google');
        await connections.expectNotice(page, 'Demo Google is unlinked.');
        await connections.expectLinked(page, { 'Demo Logto': true, 'Demo Google': false });
        await connections.expectLocked(page, 'Demo Logto', ONLY_WAY);
        await page.reload();
        await connections.expectConnections(page);
        expect(await page.getByRole('status').count(), 'notices after a reload').to.equal(0);

        await connections.signOut(page);
        expect(await page.content()).not.to.include('Alice');
      });

      it('does nothing when the person thinks better of unlinking', async () => {
        const page = await newPage();
        await signIn(page, 'Demo Logto', 'Alice Example');
        await connections.pressLink(page, 'Demo Google');
        await chooseAtDemo(page, 'Alice Example');
        await page.locator('summary').and(page.getByLabel('Unlink Demo Google')).click();
        await page.getByRole('link', { name: 'Cancel' }).and(page.locator(':visible')).click();
        await connections.expectLinked(page, { 'Demo Google': true });
        await connections.unlink(page, 'Demo Google');
        await connections.expectNotice(page, 'Demo Google is unlinked.');
      });
    });
  }

  it('says so when the person cancels at the provider, and offers to try again', async () => {
    const page = await (await newBrowser()).newPage();
    await signIn(page, 'Demo Logto', 'Cancel');
    await page.getByRole('heading', { name: 'Sign-in was not completed' }).waitFor();
    await page.getByRole('alert').filter({ hasText: 'You cancelled' }).waitFor();
    await page.getByRole('link', { name: 'Try again' }).click();
    await chooseAtDemo(page, 'Alice Example');
    await connections.expectConnections(page);
  });

  it('sends a person who cancels linking back to their connections', async () => {
    const page = await (await newBrowser()).newPage();
    await signIn(page, 'Demo Logto', 'Alice Example');
    await connections.pressLink(page, 'Demo OpenID Connect');
    await chooseAtDemo(page, 'Cancel');
    await page.getByRole('alert').filter({ hasText: 'You cancelled' }).waitFor();
    await page.getByRole('link', { name: 'Back to your connections' }).click();
    await connections.expectLinked(page, { 'Demo Logto': true, 'Demo OpenID Connect': false });
  });

  it('finishes two sign-ins that were begun in two tabs', async () => {
    const context = await newBrowser();
    const [one, other] = [await context.newPage(), await context.newPage()];
    for (const page of [one, other]) {
      await page.goto(`${base}/`);
      await connections.continueWith(page, 'Demo Logto');
    }
    for (const page of [other, one]) {
      await chooseAtDemo(page, 'Alice Example');
      await connections.expectConnections(page);
    }
    await other.reload();
    await connections.expectConnections(other);
  });
});
