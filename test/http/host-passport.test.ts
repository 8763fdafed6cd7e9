// A host with Passport of its own, the global one: ours is private, and the host's user stays the host's object.

import { expect } from 'chai';
import type { Express, Request } from 'express';
import session from 'express-session';
import passport from 'passport';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { HostBrowser } from '../support/own-sessions.js';
import { PASSWORD_HASH } from '../support/passwords.js';
import { person } from '../support/person.js';
import { Member, type Members, openTestHost, type TestHost } from '../support/test-host.js';

/** What the host sees of its user. */
function seen({ user }: Request): object {
  return user instanceof Member ? { own: true, id: user.id, plan: user.plan } : { own: false, user };
}

/** As the documentation of Passport has it. */
function ownPassport(app: Express, Members: Members): void {
  passport.serializeUser((user, done) => done(null, (user as Member).id));
  passport.deserializeUser((id, done) => {
    Members.findByPk(Number(id)).then((member) => done(null, member ?? false), done);
  });
  app.use(session({ name: 'host.sid', secret: 'the own secret of the host', resave: false, saveUninitialized: false }));
  app.use(passport.initialize(), passport.session());
  app.post('/login/:id', (req, res, next) => {
    Members.findByPk(Number(req.params.id)).then((member) => {
      if (member === null) return void res.status(401).end();
      req.login(member, (error) => (error ? next(error) : res.json(seen(req))));
    }, next);
  });
}

function ownRoutes(app: Express): void {
  app.post('/logout', (req, res, next) => {
    req.logout((error) => (error ? next(error) : res.json({ isAuthenticated: req.isAuthenticated() })));
  });
  app.get('/own', (req, res) => void res.json({ ...seen(req), isAuthenticated: req.isAuthenticated() }));
}

describe('A host with Passport of its own', () => {
  let oidc: OpenIdProvider;
  let google: OpenIdProvider;
  let host: TestHost;

  before(async () => {
    [oidc, google] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
    host = await openTestHost({
      providers: { oidc, google },
      before: (app, { Members }) => ownPassport(app, Members),
      behind(app, { keys, Members }) {
        ownRoutes(app);
        app.get('/private', keys.requireUser, (req, res) => void res.json(seen(req)));
        // A host that wants everybody in its own session: from then on Passport's.
        app.post('/adopt', keys.requireUser, (req, res, next) => {
          Members.findByPk(Number((req.user as { id?: unknown } | undefined)?.id)).then((member) => {
            req.login(member ?? {}, (error) => (error ? next(error) : res.json(seen(req))));
          }, next);
        });
      },
    });
  });

  after(async () => {
    await host?.close();
    await Promise.all([oidc?.close(), google?.close()]);
  });

  async function member(passwordHash: string | null = PASSWORD_HASH) {
    const id = await host.newMember(passwordHash);
    const browser = new HostBrowser(host.base);
    const answer = await browser.call('POST', `/login/${id}`);
    expect(answer.json, answer.text).to.deep.equal({ own: true, id, plan: 'gold' });
    return { id, browser, own: { own: true, id, plan: 'gold' } };
  }

  it('finds its own object in req.user, before and behind the guard and whatever was linked', async () => {
    const { browser, own } = await member();
    const check = async () => {
      expect((await browser.open('/private')).json).to.deep.equal(own);
      expect((await browser.open('/own')).json).to.deep.equal({ ...own, isAuthenticated: true });
    };
    await check();
    await browser.link('google', google, person());
    await check();
    await browser.submit('/account/connections/google/unlink');
    await check();
    expect([...browser.cookies.keys()]).to.have.members(['host.sid', 'latchkey-flow', 'latchkey-notice']);
  });

  it('has its members look, link and unlink all but the last, by its own form alone', async () => {
    const { id, browser } = await member(null);
    const page = await browser.open('/account/connections');
    expect([page.status, page.text.includes('action="/account/connections/oidc/link"')]).to.deep.equal([200, true]);
    expect((await browser.me()).status).to.equal(200);
    for (const [provider, at] of Object.entries({ google, oidc })) {
      const out = await browser.submit(`/account/connections/${provider}/link`);
      expect(out.status, out.text).to.equal(303);
      const back = new URLSearchParams({ ...(await at.approve(String(out.headers.get('location')), person())) });
      const answer = await browser.open(`/callback/openid/${provider === 'oidc' ? 2 : provider}?${back}`);
      expect(answer.headers.get('location'), answer.text).to.equal('/account/connections');
    }
    expect((await browser.submit('/account/connections/google/unlink')).status).to.equal(303);
    const refused = await browser.submit('/account/connections/oidc/unlink');
    expect([refused.status, refused.text.includes('role="alert"')]).to.deep.equal([400, true]);
    expect(await host.linked(id)).to.deep.equal(['oidc']);
  });

  it('signs its members out of ours with its own sign-out, and the other way round', async () => {
    const { browser: one } = await member();
    await one.link('google', google, person());
    expect((await one.call('POST', '/logout')).json).to.deep.equal({ isAuthenticated: false });
    const { browser: other } = await member();
    expect((await other.submit('/auth/logout')).status).to.equal(303);
    const ours = new HostBrowser(host.base);
    await ours.signIn('google', google, person());
    expect((await ours.call('POST', '/logout')).json).to.deep.equal({ isAuthenticated: false });
    for (const browser of [one, other, ours]) {
      expect((await browser.me()).status).to.equal(401);
      expect((await browser.open('/own')).json).to.deep.equal({ own: false, isAuthenticated: false });
    }
  });

  it('meets people whom we signed in behind the guard only, and may take them into its own session', async () => {
    const [browser, who] = [new HostBrowser(host.base), person()];
    await browser.signIn('google', google, who);
    expect((await browser.open('/own')).json).to.deep.equal({ own: false, isAuthenticated: false });
    const { user } = Object((await browser.open('/private')).json);
    expect(user).to.include({ email: who.email });
    const before = browser.thief();
    const own = { own: true, id: Number(user.id), plan: 'free' };
    expect((await browser.call('POST', '/adopt', {})).json).to.deep.equal(own);
    expect((await browser.open('/own')).json).to.deep.equal({ ...own, isAuthenticated: true });
    expect((await browser.me()).json?.user).to.include({ email: who.email });
    expect((await before.me()).status, 'the id of before').to.equal(401);
    await browser.call('POST', '/logout');
    expect((await browser.me()).status).to.equal(401);
  });
});
