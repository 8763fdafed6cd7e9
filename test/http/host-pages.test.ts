// Our pages in somebody else's app: moved, restyled, replaced.

import { expect } from 'chai';
import type { LatchkeyOptions } from '../../lib/index.js';
import { hostScene } from '../support/host-scene.js';
import { person } from '../support/person.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

describe('Our pages in an app of somebody else:', () => {
  const scene = hostScene();

  async function open(plugin: Partial<LatchkeyOptions>): Promise<TestHost> {
    return await scene.closing(openTestHost({ providers: scene, plugin }));
  }

  /** Every address on a page. */
  const addresses = (html: string) =>
    [...html.matchAll(/(?:href|action|src)="([^"]*)"/g)].map(([, address = '']) => address.replaceAll('&amp;', '&'));

  describe('A host that has our pages elsewhere', () => {
    let host: TestHost;

    before(async () => {
      host = await open({ paths: { browser: ['/id', '/old-id'], startPage: '/id' } });
    });

    it('has every link and form of theirs lead there', async () => {
      const [browser, who] = [host.browser(), person()];
      const start = await browser.open('/id');
      const signIn = addresses(start.text).find((address) => address.includes('/google')) ?? '';
      expect([start.status, signIn]).to.deep.equal([200, '/id/auth/google?returnTo=%2Fid%2Faccount%2Fconnections']);
      const back = await scene.google.approve(String((await browser.open(signIn)).headers.get('location')), who);
      const arrived = await browser.open(`/callback/openid/google?${new URLSearchParams({ ...back })}`);
      expect(arrived.headers.get('location')).to.equal('/id/account/connections');
      expect((await browser.open('/id')).headers.get('location')).to.equal('/id/account/connections');

      const page = await browser.open('/id/account/connections');
      const own = addresses(page.text).filter((address) => !address.startsWith('/callback/openid/assets/'));
      expect(own).to.include.members(['/id/auth/logout', '/id/account/connections/oidc/link']);
      for (const address of own) expect(address).to.match(/^\/id(?:\/|\?|$)/);

      const out = await browser.submit('/id/account/connections/oidc/link');
      const linked = new URLSearchParams({ ...(await scene.oidc.approve(String(out.headers.get('location')), person())) });
      expect((await browser.open(`/callback/openid/2?${linked}`)).headers.get('location')).to.equal('/id/account/connections');
      const unlinked = await browser.submit('/id/account/connections/google/unlink');
      expect([unlinked.status, unlinked.headers.get('location')]).to.deep.equal([303, '/id/account/connections']);
      expect((await browser.open('/id/account/connections')).text).to.include('role="status"');
      expect((await browser.open('/old-id/auth/me')).json?.user).to.include({ email: who.email });
      expect((await browser.submit('/id/auth/logout')).headers.get('location')).to.equal('/id');
      expect((await browser.open('/id/account/connections')).status).to.equal(401);
    });

    it('has the paths of ours for its own routes again', async () => {
      const browser = host.browser();
      await browser.signIn('google', scene.google, person()).catch(() => undefined);
      for (const path of ['/auth/google', '/auth/google/link', '/auth/me', '/account/connections', '/']) {
        const answer = await browser.open(path);
        expect([answer.status, answer.text, answer.headers.get('content-security-policy')], path).to.deep.equal([
          404,
          'Nothing here',
          null,
        ]);
      }
      for (const path of ['/auth/logout', '/account/connections/google/link', '/account/connections/google/unlink'])
        expect((await browser.submit(path)).text, path).to.equal('Nothing here');
    });
  });

  describe('A host with a look of its own', () => {
    it('adds a style sheet to every page', async () => {
      const host = await open({ pages: { stylesheet: '/own.css?v=1&w=2' } });
      const browser = host.browser();
      for (const path of ['/account/connections', '/callback/openid/google?error=access_denied&state=x']) {
        const { text } = await browser.open(path);
        expect(
          addresses(text).filter((address) => address.endsWith('.css') || address.includes('.css?')),
          path,
        ).to.deep.equal(['/callback/openid/assets/page.css', '/own.css?v=1&w=2']);
      }
    });

    it('replaces one page and leaves the others to us', async () => {
      const told: unknown[] = [];
      const host = await open({
        pages: {
          render(page, frame) {
            told.push([page.kind, frame.appName, frame.language, frame.failure?.code]);
            return page.kind === 'sign-in'
              ? `<h1>Own</h1>${page.providers.map(({ url }) => `<a href="${url}">in</a>`).join('')}`
              : undefined;
          },
        },
      });
      const browser = host.browser();
      const page = await browser.open('/account/connections');
      expect([page.status, page.headers.get('content-type'), page.text.startsWith('<h1>Own</h1>')]).to.deep.equal([
        401,
        'text/html; charset=utf-8',
        true,
      ]);
      expect(page.headers.get('content-security-policy')).to.include("default-src 'none'");
      await browser.signIn('google', scene.google, person());
      expect((await browser.open('/account/connections')).text).to.match(/^<!doctype html>/);
      expect((await browser.submit('/account/connections/google/unlink')).text).to.match(/^<!doctype html>/);
      expect(told).to.deep.equal([
        ['sign-in', 'The Club', 'en', undefined],
        ['connections', 'The Club', 'en', undefined],
        ['connections', 'The Club', 'en', 'only_sign_in_method'],
      ]);
    });
  });

  describe('A host with a sign-in page of its own', () => {
    let host: TestHost;

    before(async () => {
      host = await open({ paths: { signIn: '/login' } });
    });

    it('has people sent there who have to sign in first, and tells scripts so', async () => {
      const [browser, asScript] = [host.browser(), { headers: { accept: 'application/json' } }];
      const sent = async (path: string) => (await browser.open(path)).headers.get('location');
      expect(await sent('/account/connections')).to.equal('/login?returnTo=%2Faccount%2Fconnections');
      expect(await sent('/auth/google/link?returnTo=%2Fme')).to.equal('/login?returnTo=%2Fauth%2Fgoogle%2Flink%3FreturnTo%3D%252Fme');
      expect((await browser.call('GET', '/account/connections', undefined, asScript)).status).to.equal(401);
    });

    it('gets people back there by signing out', async () => {
      const browser = host.browser();
      await browser.signIn('google', scene.google, person());
      expect((await browser.submit('/auth/logout')).headers.get('location')).to.equal('/login');
    });
  });
});
