// A host without express-session in front of us: it has no session of ours on its requests, whatever it calls its own.

import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { Express, Request, RequestHandler } from 'express';
import { BrowserClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { HostBrowser, ownSession, ownSessionRoutes } from '../support/own-sessions.js';
import { person } from '../support/person.js';
import { openTestHost, type TestHost, type TestHostOptions } from '../support/test-host.js';

const COOKIE = 'latchkey-session';

/** Everything of express-session's that may stand on a request. */
const traces = (req: Request) => ['session', 'sessionID', 'sessionStore'].filter((name) => name in req);

describe('In front of sessions, or without:', () => {
  const scene = hostScene();

  async function open(more: Pick<TestHostOptions, 'before' | 'behind' | 'plugin'>): Promise<TestHost> {
    return await scene.closing(openTestHost({ providers: scene, ...more }));
  }

  describe('A host without sessions', () => {
    let host: TestHost;

    before(async () => {
      host = await open({
        before(app) {
          app.get('/before', (req, res) => void res.json(traces(req)));
        },
        behind(app, { keys }) {
          app.get('/behind', (req, res) => void res.json(traces(req)));
          app.get('/private', keys.requireUser, (req, res) => void res.json(traces(req)));
          app.get('/twice', keys.requireUser, keys.requireUser, (req, res) => void res.json(req.user));
          app.post('/change', keys.requireUser, (_req, res) => void res.json('done'));
        },
      });
    });

    const sent = ({ headers }: { readonly headers: Headers }) => headers.getSetCookie().filter((line) => line.startsWith(COOKIE));

    it('gets our cookie by a sign-in only, and has no trace of a session on its requests', async () => {
      const browser = host.browser();
      const signedIn = await browser.signIn('google', scene.google, person());
      expect(sent(signedIn)).to.have.lengthOf(1);
      for (const path of ['/before', '/behind', '/private']) {
        const answer = await browser.open(path);
        expect([answer.status, answer.json, sent(answer)], path).to.deep.equal([200, [], []]);
      }
      expect((await browser.me()).status).to.equal(200);
      expect((await browser.submit('/auth/logout')).status).to.equal(303);
      expect(browser.cookies.has(COOKIE)).to.equal(false);
    });

    it('sends no session cookie to who is not signed in', async () => {
      const browser = host.browser();
      for (const path of ['/behind', '/private', '/auth/me', '/account/connections', '/auth/google']) await browser.open(path);
      expect([...browser.cookies.keys()]).to.deep.equal(['latchkey-flow']);
    });

    it('may ask twice, and lets no other site change anything', async () => {
      const [browser, who] = [host.browser(), person()];
      await browser.signIn('google', scene.google, who);
      expect((await browser.open('/twice')).json).to.include({ email: who.email });
      const foreign = await browser.call('POST', '/change', {}, { headers: { 'sec-fetch-site': 'cross-site' } });
      expect([foreign.status, foreign.json]).to.deep.equal([403, { oops: 'Cross-site requests cannot do this' }]);
      expect((await browser.call('POST', '/change', {})).json).to.equal('done');
    });

    it('stops without anything left to wait for', async () => {
      // Mocha's own timer for this test starts after the first pause.
      await setImmediate();
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
      const before = timers();
      const another = await openTestHost({ providers: scene });
      await another.browser().signIn('google', scene.google, person());
      await another.close();
      expect(timers()).to.be.at.most(before);
    });
  });

  describe('A host that mounts its sessions behind us', () => {
    it('gets them as if we were not there, also behind the guard', async () => {
      const host = await open({
        behind(app, { keys }) {
          const sessions = ownSession();
          app.get('/private', keys.requireUser, sessions, (req, res) => {
            req.session.cart = [...(req.session.cart ?? []), 'tea'];
            res.json({ cart: req.session.cart, own: req.session.id === req.sessionID, latchkey: req.session.latchkey });
          });
          app.use(sessions);
          ownSessionRoutes(app);
        },
      });
      const browser = new HostBrowser(host.base);
      await browser.signIn('google', scene.google, person());
      expect(browser.cookies.has('host.sid')).to.equal(false);
      expect((await browser.open('/private')).json).to.deep.equal({ cart: ['tea'], own: true });
      await browser.put('salt');
      expect((await browser.open('/private')).json?.cart).to.deep.equal(['tea', 'salt', 'tea']);
      const own = browser.sessionId;
      await browser.link('oidc', scene.oidc, person());
      expect((await browser.open('/session')).json?.cart).to.deep.equal(['tea', 'salt', 'tea']);
      expect(browser.sessionId, 'a session of its own, which we know nothing of').to.equal(own);
      await browser.submit('/auth/logout');
      expect((await browser.me()).status).to.equal(401);
      expect((await browser.open('/session')).json?.cart).to.deep.equal(['tea', 'salt', 'tea']);
    });
  });

  /** Like cookie-session: what is in `req.session` goes to the browser, and has no methods. */
  const plainSession: RequestHandler = (req, res, next) => {
    const kept = /(?:^|; )plain=([^;]*)/.exec(req.headers.cookie ?? '')?.[1];
    const own: Record<string, unknown> = kept === undefined ? {} : JSON.parse(Buffer.from(kept, 'base64url').toString());
    (req as { session?: unknown }).session = own;
    const { writeHead } = res;
    res.writeHead = function (this: typeof res, ...args: unknown[]) {
      this.appendHeader('set-cookie', `plain=${Buffer.from(JSON.stringify(own)).toString('base64url')}; Path=/`);
      return Reflect.apply(writeHead, this, args);
    } as typeof res.writeHead;
    next();
  };

  describe('A host whose `req.session` is something else', () => {
    const PLAIN: Readonly<Record<string, (app: Express) => void>> = {
      'a plain object': (app) => app.use(plainSession),
      'a plain object with the two methods that people lend it for Passport': (app) =>
        app.use(plainSession, (req, _res, next) => {
          const lent = (done?: (error?: unknown) => void) => done?.();
          for (const name of ['regenerate', 'save']) Object.defineProperty(req.session, name, { value: lent });
          next();
        }),
      'null, as cookie-session has it after a sign-out': (app) =>
        app.use((req, _res, next) => {
          (req as { session?: unknown }).session = null;
          next();
        }),
    };

    for (const [what, before] of Object.entries(PLAIN)) {
      it(`keeps it, and gets people signed in beside it: ${what}`, async () => {
        const host = await open({
          before,
          behind(app, { keys }) {
            app.get('/own', (req, res) => void res.json(req.session));
            app.get('/private', keys.requireUser, (req, res) => void res.json(req.session));
          },
        });
        const browser = new BrowserClient(host.base);
        const own = (await browser.open('/own')).text;
        await browser.signIn('google', scene.google, person());
        await browser.link('oidc', scene.oidc, person());
        expect((await browser.submit('/account/connections/google/unlink')).status).to.equal(303);
        expect((await browser.me()).status).to.equal(200);
        for (const path of ['/own', '/private']) expect((await browser.open(path)).text, path).to.equal(own);
        expect((await browser.submit('/auth/logout')).status).to.equal(303);
        expect([(await browser.me()).status, (await browser.open('/own')).text]).to.deep.equal([401, own]);
        expect(browser.cookies.has(COOKIE)).to.equal(false);
      });
    }

    it('keeps what it has written there itself', async () => {
      const host = await open({
        before(app) {
          app.use(plainSession);
          app.post('/cart/:thing', (req, res) => {
            req.session.cart = [...(req.session.cart ?? []), req.params.thing];
            res.json(req.session);
          });
        },
        behind: (app, { keys }) => app.get('/private', keys.requireUser, (req, res) => void res.json(req.session)),
      });
      const browser = new HostBrowser(host.base);
      await browser.put('tea');
      await browser.signIn('google', scene.google, person());
      await browser.put('salt');
      expect((await browser.open('/private')).json).to.deep.equal({ cart: ['tea', 'salt'] });
    });
  });
});
