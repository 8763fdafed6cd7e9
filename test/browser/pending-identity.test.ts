// Two accounts of one person, in a browser: the way back into one that has the address, and a link that moves to the other.

import { expect } from 'chai';
import { type BrowserStage, browserStage } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import * as connections from '../support/connections-page.js';
import { expectGoodLook } from '../support/page-checks.js';
import { person } from '../support/person.js';
import { visitedBy } from '../support/visited-by.js';

describeInChromium('A person with an account already', () => {
  let stage: BrowserStage;
  before(async () => {
    stage = await browserStage();
  });
  afterEach(() => stage.forgetVisitors());

  it('is told which ways in it has, proves one, and has the new one linked', async () => {
    const owner = person();
    await new ApiClient(stage.base).signUp(owner.email, 'correct horse battery');
    visitedBy(stage.providers.google, { ...person(), email: owner.email });
    const page = await (await newBrowser()).newPage();
    await page.goto(`${stage.base}/`);
    await connections.continueWith(page, 'Google');
    await page.getByRole('heading', { name: 'Is this account yours?', level: 1 }).waitFor();
    await expectGoodLook(page, 'join');
    await page.reload();
    await page.getByRole('heading', { name: 'Is this account yours?', level: 1 }).waitFor();
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByLabel('Password').press('Enter');
    await connections.expectConnections(page);
    await connections.expectNotice(page, 'Google is linked.');
    await connections.expectLinked(page, { Google: true });
  });

  it('proves it by another provider, without JavaScript', async () => {
    const owner = person();
    await new ApiClient(stage.base).signIn('oidc', stage.providers.oidc, owner);
    visitedBy(stage.providers.google, { ...person(), email: owner.email });
    visitedBy(stage.providers.oidc, owner);
    const page = await (await newBrowser({ locale: 'zh-CN', javaScriptEnabled: false })).newPage();
    await page.goto(`${stage.base}/`);
    await page.getByRole('link', { name: '使用 Google 继续' }).click();
    await page.getByRole('heading', { name: '这是您的账号吗？', level: 1 }).waitFor();
    expect(await page.getByRole('link', { name: /^使用/ }).count()).to.equal(1);
    await page.getByRole('link', { name: '使用 OpenID Connect 继续' }).click();
    await page.getByRole('status').filter({ hasText: '已绑定 Google' }).waitFor();
  });

  it('moves a link from one account to the other, unless that one would have no way in', async () => {
    const [one, other] = [person(), person()];
    const first = await new ApiClient(stage.base).signIn('google', stage.providers.google, one);
    visitedBy(stage.providers.oidc, other);
    const page = await (await newBrowser()).newPage();
    await page.goto(`${stage.base}/`);
    await connections.continueWith(page, 'OpenID Connect');
    visitedBy(stage.providers.google, one);
    await connections.pressLink(page, 'Google');
    await page.getByRole('heading', { name: 'Move Google to this account?', level: 1 }).waitFor();
    expect(await page.getByRole('button', { name: 'Yes, move Google' }).isDisabled()).to.equal(true);
    await expectGoodLook(page, 'move-locked');
    await first.link('logto', stage.providers.logto, person());
    await page.reload();
    await expectGoodLook(page, 'move');
    await page.getByRole('button', { name: 'Yes, move Google' }).press('Enter');
    await connections.expectNotice(page, 'Google is linked.');
    await connections.expectLinked(page, { Google: true, 'OpenID Connect': true });
  });
});
