// The host's own routes near ours, and a provider of its own at `/auth/…`.

import { expect } from 'chai';
import { type Express, urlencoded } from 'express';
import OAuth2Strategy from 'passport-oauth2';
import type { HostProviderOptions, LatchkeyOptions } from '../../lib/index.js';
import { hostScene } from '../support/host-scene.js';
import type { OpenIdProvider } from '../support/openid-provider.js';
import { HostBrowser, ownSession, ownSessionRoutes } from '../support/own-sessions.js';
import { person } from '../support/person.js';
import { openTestHost, type TestHost, type TestHostOptions } from '../support/test-host.js';

describe('Beside the routes of somebody else:', () => {
  const scene = hostScene();

  async function open(plugin: Partial<LatchkeyOptions>, more: Pick<TestHostOptions, 'before' | 'behind'> = {}): Promise<TestHost> {
    return await scene.closing(openTestHost({ providers: scene, plugin, ...more }));
  }

  describe('A host with routes near ours', () => {
    /** As every path below is answered by the host, whatever came before. */
    function ownRoutes(app: Express): void {
      app.all(['/auth/{*rest}', '/account/{*rest}'], urlencoded({ extended: false }), (req, res) => {
        res.status(202).json({ own: `${req.method} ${req.originalUrl}`, body: req.body ?? null });
      });
    }

    let host: TestHost;
    before(async () => {
      host = await open({}, { behind: ownRoutes });
    });

    const NOT_OURS: readonly (readonly [string, string])[] = [
      ['GET', '/auth/login'],
      ['POST', '/auth/login'],
      ['GET', '/auth/login/link'],
      ['GET', '/auth/login/confirm'],
      ['GET', '/auth/github'],
      ['GET', '/auth/google/callback'],
      ['POST', '/auth/google'],
      ['GET', '/auth/password'],
      ['POST', '/auth/password'],
      ['POST', '/auth/me'],
      ['GET', '/auth/__proto__'],
      ['GET', '/auth/%E4%B8%AD'],
      ['GET', '/auth/logout'],
      ['GET', '/account/connection'],
      ['GET', '/account/connections/google'],
      ['GET', '/account/connections/google/link'],
      ['POST', '/account/connections'],
      ['POST', '/account/connections/github/link'],
      ['POST', '/account/connections/password'],
      ['POST', '/account/connections/password/remove'],
    ];

    for (const [method, path] of NOT_OURS) {
      it(`answers ${method} ${path} itself, with the form that was sent and no header of ours`, async () => {
        const browser = host.browser();
        const form = method === 'POST' ? new URLSearchParams({ mail: 'a@b.test' }) : undefined;
        const answer = await browser.call(method, path, form, {
          headers: { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.test' },
        });
        expect([answer.status, answer.json]).to.deep.equal([202, { own: `${method} ${path}`, body: form ? { mail: 'a@b.test' } : null }]);
        const headers = [...answer.headers.keys()].filter((name) => !['date', 'connection', 'keep-alive'].includes(name));
        expect(headers).to.have.members(['x-powered-by', 'content-type', 'content-length', 'etag']);
      });
    }

    it('hears itself of a path that cannot be decoded', async () => {
      for (const path of ['/auth/%zz', '/auth/%zz/link', '/account/%zz', '/account/connections/%zz/link']) {
        for (const answer of [await host.browser().open(path), await host.browser().submit(path)])
          expect([answer.status, answer.json?.oops], path).to.deep.equal([400, "Failed to decode param '%zz'"]);
      }
    });

    it('keeps its session and login at /auth/login', async () => {
      const own = await open(
        { currentUser: (req) => req.session.userId },
        {
          before: (app) => app.use(ownSession()),
          behind(app) {
            ownSessionRoutes(app);
            app.get('/auth/login', (req, res) => void res.json({ userId: req.session.userId }));
          },
        },
      );
      const id = await own.newMember();
      const browser = await new HostBrowser(own.base).login(id);
      expect((await browser.open('/auth/login')).json).to.deep.equal({ userId: id });
      expect((await browser.me()).status).to.equal(200);
    });
  });

  describe('A host with a strategy of its own', () => {
    /** An identity as the access token tells it. */
    interface Profile {
      readonly sub: string;
      readonly email: string;
    }

    function acme({ issuer, clientId, clientSecret }: OpenIdProvider): HostProviderOptions {
      type Done = (error: unknown, user?: object) => void;
      const verify = (token: string, _refresh: string, _profile: unknown, done: Done) => {
        fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } }).then(
          async (answer) => done(null, (await answer.json()) as Profile),
          (error: unknown) => done(error),
        );
      };
      const options = {
        authorizationURL: `${issuer}/authorize`,
        tokenURL: `${issuer}/token`,
        clientID: clientId,
        clientSecret,
        callbackURL: 'https://host.example/callback/openid/acme',
        scope: ['openid', 'email'],
        state: true,
      };
      const profile = (user: unknown) => {
        const { sub, email } = user as Profile;
        return { subject: sub, email, emailVerified: true };
      };
      return { displayName: 'Acme', strategy: new OAuth2Strategy(options, verify), profile };
    }

    it('has people sign in, link and unlink by it in a browser', async () => {
      const own = await open({ providers: { acme: acme(scene.oidc) } });
      const [browser, who] = [own.browser(), person()];
      expect((await browser.open('/account/connections')).text).to.include('Continue with Acme');
      const arrived = await browser.signIn('acme', scene.oidc, who, '/welcome');
      expect([arrived.status, arrived.headers.get('location')], arrived.text).to.deep.equal([302, '/welcome']);
      expect((await browser.me()).json?.user).to.include({ email: who.email });
      expect((await browser.submit('/account/connections/acme/unlink')).status).to.equal(400);

      const other = own.browser();
      await other.signIn('google', scene.google, person());
      expect((await other.link('acme', scene.oidc, person())).status).to.equal(302);
      expect((await other.submit('/account/connections/acme/unlink')).status).to.equal(303);
      expect((await other.me()).status).to.equal(200);
    });
  });
});
