// Everything by Tab, Enter and Space, and always to be seen where one is.

import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { browserStage } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import { ApiClient } from '../support/client.js';
import * as connections from '../support/connections-page.js';

const MOST_STOPS = 40;

/** Presses Tab until the element has the focus, which must show. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus-visible').and(target);
    if ((await focused.count()) === 0) continue;
    const outline = await page.evaluate(`(({ outlineStyle, outlineWidth }) => outlineStyle + ' ' + outlineWidth)(
      getComputedStyle(document.activeElement),
    )`);
    expect(outline, 'the outline of what has the focus').to.match(/^(?!none)\w+ (?!0px)/);
    return;
  }
  throw new Error(`Tab does not lead to ${target}`);
}

async function press(page: Page, target: Locator, key: 'Enter' | 'Space'): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

describeInChromium('By the keyboard alone, a person', () => {
  let base: string;

  before(async () => {
    ({ base } = await browserStage());
  });

  it('signs in, links, unlinks and signs out', async () => {
    const page = await (await newBrowser()).newPage();
    await page.goto(`${base}/`);
    await press(page, page.getByRole('link', { name: 'Continue with Google' }), 'Enter');
    await connections.expectConnections(page);
    await press(page, page.getByRole('button', { name: 'Link Logto' }), 'Space');
    await connections.expectNotice(page, 'Logto is linked.');
    await press(page, page.locator('summary').and(page.getByLabel('Unlink Google')), 'Enter');
    await press(page, page.getByRole('button', { name: 'Yes, unlink Google' }), 'Enter');
    await connections.expectNotice(page, 'Google is unlinked.');
    await press(page, page.getByRole('button', { name: 'Sign out' }), 'Enter');
    await connections.expectNotice(page, 'You are signed out.');
  });

  it('signs in with a password', async () => {
    const [email, password] = ['keys@example.test', 'correct horse battery staple'];
    await new ApiClient(base).signUp(email, password);
    const page = await (await newBrowser()).newPage();
    await page.goto(`${base}/`);
    await tabTo(page, page.getByLabel('E-mail'));
    await page.keyboard.type(email);
    await tabTo(page, page.getByLabel('Password'));
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await connections.expectConnections(page);
  });
});
