// A host whose session cookie is `SameSite=Strict`: nobody comes back from a provider as a stranger.

import { expect } from 'chai';
import { parse } from 'cookie';
import type { Express } from 'express';
import type { BrowserContext, Page } from 'playwright-core';
import type { LatchkeyOptions } from '../../lib/index.js';
import { type DemoProvider, startDemoProvider } from '../../lib/server/demo/demo-provider.js';
import { silentLogger } from '../../lib/support/logger.js';
import { describeInChromium, newBrowser } from '../support/chromium.js';
import * as connections from '../support/connections-page.js';
import { chooseAtDemo } from '../support/demo-visit.js';
import { freePort } from '../support/free-port.js';
import { hostScene } from '../support/host-scene.js';
import { ownSession } from '../support/own-sessions.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

interface Kind {
  readonly before: (app: Express) => void;
  readonly currentUser: NonNullable<LatchkeyOptions['currentUser']>;
  /** Somebody puts something into the session, signed in or not. */
  readonly keepsCart: boolean;
}

function bySession(saveUninitialized: boolean): Kind {
  return {
    keepsCart: true,
    currentUser: (req) => req.session.userId,
    before(app) {
      app.use(ownSession({ cookie: { sameSite: 'strict' }, saveUninitialized, resave: false }));
      app.get('/enter/:id', (req, res) => {
        Object.assign(req.session, { userId: Number(req.params.id), cart: ['tea'] });
        res.send('Welcome');
      });
      app.get('/cart', (req, res) => void res.json(req.session.cart ?? []));
    },
  };
}

/** A cookie of the host's own making; ours is then a Lax one beside it. */
const byCookie: Kind = {
  keepsCart: false,
  currentUser: (req) => parse(req.get('cookie') ?? '').member,
  before(app) {
    app.get('/enter/:id', (req, res) => void res.cookie('member', req.params.id, { httpOnly: true, sameSite: 'strict' }).send('Welcome'));
  },
};

const KINDS: Readonly<Record<string, Kind>> = {
  'with express-session': bySession(false),
  'with express-session that saves every visitor': bySession(true),
  'with a cookie of its own': byCookie,
};

for (const [title, kind] of Object.entries(KINDS)) {
  describeInChromium(`On a host with strict sessions, ${title},`, () => {
    const scene = hostScene();
    let demo: DemoProvider;
    let host: TestHost;
    /** Callbacks as they came, by what the browser said of where from. */
    const callbackEnd: string[] = [];

    before(async function () {
      this.timeout(60_000);
      const port = await freePort();
      const redirectUris = ['acme', 'other'].map((id) => `http://localhost:${port}/callback/openid/${id}`);
      demo = await startDemoProvider({ host: '127.0.0.1', port: 0, redirectUris, logger: silentLogger });
      const { issuer, clientId, clientSecret } = demo;
      const acme = { type: 'oidc', issuer, clientId, clientSecret } as const;
      host = await scene.closing(
        openTestHost({
          providers: scene,
          hostname: 'localhost',
          port,
          plugin: { currentUser: kind.currentUser, providers: { acme, other: acme } },
          before(app) {
            app.use('/callback', (req, _res, next) => {
              if (!req.path.includes('assets'))
                callbackEnd.push(`${req.get('sec-fetch-site')}${req.query.code === undefined ? '' : ' code'}`);
              next();
            });
            kind.before(app);
          },
        }),
      );
    });
    after(() => demo.close());
    beforeEach(() => void callbackEnd.splice(0));

    async function enter(context: BrowserContext, id: number): Promise<Page> {
      const page = await context.newPage();
      await page.goto(`${host.base}/enter/${id}`);
      await page.goto(`${host.base}/account/connections`);
      await connections.expectConnections(page);
      return page;
    }

    for (const javaScriptEnabled of [true, false]) {
      const how = javaScriptEnabled ? '' : ', without JavaScript';

      it(`a member links, and comes back as who they were${how}`, async () => {
        const id = await host.newMember();
        const page = await enter(await newBrowser({ javaScriptEnabled }), id);
        await connections.pressLink(page, 'Acme');
        await chooseAtDemo(page, javaScriptEnabled ? 'Alice Example' : 'Bob Example');
        await connections.expectNotice(page, 'Acme is linked.');
        expect(page.url()).to.equal(`${host.base}/account/connections`);
        expect(await host.linked(id)).to.deep.equal(['acme']);
        expect(callbackEnd, 'one hop, without the code').to.deep.equal(['cross-site code', 'same-origin']);
        if (kind.keepsCart) {
          await page.goto(`${host.base}/cart`);
          expect(await page.locator('body').innerText()).to.equal('["tea"]');
        }
      });
    }

    it('a visitor signs in, and is signed in where they arrive', async () => {
      const page = await (await newBrowser()).newPage();
      await page.goto(`${host.base}/account/connections`);
      await connections.continueWith(page, 'Other');
      await chooseAtDemo(page, 'Alice Example');
      await connections.expectConnections(page);
      expect(page.url()).to.equal(`${host.base}/account/connections`);
      expect(callbackEnd).to.deep.equal(kind.keepsCart ? ['cross-site code', 'same-origin'] : ['cross-site code']);
    });

    it('who is nobody there is refused after one hop', async () => {
      const [context, id] = [await newBrowser(), await host.newMember()];
      const page = await enter(context, id);
      await connections.pressLink(page, 'Other');
      for (const name of ['host.sid', 'member', 'latchkey-session']) await context.clearCookies({ name });
      await chooseAtDemo(page, 'Bob Example');
      await page.getByRole('heading', { name: 'Sign-in was not completed' }).waitFor();
      expect(callbackEnd).to.deep.equal(['cross-site code', 'same-origin']);
      expect(await host.linked(id)).to.deep.equal([]);
    });
  });
}
