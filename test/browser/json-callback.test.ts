// Flows that were prepared by JSON, brought to their end in a real browser.

import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { demoServer } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import { chooseAtDemo, type DemoChoice } from '../support/demo-visit.js';
import type { Server } from '../support/server.js';

interface Envelope {
  readonly code: number;
  readonly data?: unknown;
}

describeInChromium('A flow prepared by JSON, in a browser', () => {
  /** Alice always comes by Logto and Bob by OpenID Connect: each address is one user's. */
  let server: Server;

  before(async () => {
    server = await demoServer();
  });

  /** What the app's own script does. */
  function callFrom(page: Page, method: string, path: string, body: object): Promise<Envelope> {
    return page.evaluate(
      async (call) => {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(call.path, { method: call.method, headers, body: JSON.stringify(call.body) });
        return (await response.json()) as Envelope;
      },
      { method, path, body },
    );
  }

  /** By a page of the app's own origin, as a single-page app has one. */
  async function prepareOn(page: Page, provider: number | string): Promise<string> {
    await page.goto(`${server.base}/healthz`);
    const { code, data } = await callFrom(page, 'PUT', '/session/openid', { provider });
    expect(code).to.equal(0);
    return String(data);
  }

  async function travel(page: Page, provider: number | string, choice: DemoChoice): Promise<void> {
    await page.goto(await prepareOn(page, provider));
    await chooseAtDemo(page, choice);
  }

  const newPage = async () => (await newBrowser()).newPage();

  for (const [provider, segment, who] of [
    [0, '0', 'Alice Example'],
    [2, '2', 'Bob Example'],
  ] as const) {
    it(`is finished by the page that the person comes back to (${provider})`, async () => {
      const page = await newPage();
      await travel(page, provider, who);
      await page.getByText(`Signed in as ${who}`).waitFor();
      expect(page.url(), 'the code is gone from the address').to.equal(`${server.base}/callback/openid/${segment}`);
    });
  }

  it('says so when the address is that of another user', async () => {
    const page = await newPage();
    await travel(page, 0, 'Alice Example');
    await page.getByText('Signed in as Alice Example').waitFor();
    await travel(page, 'google', 'Alice Example');
    await page.getByText('That did not work').waitFor();
  });

  it('tells the window that opened it', async () => {
    const page = await newPage();
    const url = await prepareOn(page, 2);
    // A string: what stands in the page is no business of the compiler.
    await page.evaluate(`window.told = new Promise((resolve) => addEventListener('message', (event) => resolve(event.data))); undefined`);
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.evaluate(`void window.open(${JSON.stringify(url)})`)]);
    await chooseAtDemo(popup, 'Bob Example');
    const told = (await page.evaluate('window.told')) as { readonly type: string; readonly answer: Envelope };
    expect(told).to.include({ type: 'latchkey:finished' });
    expect(told.answer.code).to.equal(0);
  });

  it('says so when the person cancels at the provider', async () => {
    const page = await newPage();
    await travel(page, 2, 'Cancel');
    await page.getByRole('heading', { name: 'Sign-in was not completed' }).waitFor();
  });

  it('cannot be finished twice: the way back in the history finishes nothing', async () => {
    const page = await newPage();
    await travel(page, 0, 'Alice Example');
    await page.getByText('Signed in as Alice Example').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign-in was not completed' }).waitFor();
  });

  it('is handed back to the client that prepared it, and the browser finishes nothing', async () => {
    const client = new ApiClient(server.base);
    const prepared = await client.prepare('oidc');
    const context = await newBrowser();
    const page = await context.newPage();
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() !== 'GET' && request.url().startsWith(server.base)) sent.push(request.url());
    });
    await page.goto(String(prepared.json?.data));
    await chooseAtDemo(page, 'Bob Example');
    await page.getByRole('heading', { name: 'Back to your app' }).waitFor();
    const { searchParams } = new URL(page.url());
    const [code, state] = [searchParams.get('code') ?? '', searchParams.get('state') ?? ''];
    const main = await page.getByRole('main').innerText();
    for (const value of [code, state, 'provider_id']) expect(main).to.include(value);
    expect(sent).to.deep.equal([]);
    expect(await context.cookies(server.base)).to.deep.equal([]);
    const finished = await client.finish('oidc', { code, state });
    expect(finished.json?.data?.user).to.include({ email: 'bob@example.test' });
  });
});
