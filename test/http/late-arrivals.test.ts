// A browser comes back from a provider after the flow's ten minutes: the person begins again, and gets to where they wanted.

import { expect } from 'chai';
import type { BrowserClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

describe('Who comes back too late', () => {
  const scene = hostScene();
  let host: TestHost;
  before(async () => {
    host = await scene.closing(openTestHost({ providers: scene }));
  });

  const SEGMENTS = { google: 'google', oidc: '2' } as const;

  async function out(browser: BrowserClient, path: string, provider: keyof typeof SEGMENTS, who = person()) {
    const begun = await browser.open(path);
    expect(begun.status, begun.text).to.equal(302);
    const back = await scene[provider].approve(String(begun.headers.get('location')), who);
    return () =>
      browser.call('GET', `/callback/openid/${SEGMENTS[provider]}?${new URLSearchParams({ ...back })}`, undefined, {
        headers: { 'sec-fetch-site': 'cross-site' },
      });
  }

  /** The ten minutes are over, and what removes old flows has been there. */
  const tooLate = async () => {
    await host.sequelize.query('DELETE FROM flows');
  };

  function offered(answer: HttpAnswer): string | undefined {
    expect(answer.status).to.equal(400);
    const [, main] = /<a class="button main" href="([^"]*)"/.exec(answer.text) ?? [];
    return main?.replaceAll('&amp;', '&');
  }

  it('is offered to sign in again, and goes on to the returnTo of before', async () => {
    const [browser, who] = [host.browser(), person()];
    const arrive = await out(browser, '/auth/google?returnTo=/orders?page=2%26all=1', 'google', who);
    await tooLate();
    const again = offered(await arrive());
    expect(again).to.equal(`/auth/google?${new URLSearchParams({ returnTo: '/orders?page=2&all=1' })}`);
    const arrived = await (await out(browser, again ?? '', 'google', who))();
    expect(arrived.headers.get('location')).to.equal('/orders?page=2&all=1');
  });

  it('is offered to link again, where it was to be a link', async () => {
    const browser = host.browser();
    await browser.signIn('google', scene.google, person());
    const arrive = await out(browser, '/auth/oidc/link?returnTo=/settings', 'oidc');
    await tooLate();
    const again = offered(await arrive());
    expect(again).to.equal('/auth/oidc/link?returnTo=%2Fsettings');
    const arrived = await (await out(browser, again ?? '', 'oidc'))();
    expect([arrived.status, arrived.headers.get('location')]).to.deep.equal([302, '/settings']);
  });

  it('is offered the trip that the browser began last, and looks like who comes with a flow that never was', async () => {
    const browser = host.browser();
    const first = await out(browser, '/auth/google?returnTo=/first', 'google');
    const second = await out(browser, '/auth/oidc?returnTo=/second', 'oidc');
    await tooLate();
    const never = await browser.open('/callback/openid/google?code=x&state=00000000-0000-8000-8000-000000000000');
    const pages = [await first(), await second(), never];
    expect(pages.map(offered)).to.deep.equal(Array(3).fill('/auth/oidc?returnTo=%2Fsecond'));
    expect(new Set(pages.map(({ text }) => text)).size).to.equal(1);
  });

  it('is offered nothing of somebody else’s: not where the browser began nothing, nor by what was written into its cookie', async () => {
    const state = '00000000-0000-8000-8000-000000000000';
    const planted = (value: unknown) => `${'A'.repeat(43)}.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
    const home = '/auth/google?returnTo=%2F';
    const cookies: readonly (readonly [string | undefined, string | undefined])[] = [
      [undefined, undefined],
      ['nonsense', undefined],
      ['A'.repeat(43), undefined],
      [planted(['google', 'sign-in', 'https://evil.example/']), home],
      [planted(['google', 'sign-in', '//evil.example']), home],
      [planted(['google', 'sign-in', 5]), home],
      [planted(['google', 'steal', '/x']), undefined],
      [planted(['nobody', 'sign-in', '/x']), undefined],
      [planted(['../..', 'sign-in', '/x']), undefined],
      [planted({ provider: 'google' }), undefined],
      [`${'A'.repeat(43)}.e30`, undefined],
    ];
    for (const [cookie, expected] of cookies) {
      const browser = host.browser();
      if (cookie !== undefined) browser.cookies.set('latchkey-flow', cookie);
      expect(offered(await browser.open(`/callback/openid/google?code=x&state=${state}`)), cookie).to.equal(expected);
    }
  });

  it('keeps little in the browser, however often and wherever to', async () => {
    const browser = host.browser();
    for (let n = 0; n < 5; n += 1) await out(browser, `/auth/google?returnTo=/${'x'.repeat(505)}${n}`, 'google');
    expect(browser.cookies.get('latchkey-flow')?.length).to.be.below(900);
    const prepared = await browser.call('PUT', '/session/openid', { provider: 'google' });
    expect(prepared.json?.code).to.equal(0);
    expect(browser.setCookies.at(-1))
      .to.match(/^latchkey-flow=[\w-]{43}\./)
      .and.match(/HttpOnly/i)
      .and.match(/SameSite=Lax/i);
  });
});
