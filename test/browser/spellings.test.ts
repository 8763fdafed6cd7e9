// A person who comes by another name of the host signs in all the same, at BASE_URL.

import { expect } from 'chai';
import { browserStage } from '../support/browser-stage.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import * as connections from '../support/connections-page.js';

describeInChromium('By another name of the host', () => {
  let base: string;
  let other: string;

  before(async () => {
    ({ base } = await browserStage());
    other = base.replace('localhost', '127.0.0.1');
  });

  it('a person signs in from the sign-in page', async () => {
    const page = await (await newBrowser()).newPage();
    await page.goto(`${other}/`);
    expect(new URL(page.url()).origin).to.equal(base);
    await connections.continueWith(page, 'Google');
    await connections.expectConnections(page);
    expect(page.url()).to.equal(`${base}/account/connections`);
  });

  it('a person signs in by the address of the trip itself', async () => {
    const page = await (await newBrowser()).newPage();
    await page.goto(`${other}/auth/google?returnTo=/account/connections`);
    await connections.expectConnections(page);
    expect(page.url()).to.equal(`${base}/account/connections`);
  });

  it('a person who is asked to sign in is asked at BASE_URL', async () => {
    const page = await (await newBrowser()).newPage();
    await page.goto(`${other}/account/connections`);
    expect(new URL(page.url()).origin).to.equal(base);
    await connections.continueWith(page, 'Google');
    await connections.expectConnections(page);
  });
});
