// Every page, light and dark, narrow and wide: no serious finding of axe's, and nothing to scroll sideways.

import type { Page } from 'playwright-core';
import { type BrowserStage, browserStage, LONG_NAME } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import * as connections from '../support/connections-page.js';
import { expectGoodLook } from '../support/page-checks.js';
import { type Person, person } from '../support/person.js';
import { visitedBy } from '../support/visited-by.js';

const WHO: Person = {
  sub: 'a-person-with-long-names',
  name: 'Hubert Blaine Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren',
  email: 'hubert.wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren@example.test',
  email_verified: true,
};

describeInChromium('Anybody can read and use', () => {
  let stage: BrowserStage;
  let base: string;

  before(async () => {
    stage = await browserStage();
    base = stage.base;
  });
  afterEach(() => stage.forgetVisitors());

  const newPage = async () => (await newBrowser()).newPage();

  async function signedIn(): Promise<Page> {
    visitedBy(stage.providers.google, WHO);
    const page = await newPage();
    await page.goto(`${base}/`);
    await connections.continueWith(page, 'Google');
    await connections.expectConnections(page);
    return page;
  }

  it('the sign-in page', async () => {
    const page = await newPage();
    await page.goto(`${base}/`);
    await expectGoodLook(page, 'sign-in');
  });

  it('the sign-in page after a wrong password', async () => {
    const page = await newPage();
    await page.goto(`${base}/`);
    await page.getByLabel('E-mail').fill('nobody@example.test');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await expectGoodLook(page, 'sign-in-refused');
  });

  it('the connections with one way in, then the question before an unlink, then a notice', async () => {
    const page = await signedIn();
    await expectGoodLook(page, 'connections-locked');
    await connections.pressLink(page, LONG_NAME);
    await connections.expectNotice(page, `${LONG_NAME} is linked.`);
    await expectGoodLook(page, 'connections-linked');
    await page
      .locator('summary')
      .and(page.getByLabel(`Unlink ${LONG_NAME}`))
      .click();
    await expectGoodLook(page, 'connections-question');
    await page.getByRole('button', { name: `Yes, unlink ${LONG_NAME}` }).click();
    await connections.expectNotice(page, `${LONG_NAME} is unlinked.`);
    await expectGoodLook(page, 'connections-unlinked');
  });

  it('the connections of somebody with a password', async () => {
    const page = await signedIn();
    await page.getByLabel('New password').fill('correct horse battery staple');
    await page.getByRole('button', { name: 'Set password' }).click();
    await connections.expectNotice(page, 'Your password is set.');
    await page.getByText('Remove password').click();
    await expectGoodLook(page, 'connections-password');
  });

  it('the question whether it is still they', async () => {
    const page = await signedIn();
    await page.waitForTimeout(1000);
    await page.goto(`${stage.strict}/account/connections`); // Cookies know no ports.
    await connections.pressLink(page, LONG_NAME);
    await page.getByRole('heading', { name: 'Is it you?' }).waitFor();
    await expectGoodLook(page, 'reauthenticate');
  });

  it('a failure', async () => {
    const page = await newPage();
    await page.goto(`${base}/callback/openid/0?error=access_denied&state=none`);
    await page.getByRole('heading', { name: 'Sign-in was not completed' }).waitFor();
    await expectGoodLook(page, 'failure');
  });

  it('what is to be handed back to another program', async () => {
    const page = await newPage();
    const prepared = await new ApiClient(base).prepare('logto');
    await page.goto(String(prepared.json?.data));
    await page.getByRole('heading', { name: 'Back to your app' }).waitFor();
    await expectGoodLook(page, 'hand-back');
  });

  it('the end of a flow that a script has begun', async () => {
    visitedBy(stage.providers.google, WHO);
    const page = await newPage();
    await page.goto(`${base}/healthz`);
    const call = `{ method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"provider":"google"}' }`;
    await page.goto(
      String(await page.evaluate(`fetch('/session/openid', ${call}).then((answer) => answer.json()).then(({ data }) => data)`)),
    );
    await page.getByText('Signed in as').waitFor();
    await expectGoodLook(page, 'finish');
  });

  it('the question before a link that another site has begun', async () => {
    const by = await new ApiClient(base).signIn('google', stage.providers.google, { ...WHO, sub: 'another', email: `x${WHO.email}` });
    const query = new URLSearchParams({ ext_idp_conn_identifier: 'acme', app_id: 'app', id_token: by.token ?? '' });
    const page = await newPage();
    await page.goto(`${stage.foreign.otherSite}/`);
    await page.evaluate(`location.href = ${JSON.stringify(`${base}/api/v3/link-extidp?${query}`)}; undefined`);
    await page.getByRole('heading', { name: `Link ${LONG_NAME} to this account?` }).waitFor();
    await expectGoodLook(page, 'confirm-link');
  });

  it('the end of a link that was asked for in a popup', async () => {
    const by = await new ApiClient(base).signIn('oidc', stage.providers.oidc, person());
    const query = new URLSearchParams({ ext_idp_conn_identifier: 'acme', app_id: 'app', id_token: by.token ?? '' });
    const page = await newPage();
    await page.goto(`${base}/api/v3/link-extidp?${query}`);
    await page.getByRole('heading', { name: 'Your account is linked' }).waitFor();
    await expectGoodLook(page, 'tell-opener');
    await page.goto(`${base}/api/v3/link-extidp?${query}`);
    await page.getByRole('heading', { name: 'Your account was not linked' }).waitFor();
    await expectGoodLook(page, 'tell-opener-failure');
  });
});
