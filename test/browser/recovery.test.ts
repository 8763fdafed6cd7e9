// A person who was squatted, who has forgotten a password, or who wants another address finds the way by the pages and their mail.

import { expect } from 'chai';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import * as connections from '../support/connections-page.js';
import { linkOf, mailTo, nextMail } from '../support/mailbox.js';
import { expectGoodLook } from '../support/page-checks.js';
import { person } from '../support/person.js';
import type { Server } from '../support/server.js';
import { openStage, type Stage } from '../support/stage.js';
import { visitedBy } from '../support/visited-by.js';

const PASSWORD = 'Correct horse battery 9';
const OTHER = 'Another correct horse 8';

describeInChromium('In a browser, without JavaScript where it is not needed,', () => {
  let stage: Stage;
  let server: Server;

  before(async () => {
    stage = await openStage({ database: 'sqlite', config: { verifyEmail: true } });
    const [first] = stage.servers;
    if (first === undefined) throw new TypeError('There is a server');
    server = first;
  });
  after(() => stage.close());

  const newPage = async (options: BrowserContextOptions = {}) => (await newBrowser(options)).newPage();
  const open = async (path = '/', options: BrowserContextOptions = {}) => {
    const page = await newPage(options);
    await page.goto(`${server.base}${path}`);
    return page;
  };

  async function signIn(page: Page, email: string, password: string): Promise<void> {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  /** Signed up by another client, and confirmed by the button behind the link. */
  async function member(page: Page, email: string): Promise<void> {
    await new ApiClient(server.base).signUp(email, PASSWORD);
    await page.goto(linkOf(await nextMail(server, email, [])).href);
    await page.getByRole('button', { name: 'Confirm address' }).click();
    await connections.expectNotice(page, 'Your e-mail address is confirmed.');
  }

  it('a sign-up is confirmed by one button, and signs in then', async () => {
    const { email } = person();
    const page = await open();
    await new ApiClient(server.base).signUp(email, PASSWORD);
    await signIn(page, email, PASSWORD);
    await page.getByRole('alert').filter({ hasText: 'not confirmed yet' }).waitFor();
    await page.goto(linkOf(await nextMail(server, email, [])).href);
    await expectGoodLook(page, 'confirm-address');
    await page.getByRole('button', { name: 'Confirm address' }).click();
    await connections.expectNotice(page, 'Your e-mail address is confirmed.');
    await signIn(page, email, PASSWORD);
    await connections.expectConnections(page);
  });

  it('who is squatted comes in by the provider that has verified the address, and the squatter has nothing', async () => {
    const who = person('owner');
    expect((await new ApiClient(server.base).signUp(who.email, PASSWORD)).json?.code).to.equal(203);
    visitedBy(stage.providers.google, who);
    const page = await open();
    await connections.continueWith(page, 'Google');
    await connections.expectConnections(page);
    await page.getByText(`(${who.email})`).waitFor();
    const squatter = await open();
    await signIn(squatter, who.email, PASSWORD);
    await squatter.getByRole('alert').filter({ hasText: 'not correct' }).waitFor();
    await page.goto(linkOf(await nextMail(server, who.email, [])).href);
    await page.getByRole('alert').filter({ hasText: 'no longer valid' }).waitFor();
    await expectGoodLook(page, 'verify-again');
  });

  it('a forgotten password is set anew from the keyboard alone, and without scripts', async () => {
    const { email } = person();
    const page = await open('/', { javaScriptEnabled: true });
    await member(page, email);
    await page.getByRole('link', { name: 'Forgot your password?' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Set a new password' }).waitFor();
    await expectGoodLook(page, 'forgot');
    const seen = await mailTo(server, email);
    await page.getByLabel('E-mail').focus();
    await page.keyboard.type(email);
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'a mail is on its way' }).waitFor();
    await expectGoodLook(page, 'forgot-sent');
    const { href } = linkOf(await nextMail(server, email, seen));
    await page.goto(href);
    await expectGoodLook(page, 'reset');
    const plain = await newPage({ javaScriptEnabled: false });
    await plain.goto(href);
    await plain.getByLabel('New password').focus();
    await plain.keyboard.type('password123');
    await plain.keyboard.press('Enter');
    await plain.getByRole('alert').filter({ hasText: 'too common' }).waitFor();
    await plain.getByLabel('New password').focus();
    await plain.keyboard.type(OTHER);
    await plain.keyboard.press('Enter');
    await connections.expectNotice(plain, 'Your new password is set');
    await signIn(plain, email, OTHER);
    await connections.expectConnections(plain);
  });

  it('who has no password gets the first one by mail', async () => {
    const who = person('passwordless');
    visitedBy(stage.providers.google, who);
    const page = await open();
    await connections.continueWith(page, 'Google');
    await connections.expectConnections(page);
    const other = await open('/auth/forgot');
    await other.getByLabel('E-mail').fill(who.email);
    await other.getByRole('button', { name: 'Send link' }).click();
    await other.getByRole('status').waitFor();
    await other.goto(linkOf(await nextMail(server, who.email, [])).href);
    await other.getByLabel('New password').fill(OTHER);
    await other.getByRole('button', { name: 'Set password' }).click();
    await signIn(other, who.email, OTHER);
    await connections.expectConnections(other);
    await connections.expectLinked(other, { Google: true });
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in to BIO.RE' }).waitFor();
  });

  it('another address is asked for on the page of the connections, and theirs after the link', async () => {
    const [{ email }, wanted] = [person(), person('wanted').email];
    const page = await open();
    await member(page, email);
    await signIn(page, email, PASSWORD);
    await connections.expectConnections(page);
    await page.getByText('is your confirmed address.').waitFor();
    await expectGoodLook(page, 'connections-address');
    const section = page.getByRole('region', { name: 'E-mail' });
    await section.getByLabel('New e-mail address').fill(wanted);
    await section.getByLabel('Current password').fill('a wrong password');
    await section.getByRole('button', { name: 'Send link' }).click();
    await page.getByRole('alert').filter({ hasText: 'current password' }).waitFor();
    await section.getByLabel('New e-mail address').fill(wanted);
    await section.getByLabel('Current password').fill(PASSWORD);
    await section.getByRole('button', { name: 'Send link' }).click();
    await connections.expectNotice(page, 'A mail is on its way to that address.');
    await page.getByText(`(${email})`).waitFor();
    await page.goto(linkOf(await nextMail(server, wanted, [])).href);
    await page.getByRole('button', { name: 'Confirm address' }).click();
    await page.goto(`${server.base}/account/connections`);
    await page.getByText(`(${wanted})`).waitFor();
  });

  it('in Simplified Chinese the pages are whole, too', async () => {
    const page = await open('/auth/forgot', { locale: 'zh-CN' });
    await page.getByRole('heading', { name: '设置新密码' }).waitFor();
    await expectGoodLook(page, 'forgot-zh');
  });
});
