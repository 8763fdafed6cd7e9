// Cloudreve's web client in two tabs: each keeps its refresh token in memory, and uses it ten minutes before the access token ends.

import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';
import { change, PASSWORD } from '../http/scenarios.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';

const MINUTE_MS = 60_000;

/** As the vendor's client keeps its session: read from the storage of the origin once, when the tab is opened. */
const CLIENT = `
  window.session = JSON.parse(localStorage.getItem('session') ?? 'null');
  window.call = async (method, path, body) => {
    const authorization = window.session ? { authorization: 'Bearer ' + window.session.access_token } : {};
    const headers = { 'content-type': 'application/json', ...authorization };
    return (await fetch(path, { method, headers, body: body && JSON.stringify(body) })).json();
  };
  /** The server's clock stands where it stood: what it says of an end is as much later as this browser's clock is. */
  window.moved = 0;
  window.keep = (token) => { window.session = { ...token, ends: Date.parse(token.access_expires) + window.moved }; };
  /** Before every call: a new pair, ten minutes before the end. */
  window.use = async (path) => {
    let refreshed = false;
    if (window.session.ends - Date.now() < 10 * 60 * 1000) {
      const answer = await window.call('POST', '/session/token/refresh', { refresh_token: window.session.refresh_token });
      if (answer.code !== 0) return { refreshed, code: answer.code };
      window.keep(answer.data);
      refreshed = true;
    }
    return { refreshed, code: (await window.call('GET', path)).code };
  };
`;

interface Used {
  readonly refreshed: boolean;
  readonly code: number;
}

describeInChromium("The vendor's web client in two tabs", () => {
  let stage: Stage;
  let base = '';
  before(async () => {
    stage = await openStage({ database: 'sqlite' });
    base = stage.client().base;
  });
  after(() => stage.close());

  async function tab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${base}/`);
    await page.evaluate(CLIENT);
    return page;
  }

  const use = (page: Page) => page.evaluate("window.use('/user/setting')") as Promise<Used>;

  /** The clocks of the browser, and what the server remembers of when it was. */
  async function later(pages: readonly Page[], ms: number): Promise<void> {
    // All pages of a context have one clock.
    await pages[0]?.context().clock.fastForward(ms);
    for (const page of pages) await page.evaluate(`window.moved += ${ms}`);
    await change(stage, 'UPDATE refresh_tokens SET rotated_at = rotated_at - :ms', { ms });
  }

  async function twoTabs() {
    const context = await newBrowser();
    await context.clock.install();
    const email = person().email ?? '';
    await stage.client().signUp(email, PASSWORD);
    const first = await tab(context);
    const signedIn = (await first.evaluate(
      `window.call('POST', '/session/token', ${JSON.stringify({ email, password: PASSWORD })}).then((answer) => {
        window.keep(answer.data.token);
        localStorage.setItem('session', JSON.stringify(window.session));
        return answer.code;
      })`,
    )) as number;
    expect(signedIn).to.equal(0);
    return { context, first, second: await tab(context) };
  }

  it('goes on in both, hour after hour, whichever refreshes first and however late the other', async () => {
    const { first, second } = await twoTabs();
    const both = [first, second];
    expect([await use(first), await use(second)]).to.deep.equal(Array(2).fill({ refreshed: false, code: 0 }));
    for (const [leads, follows] of [
      [first, second],
      [second, first],
      [first, second],
    ] as const) {
      await later(both, 51 * MINUTE_MS);
      expect(await use(leads)).to.deep.equal({ refreshed: true, code: 0 });
      await later(both, 7 * MINUTE_MS);
      expect(await use(follows), 'with the predecessor, minutes later').to.deep.equal({ refreshed: true, code: 0 });
      expect(await use(leads)).to.deep.equal({ refreshed: false, code: 0 });
    }
  }).timeout(60_000);

  it('and a tab that slept through many refreshes of the other', async () => {
    const { first, second } = await twoTabs();
    for (let hour = 0; hour < 4; hour += 1) {
      await later([first, second], 51 * MINUTE_MS);
      expect(await use(first)).to.deep.equal({ refreshed: true, code: 0 });
    }
    expect(await use(second)).to.deep.equal({ refreshed: true, code: 0 });
    expect(await use(first)).to.deep.equal({ refreshed: false, code: 0 });
  }).timeout(60_000);

  it('but a token that was carried to another browser ends the family for all', async () => {
    const { first, second } = await twoTabs();
    const stolen = (await first.evaluate('window.session')) as object;
    await later([first, second], 51 * MINUTE_MS);
    expect(await use(first)).to.deep.equal({ refreshed: true, code: 0 });
    await later([first, second], 7 * MINUTE_MS);

    const elsewhere = await newBrowser();
    await elsewhere.clock.install();
    const thief = await tab(elsewhere);
    await thief.evaluate(`window.keep(${JSON.stringify(stolen)})`);
    await elsewhere.clock.fastForward(58 * MINUTE_MS);
    expect(await use(thief)).to.deep.equal({ refreshed: false, code: 40020 });
    expect((await use(first)).code).to.equal(401);
    expect((await use(second)).code).to.equal(40020);
  }).timeout(60_000);
});
