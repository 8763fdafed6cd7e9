// The plugin below a prefix, behind a proxy that takes one away, twice in one app, and behind what other people put before it.

import { expect } from 'chai';
import express, { type Request, type RequestHandler } from 'express';
import session from 'express-session';
import helmet from 'helmet';
import { type Latchkey, type LatchkeyOptions, latchkey } from '../../lib/index.js';
import { ApiClient, type BrowserClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { openTestHost, type TestHost, type TestHostOptions } from '../support/test-host.js';

const SECRET = 'a-secret-for-tests-that-is-long-enough-0123456789';

describe('The plugin, mounted', () => {
  const scene = hostScene();

  async function open(plugin: Partial<LatchkeyOptions>, more: Partial<TestHostOptions> = {}): Promise<TestHost> {
    return await scene.closing(openTestHost({ providers: scene, plugin, ...more }));
  }

  const addresses = ({ text }: HttpAnswer) =>
    [...text.matchAll(/(?:href|action|src|data-url)="([^"#]+)"/g)].map(([, address = '']) => address.replaceAll('&amp;', '&'));

  /** Signs in, links, looks at every file of the page, unlinks and signs out, following nothing but what the pages say. */
  async function wholeStory(browser: BrowserClient, prefix: string): Promise<void> {
    const who = person();
    const arrived = await browserSignIn(browser, `${prefix}/auth/google?returnTo=${prefix}/account/connections`, who);
    expect([arrived.status, arrived.headers.get('location')]).to.deep.equal([302, `${prefix}/account/connections`]);
    const page = await browser.open(`${prefix}/account/connections`);
    expect(page.status).to.equal(200);
    const all = addresses(page);
    expect(all.filter((address) => !address.startsWith(`${prefix}/`))).to.deep.equal([]);
    for (const file of all.filter((address) => /\.(?:css|js|svg)$/.test(address)))
      expect((await browser.open(file)).status, file).to.equal(200);
    expect((await browser.open(`${prefix}/auth/me`)).json?.user).to.include({ email: who.email });

    const out = await browser.submit(all.find((address) => address.endsWith('/oidc/link')) ?? '');
    const linked = await cameBack(browser, scene.oidc, out, person());
    expect(linked.headers.get('location')).to.equal(`${prefix}/account/connections`);
    const unlinked = await browser.submit(`${prefix}/account/connections/google/unlink`);
    expect([unlinked.status, unlinked.headers.get('location')]).to.deep.equal([303, `${prefix}/account/connections`]);
    expect((await browser.submit(`${prefix}/auth/logout`)).headers.get('location')).to.equal(`${prefix}/account/connections`);
    const asked = await browser.open(`${prefix}/auth/oidc/link?returnTo=/here`);
    expect(asked.status).to.equal(401);
    const resume = addresses(asked).find((address) => address.includes('/auth/google')) ?? '';
    expect(new URL(resume, browser.base).searchParams.get('returnTo')).to.equal(`${prefix}/auth/oidc/link?returnTo=/here`);
  }

  async function cameBack(browser: BrowserClient, provider: typeof scene.google, out: HttpAnswer, who: ReturnType<typeof person>) {
    const location = String(out.headers.get('location'));
    const redirectUri = String(new URL(location).searchParams.get('redirect_uri'));
    expect(redirectUri.startsWith(`${browser.base}/`)).to.equal(true);
    const back = await provider.approve(location, who);
    return await browser.call('GET', `${new URL(redirectUri).pathname}?${new URLSearchParams({ ...back })}`, undefined, {
      headers: { 'sec-fetch-site': 'cross-site' },
    });
  }

  const browserSignIn = async (browser: BrowserClient, path: string, who: ReturnType<typeof person>) =>
    await cameBack(browser, scene.google, await browser.open(path), who);

  /** By scripts of the app, whose callback page finishes. */
  async function jsonStory(base: string, prefix: string): Promise<void> {
    const browser = new ApiClient(base);
    const script = { headers: { origin: base, 'sec-fetch-site': 'same-origin' } };
    const prepared = await browser.call('PUT', `${prefix}/session/openid`, { provider: 'google' }, script);
    const location = String(prepared.json?.data);
    const redirectUri = String(new URL(location).searchParams.get('redirect_uri'));
    const back = await scene.google.approve(location, person());
    const cookie = prepared.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const page = await browser.call('GET', `${new URL(redirectUri).pathname}?${new URLSearchParams({ ...back })}`, undefined, {
      headers: { cookie, accept: 'text/html', 'sec-fetch-site': 'cross-site' },
    });
    const [, url = ''] = /data-url="([^"]*)"/.exec(page.text) ?? [];
    const [, body = ''] = /data-body="([^"]*)"/.exec(page.text) ?? [];
    expect(url).to.equal(`${prefix}/session/openid`);
    const finish = await browser.call('POST', url, JSON.parse(body.replaceAll('&quot;', '"')), {
      headers: { ...script.headers, cookie },
    });
    expect(finish.json?.code).to.equal(0);
  }

  for (const [how, prefix, mount] of [
    ['by app.use with a prefix', '/v2', (app, { keys }) => app.use('/v2', keys.router)],
    ['in an app in an app', '/api/v2', (app, { keys }) => app.use('/api', express().use('/v2', keys.router))],
    [
      'behind a proxy that takes the prefix away',
      '/shop',
      (app, { keys }) => {
        const strip: RequestHandler = (req, res, next) => {
          if (!req.url.startsWith('/shop/')) return void res.status(404).end();
          req.url = req.url.slice('/shop'.length);
          req.originalUrl = req.url;
          next();
        };
        app.use(strip, keys.router);
      },
    ],
    [
      'behind such a proxy, and by app.use',
      '/shop/v2',
      (app, { keys }) => {
        const strip: RequestHandler = (req, _res, next) => {
          req.url = req.url.replace(/^\/shop/, '');
          req.originalUrl = req.url;
          next();
        };
        app.use(strip);
        app.use('/v2', keys.router);
      },
    ],
  ] as readonly (readonly [string, string, NonNullable<TestHostOptions['mount']>])[])
    it(`works wholly ${how}, where paths.mount says so`, async () => {
      const host = await open({ paths: { mount: prefix } }, { mount });
      await wholeStory(host.browser(), prefix);
      await jsonStory(host.base, prefix);
      const idps = await new ApiClient(host.base).call('GET', `${prefix}/api/v3/get-extidps`);
      expect(JSON.stringify(idps.json)).to.include(`"bindUrl":"${host.base}${prefix}/api/v3/link-extidp?`);
    });

  it('is sent to the public address, prefix and all, from another spelling of the host', async () => {
    const host = await open({ paths: { mount: '/v2' } }, { mount: (app, { keys }) => app.use('/v2', keys.router) });
    const browser = host.browser();
    const sent = await browser.call('GET', '/v2/auth/google?returnTo=/x', undefined, {
      headers: { host: `localhost:${new URL(host.base).port}` },
    });
    expect(sent.headers.get('location')).to.equal(`${host.base}/v2/auth/google?returnTo=/x&latchkey-host=1`);
  });

  it('fails the first request, with the sentence that helps, where nothing or something else says so', async () => {
    for (const told of [undefined, '/v1'] as const) {
      const lines: string[] = [];
      const logger = { info: () => undefined, warn: () => undefined, error: (_facts: object, line: string) => void lines.push(line) };
      const paths = told === undefined ? {} : { paths: { mount: told } };
      const host = await open({ logger, ...paths }, { mount: (app, { keys }) => app.use('/v2', keys.router) });
      for (const path of ['/v2/auth/google', '/v2/session/openid', '/v2/callback/openid/google?code=1&state=2', '/v2/anything']) {
        const answer = await new ApiClient(host.base).call('GET', path);
        expect(answer.status, path).to.equal(500);
        expect(answer.json?.oops).to.match(/mounted at "\/v2".*paths: \{ mount: '\/v2' \}.*app\.use\(keys\.router\)/);
      }
      expect(lines).to.have.length(1);
      expect((await new ApiClient(host.base).call('GET', '/elsewhere')).status).to.equal(404);
    }
  });

  it('refuses a mount or a callback that is no path, both at once', async () => {
    const mistakes = await open({ paths: { mount: 'v2/', callback: '/a/:b' } }).then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(mistakes)
      .to.match(/paths\.mount: expected a path/)
      .and.match(/paths\.callback: expected a path/);
    for (const mount of ['/', '/v2/', '/v2?', '/a b', '//evil', '/..', '/a/../b', 5]) {
      const refused = await open({ paths: { mount: mount as string } }).catch((error: unknown) => String(error));
      expect(refused, String(mount)).to.match(/paths\.mount/);
    }
  });

  it('has its callback where the host says', async () => {
    const host = await open({ paths: { callback: '/oauth/done' } });
    const browser = host.browser();
    const arrived = await browserSignIn(browser, '/auth/google?returnTo=/x', person());
    expect(arrived.headers.get('location')).to.equal('/x');
    const page = await browser.open('/account/connections');
    const files = addresses(page).filter((address) => /\.(?:css|js|svg)$/.test(address));
    expect(files).to.include('/oauth/done/assets/page.css');
    for (const file of files) expect((await browser.open(file)).status, file).to.equal(200);
    expect((await browser.open('/callback/openid/google?code=1&state=2')).text).to.equal('Nothing here');
    await jsonStory(host.base, '');
  });

  describe('twice in one app,', () => {
    for (const withSessions of [false, true])
      it(`each has its own people and sessions${withSessions ? ', also in one session of the host’s' : ''}`, async () => {
        let staff: Latchkey | undefined;
        const late: RequestHandler = (req, res, next) => (staff === undefined ? next() : staff.router(req, res, next));
        const host = await open(
          {},
          {
            before: (app) => {
              if (withSessions) app.use(session({ secret: SECRET, resave: false, saveUninitialized: false }));
              app.use('/staff', late);
            },
          },
        );
        const clientOf = ({ issuer, clientId, clientSecret }: typeof scene.google) => ({ issuer, clientId, clientSecret });
        const [sequelize, baseUrl, secret] = [host.sequelize, host.base, SECRET];
        staff = await latchkey({
          ...{ sequelize, baseUrl, secret, tablePrefix: 'staff_', paths: { mount: '/staff' } },
          providers: { google: clientOf(scene.google), oidc: clientOf(scene.oidc) },
        });
        try {
          const browser = host.browser();
          const [customer, employee] = [person(), person()];
          await browserSignIn(browser, '/auth/google', customer);
          await browserSignIn(browser, '/staff/auth/google', employee);
          const emailAt = async (path: string) => ((await browser.open(path)).json?.user as { email?: string } | undefined)?.email;
          expect(await emailAt('/auth/me')).to.equal(customer.email);
          expect(await emailAt('/staff/auth/me')).to.equal(employee.email);
          const stranger = host.browser();
          await browserSignIn(stranger, '/auth/google', person());
          expect((await stranger.open('/staff/auth/me')).status).to.equal(401);
        } finally {
          await staff.close();
        }
      });

    it('two doors into one house share their people, and their sessions', async () => {
      let second: Latchkey | undefined;
      const late: RequestHandler = (req, res, next) => (second === undefined ? next() : second.router(req, res, next));
      const host = await open({}, { before: (app) => app.use(late) });
      const clientOf = ({ issuer, clientId, clientSecret }: typeof scene.google) => ({ issuer, clientId, clientSecret });
      second = await latchkey({
        ...{ sequelize: host.sequelize, baseUrl: host.base, secret: SECRET },
        users: { model: host.Members, passwordHash: 'passwordHash', nickname: 'nickname', defaults: () => ({ plan: 'free' }) },
        paths: { browser: ['/b'], cloudreve: ['/b'], biore: ['/b/v1'], genauth: ['/b/v3'], callback: '/b/callback' },
        providers: { google: clientOf(scene.google) },
      });
      try {
        const [browser, who] = [host.browser(), person()];
        await browserSignIn(browser, '/b/auth/google', who);
        for (const path of ['/auth/me', '/b/auth/me']) expect((await browser.open(path)).json?.user).to.include({ email: who.email });
        await jsonStory(host.base, '/b');
        await jsonStory(host.base, '');
      } finally {
        await second.close();
      }
    });
  });

  describe('behind what others put before it,', () => {
    const parsers: readonly (readonly [string, RequestHandler])[] = [
      ['raw()', express.raw({ type: () => true })],
      ['text()', express.text({ type: () => true })],
      ['json() and urlencoded()', express.Router().use(express.json(), express.urlencoded({ extended: true }))],
    ];
    for (const [name, parser] of parsers)
      it(`${name}: calls and forms work, and what is no JSON is refused as ever`, async () => {
        const host = await open({}, { before: (app) => app.use(parser) });
        await jsonStory(host.base, '');
        await wholeStory(host.browser(), '');
        const client = new ApiClient(host.base);
        const refused = await client.call('PUT', '/session/openid', [1]);
        expect(refused.json?.code).to.equal(40001);
        const answer = await fetch(`${host.base}/session/openid`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: '{"provider": ',
        });
        if (name.startsWith('json')) expect(answer.status).to.equal(400);
        else expect(await answer.json()).to.include({ code: 40001 });
        const large = await fetch(`${host.base}/session/openid`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ provider: 0, hint: 'x'.repeat(20_000) }),
        });
        expect(large.status).to.equal(413);
      });

    it('helmet(): our pages keep the policy that they need, and popups their opener', async () => {
      const host = await open(
        {},
        { before: (app) => app.use(helmet({ contentSecurityPolicy: { directives: { 'style-src': ["'none'"] } } })) },
      );
      const browser = host.browser();
      await browserSignIn(browser, '/auth/google', person());
      const page = await browser.open('/account/connections');
      expect(page.headers.get('content-security-policy')).to.include("style-src 'self'").and.not.include("style-src 'none'");
      const out = await browser.open('/auth/google');
      expect([out.status, out.headers.get('cross-origin-opener-policy')]).to.deep.equal([302, null]);
    });

    it('a CSRF middleware: refuses our forms, and one line of the log says the order', async () => {
      const lines: string[] = [];
      const logger = { info: () => undefined, warn: (_facts: object, line: string) => void lines.push(line), error: () => undefined };
      /** What csurf does, as far as it matters here. */
      const csurf: RequestHandler = (req, _res, next) => {
        Object.assign(req, { csrfToken: () => 'token' });
        const safe = ['GET', 'HEAD', 'OPTIONS'].includes(req.method);
        const given: unknown = (req as Request & { body?: { _csrf?: unknown } }).body?._csrf;
        next(safe || given === 'token' ? undefined : Object.assign(new Error('invalid csrf token'), { status: 403 }));
      };
      const before = await open({ logger }, { before: (app) => app.use(csurf) });
      await before.browser().open('/account/connections');
      await before.browser().open('/account/connections');
      expect(lines.filter((line) => /mount keys\.router before it/.test(line))).to.have.length(1);
      expect((await before.browser().submit('/auth/logout')).json?.oops).to.equal('invalid csrf token');

      const behind = await open({ logger }, { behind: (app) => app.use(csurf) });
      await wholeStory(behind.browser(), '');
      expect(lines.filter((line) => /mount keys\.router before it/.test(line))).to.have.length(1);
    });
  });
});
