// Who signs in by the plugin is signed in to the host's own session, by one option.

import { expect } from 'chai';
import type { Express, Request } from 'express';
import session from 'express-session';
import { Passport } from 'passport';
import type { LatchkeyOptions } from '../../lib/index.js';
import { hostScene } from '../support/host-scene.js';
import { PASSWORD } from '../support/passwords.js';
import { person } from '../support/person.js';
import { quickHasher } from '../support/quick-hasher.js';
import { type HostParts, type Member, openTestHost, type TestHost } from '../support/test-host.js';

type HostRequest = Omit<Request, 'session'> & { session: { memberId?: number; cart?: string } };

describe("The host's own session, opened by the plugin:", () => {
  const scene = hostScene();
  const sessions = session({ name: 'own.sid', secret: 'cats', resave: false, saveUninitialized: true });

  /** The host's routes know nothing of us. */
  function routes(app: Express): void {
    app.get('/whoami', (req, res) => {
      const member = req.user as Member | undefined;
      res.json({ id: member?.id, plan: member?.plan, cart: (req as unknown as HostRequest).session.cart });
    });
    app.get('/buy', (req, res) => {
      (req as unknown as HostRequest).session.cart = 'a book';
      res.json({});
    });
  }

  function withPassport(app: Express, { Members }: HostParts): void {
    const passport = new Passport();
    passport.serializeUser((user, done) => done(null, (user as unknown as Member).id));
    passport.deserializeUser((id: number, done) => {
      Members.findByPk(id).then((member) => done(null, member as unknown as Express.User), done);
    });
    app.use(sessions, passport.initialize(), passport.session());
  }

  function byHand(app: Express, { Members }: HostParts): void {
    app.use(sessions, (req, _res, next) => {
      const { memberId } = (req as unknown as HostRequest).session;
      if (memberId === undefined) return next();
      Members.findByPk(memberId).then((member) => {
        if (member !== null) Object.assign(req, { user: member });
        next();
      }, next);
    });
  }

  const toSession: NonNullable<LatchkeyOptions['hostSession']> = (req, member) => {
    (req as unknown as HostRequest).session.memberId = (member as Member).id;
  };

  async function open(hostSession: LatchkeyOptions['hostSession'], before: typeof byHand, plugin: Partial<LatchkeyOptions> = {}) {
    return await scene.closing(
      openTestHost({
        providers: scene,
        plugin: { ...(hostSession === undefined ? {} : { hostSession }), localAccounts: true, passwordHasher: quickHasher, ...plugin },
        before,
        behind: routes,
      }),
    );
  }

  const whoami = async (browser: ReturnType<TestHost['browser']>) => (await browser.open('/whoami')).json;

  for (const [how, hostSession, signsIn] of [
    ["'passport'", 'passport', withPassport],
    ['a function', toSession, byHand],
  ] as const)
    describe(how, () => {
      let host: TestHost;

      beforeEach(async () => {
        host = await open(hostSession, signsIn);
      });

      it('by a provider, under a new session id, and signed out from both', async () => {
        const [browser, who] = [host.browser(), person()];
        await browser.open('/whoami');
        const planted = browser.cookies.get('own.sid');
        const back = await browser.signIn('google', scene.google, who, '/whoami');
        expect([back.status, back.headers.get('location')]).to.deep.equal([302, '/whoami']);
        expect(browser.cookies.get('own.sid')).to.not.equal(planted);
        const me = await whoami(browser);
        expect(me).to.include({ plan: 'free' });
        expect((await browser.me()).json?.user).to.include({ email: who.email });
        await browser.open('/buy');
        await browser.link('oidc', scene.oidc, person());
        expect(await whoami(browser)).to.deep.equal({ ...me, cart: 'a book' });
        expect(await host.linked(Number(me?.id))).to.have.members(['google', 'oidc']);
        await browser.submit('/auth/logout');
        expect([await whoami(browser), (await browser.me()).status]).to.deep.equal([{}, 401]);
      });

      it('by a password on our page', async () => {
        const id = await host.newMember(await quickHasher.hash(PASSWORD));
        const email = (await host.Members.findByPk(id))?.email ?? '';
        const browser = host.browser();
        const arrived = await browser.submit('/auth/password', { email, password: PASSWORD, returnTo: '/whoami' });
        expect([arrived.status, arrived.headers.get('location')]).to.deep.equal([303, '/whoami']);
        expect(await whoami(browser)).to.include({ id });
        await browser.submit('/auth/password', { email, password: 'wrong', returnTo: '/whoami' });
        expect(await whoami(browser)).to.include({ id });
      });

      it('and another person after the first', async () => {
        const browser = host.browser();
        await browser.signIn('google', scene.google, person());
        const first = await whoami(browser);
        await browser.signIn('google', scene.google, person());
        const second = await whoami(browser);
        expect(second?.id).to.be.a('number').and.not.equal(first?.id);
      });
    });

  it('is left alone without the option', async () => {
    const host = await open(undefined, withPassport);
    const browser = host.browser();
    await browser.signIn('google', scene.google, person());
    expect([await whoami(browser), (await browser.me()).status]).to.deep.equal([{}, 200]);
  });

  it('which cannot be opened ends the sign-in, and the log says why', async () => {
    const lines: string[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (facts: object) => void lines.push(JSON.stringify(facts)) };
    const failing = () => Promise.reject(new Error('the host is full'));
    for (const [hostSession, why] of [
      [failing, /the host is full/],
      ['passport', /passport\.session\(\)/],
    ] as const) {
      const host = await open(hostSession, byHand, { logger });
      const browser = host.browser();
      const back = await browser.signIn('google', scene.google, person());
      expect(back.status).to.equal(500);
      expect([await whoami(browser), (await browser.me()).status]).to.deep.equal([{}, 401]);
      expect(lines.join('\n')).to.match(why);
    }
  });
});
