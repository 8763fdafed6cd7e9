// Where somebody is signed in, in a browser: found from the connections, by keyboard, on a telephone, in the dark, without scripts.

import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';
import { type BrowserStage, browserStage } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import * as connections from '../support/connections-page.js';
import { expectGoodLook } from '../support/page-checks.js';
import { type Person, person } from '../support/person.js';
import { visitedBy } from '../support/visited-by.js';

const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

describeInChromium('The page of sessions', () => {
  let stage: BrowserStage;
  before(async () => {
    stage = await browserStage();
  });
  afterEach(() => stage.forgetVisitors());

  async function signedIn(context: BrowserContext, who: Person): Promise<Page> {
    visitedBy(stage.providers.google, who);
    const page = await context.newPage();
    await page.goto(`${stage.base}/`);
    await connections.continueWith(page, 'Google');
    await page.getByRole('link', { name: 'Where you are signed in' }).click();
    await page.getByRole('heading', { name: 'Where you are signed in', level: 1 }).waitFor();
    return page;
  }

  async function onPhone(who: Person): Promise<ApiClient> {
    const api = new ApiClient(stage.base);
    api.headers = { 'user-agent': SAFARI };
    return await api.signIn('google', stage.providers.google, who);
  }

  it('shows where, lets one be ended, then all others, without a script and readable by anybody', async () => {
    const who = person();
    const phones = [await onPhone(who), await onPhone(who), await onPhone(who)];
    const page = await signedIn(await newBrowser(), who);
    await expectGoodLook(page, 'sessions');
    expect(await page.getByText('This device', { exact: true }).count()).to.equal(1);
    await page.getByRole('button', { name: 'Sign out Safari on iOS' }).first().click();
    await connections.expectNotice(page, 'That device is signed out.');
    await expectGoodLook(page, 'session-ended');
    await page.getByRole('button', { name: 'Sign out all other devices' }).click();
    await connections.expectNotice(page, 'All other devices are signed out.');
    await page.getByText('You are signed in here only.').waitFor();
    await expectGoodLook(page, 'sessions-ended');
    for (const phone of phones) expect(Number((await phone.setting()).json?.code)).to.equal(401);
    await page.getByRole('link', { name: 'Back to your connections' }).click();
    await connections.expectConnections(page);
  });

  it('is Chinese for whoever reads it, and needs no JavaScript', async () => {
    const who = person();
    await onPhone(who);
    const context = await newBrowser({ locale: 'zh-CN', javaScriptEnabled: false });
    visitedBy(stage.providers.google, who);
    const page = await context.newPage();
    await page.goto(`${stage.base}/account/sessions`);
    await page.getByRole('link', { name: '使用 Google 继续' }).click();
    await page.getByRole('heading', { name: '已登录的设备', level: 1 }).waitFor();
    await page.getByRole('button', { name: '退出 Safari on iOS' }).press('Enter');
    await page.getByRole('status').filter({ hasText: '该设备已退出登录。' }).waitFor();
  });
});
