// The vendor's own client for browsers, on a page of another origin, against our GenAuth calls.

import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { extIdpId } from '../http/scenarios.js';
import { type BrowserStage, browserStage } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import { person } from '../support/person.js';

const SDK = fileURLToPath(new URL('../../node_modules/authing-js-sdk/build/browser/index.min.js', import.meta.url));

describeInChromium("The vendor's client in a page of another origin", () => {
  let stage: BrowserStage;
  before(async () => {
    stage = await browserStage();
  });
  afterEach(() => stage.forgetVisitors());

  async function pageAt(url: string, expected: readonly RegExp[] = []): Promise<Page> {
    const page = await (await newBrowser({ expected: [...expected] })).newPage();
    await page.goto(url);
    await page.addScriptTag({ path: SDK });
    return page;
  }

  /** Runs a request by the client's own way of sending one: with its headers, and its reading of the answer. */
  async function send(page: Page, token: string, request: object): Promise<unknown> {
    const options = { appHost: stage.base, appId: 'app', requestFrom: 'page', token };
    return await page.evaluate(`(async () => {
      const { AuthenticationClient } = window.authing ?? window.Authing;
      const client = new AuthenticationClient(${JSON.stringify(options)});
      client.setToken(${JSON.stringify(token)});
      return await client.httpClient.request(${JSON.stringify(request)}).then((data) => ({ data }), (error) => ({ failed: error.message }));
    })()`);
  }

  const at = (path: string) => `${stage.base}/api/v3/${path}`;

  it('lists and unlinks where the origin is named, past the preflight with the headers that it sends', async () => {
    const by = await new ApiClient(stage.base).signIn('google', stage.providers.google, person());
    await by.link('logto', stage.providers.logto, person());
    const page = await pageAt(stage.foreign.named);
    const preflights: string[] = [];
    page.on('request', (request) => {
      if (request.method() !== 'OPTIONS') preflights.push(Object.keys(request.headers()).join(' '));
    });
    const token = by.token ?? '';
    const listed = (await send(page, token, { method: 'GET', url: at('get-identities') })) as { readonly data: readonly object[] };
    expect(listed.data).to.have.length(2);
    expect(preflights.at(-1)).to.include('x-authing-request-from').and.include('x-authing-sdk-version');
    const extIdp = { extIdpId: extIdpId('logto') };
    const unlinked = (await send(page, token, { method: 'POST', url: at('unlink-extidp'), data: extIdp })) as object;
    expect(unlinked).to.not.have.property('failed');
    const last = { extIdpId: extIdpId('google') };
    const refused = (await send(page, token, { method: 'POST', url: at('unlink-extidp'), data: last })) as { readonly failed: string };
    expect(refused.failed).to.match(/only sign-in method/);
  });

  it('reads nothing where the origin is not', async () => {
    const by = await new ApiClient(stage.base).signIn('google', stage.providers.google, person());
    const page = await pageAt(stage.foreign.sameSite, [/blocked by CORS policy/, /net::ERR_FAILED/]);
    const answer = (await send(page, by.token ?? '', { method: 'GET', url: at('get-identities') })) as { readonly failed: string };
    expect(answer.failed).to.match(/Network Error/);
  });
});
