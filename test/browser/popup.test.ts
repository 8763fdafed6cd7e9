// GenAuth's linking in a popup: the window that opened it hears how it ended, if it is ours or of a named origin.

import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type BrowserStage, browserStage } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import { person } from '../support/person.js';

interface Heard {
  readonly origin: string;
  readonly data: { readonly success: boolean; readonly errMsg: string; readonly identities: readonly { readonly provider: string }[] };
}

interface SignedIn {
  readonly type: string;
  readonly answer: { readonly code: number; readonly data: { readonly token: { readonly access_token: string } } };
}

/** The page tries our own origin and each named one; for those that the opener does not have, the browser prints this. */
const NOT_THAT_ORIGIN = /Failed to execute 'postMessage' on 'DOMWindow': The target origin provided/;

/** What a single-page app does: prepares the flow, and opens the window that a click lets it open. */
const SIGN_IN_BY_WINDOW = (base: string) => `(async () => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ provider: 0 });
  const prepared = await fetch(${JSON.stringify(base)} + '/session/openid', { method: 'PUT', credentials: 'include', headers, body });
  open((await prepared.json()).data);
})(); undefined`;

describeInChromium('Signing in by a window that a page of another origin opens', () => {
  let stage: BrowserStage;
  before(async () => {
    stage = await browserStage();
  });
  afterEach(() => stage.forgetVisitors());

  it('tells a named origin the answer, tokens and all, that signs its calls', async () => {
    const page = await (await newBrowser({ expected: [NOT_THAT_ORIGIN] })).newPage();
    await page.goto(stage.foreign.named);
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.evaluate(SIGN_IN_BY_WINDOW(stage.base))]);
    await popup.getByText('Signed in as').waitFor();
    const heard = (await page.evaluate('heard')) as readonly { readonly origin: string; readonly data: SignedIn }[];
    expect(heard.map(({ origin, data }) => [origin, data.type, data.answer.code])).to.deep.equal([[stage.base, 'latchkey:finished', 0]]);
    const client = new ApiClient(stage.base, heard[0]?.data.answer.data.token.access_token);
    expect(await client.linked()).to.deep.equal([0]);
    expect((await client.unlink('logto')).json?.code).to.equal(40084);
  });

  it('begins nothing for an origin that is not named', async () => {
    const page = await (await newBrowser({ expected: [/blocked by CORS policy/, /net::ERR_FAILED/] })).newPage();
    await page.goto(stage.foreign.sameSite);
    expect(await page.evaluate(`${SIGN_IN_BY_WINDOW(stage.base).replace('; undefined', '')}.catch(({ name }) => name)`)).to.equal(
      'TypeError',
    );
    expect(await page.evaluate('heard')).to.deep.equal([]);
  });
});

describeInChromium('Linking in a popup', () => {
  let stage: BrowserStage;
  let base: string;

  before(async () => {
    stage = await browserStage();
    base = stage.base;
  });
  afterEach(() => stage.forgetVisitors());

  async function linkUrl(by: ApiClient, name = 'generate-link-extidp-url'): Promise<string> {
    const query = new URLSearchParams({ ext_idp_conn_identifier: 'logto', app_id: 'app', id_token: by.token ?? '' });
    const path = `/api/v3/${name}?${query}`;
    if (name === 'link-extidp') return base + path;
    const answer = await new ApiClient(base).call('GET', path);
    return String((answer.json?.data as { readonly url?: unknown } | undefined)?.url);
  }

  const member = () => new ApiClient(base).signIn('google', stage.providers.google, person());

  /** A page of the app that opens the popup. */
  async function opener(url: string): Promise<Page> {
    const page = await (await newBrowser({ expected: [NOT_THAT_ORIGIN] })).newPage();
    await page.goto(url);
    return page;
  }

  /** Opens the popup and waits until it has closed itself. */
  async function openPopup(page: Page, url: string): Promise<void> {
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.evaluate(`void open(${JSON.stringify(url)})`)]);
    if (!popup.isClosed()) await popup.waitForEvent('close');
  }

  const heardBy = async (page: Page) => (await page.evaluate('heard')) as readonly Heard[];

  for (const name of ['generate-link-extidp-url', 'link-extidp']) {
    it(`tells an opener of a named origin what is linked now (${name})`, async () => {
      const by = await member();
      const page = await opener(stage.foreign.named);
      await openPopup(page, await linkUrl(by, name));
      const heard = await heardBy(page);
      expect(heard).to.have.length(1);
      expect(heard[0]).to.deep.include({ origin: base });
      expect(heard[0]?.data).to.include({ success: true, errMsg: '' });
      expect(heard[0]?.data.identities).to.deep.equal((await by.identities()).json?.data);
      expect(await by.linked()).to.have.members(['google', 0]);
    });
  }

  it('tells a page of our own origin as well', async () => {
    const by = await member();
    const page = await opener(`${base}/healthz`);
    await page.evaluate(`heard = []; addEventListener('message', ({ origin, data }) => heard.push({ origin, data })); undefined`);
    await openPopup(page, await linkUrl(by));
    expect((await heardBy(page)).map(({ data }) => data.success)).to.deep.equal([true]);
  });

  /** Opens the popup, in which the person is asked. */
  async function openQuestion(page: Page, url: string, features = ''): Promise<Page> {
    const open = `void open(${JSON.stringify(url)}, '', ${JSON.stringify(features)})`;
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.evaluate(open)]);
    await popup.getByRole('heading', { name: 'Link Logto to this account?' }).waitFor();
    return popup;
  }

  async function answer(popup: Page, name: string): Promise<void> {
    const closed = popup.waitForEvent('close');
    await popup.getByRole('button', { name }).click();
    await closed;
  }

  for (const origin of ['otherSite', 'sameSite'] as const) {
    for (const name of ['generate-link-extidp-url', 'link-extidp']) {
      it(`asks first where an opener of any other origin has it opened, and tells that nothing (${origin}, ${name})`, async () => {
        const by = await member();
        const page = await opener(stage.foreign[origin]);
        const popup = await openQuestion(page, await linkUrl(by, name));
        expect(popup.url()).to.match(/\/api\/v3\/link-extidp\?ticket=[\w-]{43}$/);
        expect(await popup.getByRole('main').innerText()).to.include(String((by.user as { readonly email?: unknown } | undefined)?.email));
        await popup.reload();
        await popup.getByRole('heading', { name: 'Link Logto to this account?' }).waitFor();
        expect(await by.linked(), 'not yet').to.deep.equal(['google']);
        await answer(popup, 'Yes, link Logto');
        expect(await heardBy(page)).to.deep.equal([]);
        expect(await by.linked(), 'linked when the person said so').to.have.members(['google', 0]);
      });
    }
  }

  it('tells an opener of a named origin that hides where it is of a no, and links nothing', async () => {
    const by = await member();
    const page = await opener(stage.foreign.named);
    await page.evaluate(`document.head.innerHTML = '<meta name="referrer" content="no-referrer">'; undefined`);
    await answer(await openQuestion(page, await linkUrl(by)), 'Cancel');
    const [told] = await heardBy(page);
    expect(told?.data).to.deep.equal({ success: false, errMsg: 'The person did not confirm the link', identities: [] });
    expect(await by.linked()).to.deep.equal(['google']);
  });

  it('tells of a refusal at the provider', async () => {
    const by = await member();
    stage.providers.logto.bend.redirect = ({ code: _code, ...honest }) => ({ ...honest, error: 'access_denied' });
    const page = await opener(stage.foreign.named);
    await openPopup(page, await linkUrl(by));
    const [told] = await heardBy(page);
    expect(told?.data).to.deep.include({ success: false, identities: [] });
    expect(told?.data.errMsg).to.be.a('string').and.not.equal('');
    expect(await by.linked()).to.deep.equal(['google']);
  });

  it('works once: the second to open the link links nothing', async () => {
    const by = await member();
    const url = await linkUrl(by);
    const page = await opener(stage.foreign.named);
    await openPopup(page, url);
    await openPopup(page, url);
    expect((await heardBy(page)).map(({ data }) => data.success)).to.deep.equal([true, false]);
  });

  it('says how it ended to a person who opened it in no popup', async () => {
    const page = await (await newBrowser()).newPage();
    await page.goto(await linkUrl(await member()));
    await page.getByRole('heading', { name: 'Your account is linked' }).waitFor();
    expect(page.url(), 'the code is gone from the address').to.equal(`${base}/callback/openid/0`);
  });
});
