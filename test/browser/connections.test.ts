// A person's connections in a browser: what is refused and why, passwords, other tabs and other browsers, and the way back.

import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';
import { type BrowserStage, browserStage } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import * as connections from '../support/connections-page.js';
import { person } from '../support/person.js';
import type { StageProvider } from '../support/stage.js';
import { visitedBy } from '../support/visited-by.js';

const PASSWORD = 'correct horse battery staple';

describeInChromium('The page of connections', () => {
  let stage: BrowserStage;
  let base: string;

  before(async () => {
    stage = await browserStage();
    base = stage.base;
  });
  afterEach(() => stage.forgetVisitors());

  /** Signed in by Google as somebody new. */
  async function member(context: BrowserContext, who = person()): Promise<Page> {
    visitedBy(stage.providers.google, who);
    const page = await context.newPage();
    await page.goto(`${base}/`);
    await connections.continueWith(page, 'Google');
    await connections.expectConnections(page);
    return page;
  }

  it('lets the last way in go once there is a password, and says why before', async () => {
    const page = await member(await newBrowser());
    await connections.expectLocked(
      page,
      'Google',
      'This is your only way to sign in, so it cannot be unlinked. Set a password or link another account first.',
    );
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Set password' }).click();
    await connections.expectNotice(page, 'Your password is set.');
    await connections.unlink(page, 'Google');
    await connections.expectNotice(page, 'Google is unlinked.');
    const remove = page.getByRole('button', { name: 'Remove password' });
    expect(await remove.isDisabled()).to.equal(true);
    expect(await page.locator(`[id="${await remove.getAttribute('aria-describedby')}"]`).innerText()).to.include(
      'your only way to sign in',
    );
  });

  it('takes the address and the password of a person at the start page, and refuses a wrong one on it', async () => {
    const { email } = person();
    await new ApiClient(base).signUp(email, PASSWORD);
    const page = await (await newBrowser()).newPage();
    await page.goto(`${base}/`);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(`${PASSWORD}!`);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'The e-mail address or the password is not correct.' }).waitFor();
    expect(await page.getByLabel('E-mail').inputValue()).to.equal(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await connections.expectConnections(page);
  });

  it('refuses an account that is another person’s, and changes nothing', async () => {
    const taken = person();
    await new ApiClient(base).signIn('oidc', stage.providers.oidc, taken);
    const page = await member(await newBrowser());
    visitedBy(stage.providers.oidc, taken);
    await connections.pressLink(page, 'OpenID Connect');
    await page.getByRole('alert').filter({ hasText: 'already linked to another account here' }).waitFor();
    await page.goto(`${base}/account/connections`);
    await connections.expectLinked(page, { Google: true, 'OpenID Connect': false });
  });

  it('refuses an unlink on a page that is out of date, and says why', async () => {
    const context = await newBrowser();
    const page = await member(context);
    await connections.pressLink(page, 'Logto');
    await connections.expectNotice(page, 'Logto is linked.');
    const stale = await context.newPage();
    await stale.goto(`${base}/account/connections`);
    await connections.unlink(page, 'Logto');
    await connections.expectNotice(page, 'Logto is unlinked.');
    await connections.unlink(stale, 'Google');
    await stale.getByRole('alert').filter({ hasText: 'This is your only way to sign in.' }).waitFor();
    await connections.expectLinked(stale, { Google: true, Logto: false });
  });

  it('links in one tab while the other unlinks at that very moment, and keeps the person signed in', async () => {
    const context = await newBrowser();
    const one = await member(context);
    await connections.pressLink(one, 'Logto');
    await connections.expectNotice(one, 'Logto is linked.');
    const other = await context.newPage();
    await other.goto(`${base}/account/connections`);
    const { asked, answer } = holdToken('oidc');
    const linking = connections.pressLink(other, 'OpenID Connect');
    await asked;
    await connections.unlink(one, 'Google');
    await connections.expectNotice(one, 'Google is unlinked.');
    answer();
    await linking;
    await connections.expectNotice(other, 'OpenID Connect is linked.');
    for (const page of [one, other]) {
      await page.reload();
      await connections.expectLinked(page, { Google: false, Logto: true, 'OpenID Connect': true });
    }
  });

  /** Keeps the provider from answering the server, so that something else can happen meanwhile. */
  function holdToken(provider: StageProvider): { readonly asked: Promise<void>; readonly answer: () => void } {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const asked = new Promise<void>((resolve) => {
      stage.providers[provider].bend.token = async (honest) => {
        resolve();
        await answered;
        return honest;
      };
    });
    return { asked, answer };
  }

  it('shows nothing private by the way back after signing out', async () => {
    const who = person();
    const page = await member(await newBrowser(), who);
    expect(await page.content()).to.include(who.email);
    await connections.signOut(page);
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in to BIO.RE' }).waitFor();
    expect(await page.content()).not.to.include(who.email);
  });

  it('shows markup in a name as text', async () => {
    const name = `<img src=x onerror="document.title='broken'"> "'&`;
    const page = await member(await newBrowser(), { ...person(), name });
    await page.getByText(name).waitFor();
    expect(await page.title()).to.equal('Your connections · BIO.RE');
  });

  it('signs the other browsers out that were signed in by what is unlinked', async () => {
    const who = person();
    const elsewhere = await member(await newBrowser(), who);
    const page = await member(await newBrowser(), who);
    await connections.pressLink(page, 'Logto');
    await connections.expectNotice(page, 'Logto is linked.');
    await connections.unlink(page, 'Google');
    await connections.expectNotice(page, 'Google is unlinked.');
    await elsewhere.reload();
    await elsewhere.getByRole('heading', { name: 'Sign in to BIO.RE' }).waitFor();
  });

  it('brings a person who has to sign in first to where they wanted to go', async () => {
    const page = await (await newBrowser()).newPage();
    await page.goto(`${base}/account/connections`);
    await connections.continueWith(page, 'OpenID Connect');
    await connections.expectConnections(page);
    await connections.expectLinked(page, { 'OpenID Connect': true, Google: false });
  });

  it('brings a person who wanted to link, and has to sign in first, to what they wanted', async () => {
    const page = await (await newBrowser()).newPage();
    await page.goto(`${base}/auth/logto/link?returnTo=/account/connections`);
    await connections.continueWith(page, 'Google');
    await connections.expectNotice(page, 'Logto is linked.');
  });

  it('asks whether it is still they, and goes on from there', async () => {
    const page = await member(await newBrowser());
    await page.waitForTimeout(1000);
    await page.goto(`${stage.strict}/account/connections`); // Cookies know no ports.
    await connections.pressLink(page, 'Logto');
    await page.getByRole('heading', { name: 'Is it you?' }).waitFor();
    await page.getByRole('link', { name: 'Confirm with Google' }).click();
    await connections.expectNotice(page, 'Logto is linked.');
    await connections.expectLinked(page, { Google: true, Logto: true });
  });

  it('speaks Chinese to whoever asks for it', async () => {
    const page = await (await newBrowser({ locale: 'zh-CN' })).newPage();
    await page.goto(`${base}/`);
    expect(await page.locator('html').getAttribute('lang')).to.equal('zh-CN');
    await page.getByRole('link', { name: '使用 Google 继续' }).click();
    await page.getByRole('heading', { name: '账号关联' }).waitFor();
    await page.getByRole('button', { name: '绑定 Logto' }).click();
    await page.getByRole('status').filter({ hasText: '已绑定 Logto' }).waitFor();
    await page.locator('summary').and(page.getByLabel('解绑 Google')).click();
    await page.getByRole('button', { name: '确认解绑 Google' }).click();
    await page.getByRole('status').filter({ hasText: '已解绑 Google' }).waitFor();
    await page.getByRole('button', { name: '退出登录' }).click();
    await page.getByRole('status').filter({ hasText: '您已退出登录。' }).waitFor();
  });
});
