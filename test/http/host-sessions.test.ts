// A host with express-session and a login of its own: our sign-ins live in its session, and its session stays its own.

import { expect } from 'chai';
import { ApiClient } from '../support/client.js';
import { hostScene } from '../support/host-scene.js';
import { HostBrowser, openSessionHost } from '../support/own-sessions.js';
import { PASSWORD_HASH } from '../support/passwords.js';
import { person } from '../support/person.js';
import { describeOn } from '../support/services.js';
import type { TestHost } from '../support/test-host.js';

/** Every session cookie of the plugin's own that a browser was ever sent. */
const ownCookies = ({ setCookies }: HostBrowser) => setCookies.filter((line) => line.includes('latchkey-session'));

describeOn(['sqlite'], 'A host with express-session of its own', (kind) => {
  const scene = hostScene();
  let host: TestHost;
  const browser = () => new HostBrowser(host.base);
  const member = async (passwordHash: string | null = PASSWORD_HASH) => {
    const id = await host.newMember(passwordHash);
    return { id, browser: await browser().login(id) };
  };

  before(async () => {
    host = await scene.closing(openSessionHost({ database: kind, providers: scene }));
  });

  it('gets people signed in within its session, and nothing planted there before survives', async () => {
    const [somebody, who] = [browser(), person()];
    await somebody.put('tea');
    const planted = somebody.thief();
    const answer = await somebody.signIn('google', scene.google, who, '/welcome?a=1');
    expect([answer.status, answer.headers.get('location')], answer.text).to.deep.equal([302, '/welcome?a=1']);
    expect(somebody.sessionId).to.not.equal(planted.sessionId);
    expect((await somebody.me()).json?.user).to.include({ email: who.email });
    expect(ownCookies(somebody)).to.deep.equal([]);
    expect((await somebody.open('/session')).json).to.deep.equal({ cart: [], lasts: null, whole: true });
    expect((await planted.me()).status, 'who knew the id before').to.equal(401);
    await somebody.put('salt');
    expect((await somebody.open('/session')).json?.cart, 'its session goes on').to.deep.equal(['salt']);
  });

  it("ends the host's sign-in with ours, when somebody else signs in by us", async () => {
    const { id, browser: shared } = await member();
    const before = shared.thief();
    const who = person();
    await shared.signIn('google', scene.google, who);
    expect((await shared.me()).json?.user?.email).to.equal(who.email);
    expect((await shared.open('/session')).json).to.not.have.property('userId');
    expect((await before.open('/session')).json, 'the old id').to.not.have.property('userId');
    expect(await host.linked(id)).to.deep.equal([]);
  });

  it('keeps its login and its cart under a new id when something is linked and unlinked', async () => {
    const { id, browser: own } = await member();
    await own.put('tea');
    const unchanged = { userId: id, cart: ['tea'], lasts: null, whole: true };
    const ids = [own.sessionId];
    const thieves = [own.thief()];
    const linked = await own.link('google', scene.google, person(), '/account/connections');
    expect([linked.status, linked.headers.get('location')], linked.text).to.deep.equal([302, '/account/connections']);
    expect((await own.open('/session')).json).to.deep.equal(unchanged);
    ids.push(own.sessionId);
    thieves.push(own.thief());
    expect(await host.linked(id)).to.deep.equal(['google']);
    const page = await own.open('/account/connections');
    expect([page.status, page.text.includes('action="/account/connections/google/unlink"')]).to.deep.equal([200, true]);
    expect((await own.submit('/account/connections/google/unlink')).status).to.equal(303);
    expect((await own.open('/session')).json).to.deep.equal(unchanged);
    ids.push(own.sessionId);
    expect(await host.linked(id)).to.deep.equal([]);
    expect(new Set(ids).size).to.equal(3);
    for (const thief of thieves) expect((await thief.open('/account/connections')).status).to.equal(401);
    expect(ownCookies(own)).to.deep.equal([]);
  });

  it('remembers people as long as before, under whatever id', async () => {
    const [id, own] = [await host.newMember(), browser()];
    await own.login(id, { remember: true });
    const lasts = 30 * 86_400;
    expect((await own.open('/session')).json).to.include({ lasts });
    await own.link('google', scene.google, person());
    expect((await own.open('/session')).json).to.include({ lasts });
    await own.submit('/account/connections/google/unlink');
    expect((await own.open('/session')).json).to.include({ lasts });
    await own.signIn('google', scene.google, person());
    expect((await own.open('/session')).json, 'somebody new').to.include({ lasts: null });
  });

  it('leaves a link in place that is the last way in, and the session as it is', async () => {
    const { id, browser: own } = await member(null);
    await own.put('tea');
    await own.link('google', scene.google, person());
    const { sessionId } = own;
    const refused = await own.submit('/account/connections/google/unlink');
    expect([refused.status, refused.text.includes('disabled')]).to.deep.equal([400, true]);
    expect([own.sessionId, await host.linked(id)]).to.deep.equal([sessionId, ['google']]);
    expect((await own.open('/session')).json?.cart).to.deep.equal(['tea']);
  });

  it('signs people out of both at once', async () => {
    const visitors = [(await member()).browser, browser()];
    await visitors[1]?.signIn('google', scene.google, person());
    for (const visitor of visitors) {
      await visitor.put('tea');
      const before = visitor.thief();
      expect((await visitor.me()).status).to.equal(200);
      expect((await visitor.submit('/auth/logout')).status).to.equal(303);
      for (const each of [visitor, before]) {
        expect((await each.me()).status).to.equal(401);
        expect((await each.open('/session')).json).to.deep.equal({ cart: [], lasts: null, whole: true });
      }
    }
  });

  it("has its own sign-outs hold for ours: destroying the session, or dropping the host's user", async () => {
    const ours = browser();
    await ours.signIn('google', scene.google, person());
    await ours.call('POST', '/destroy');
    expect((await ours.me()).status).to.equal(401);
    const { browser: own } = await member();
    await own.link('google', scene.google, person());
    await own.call('POST', '/leave');
    expect((await own.me()).status).to.equal(401);
    expect((await own.open('/private')).status).to.equal(401);
  });

  for (const path of ['/early', '/private']) {
    it(`asks for a signed-in person at ${path}, before or behind our router, in its own session`, async () => {
      const { id, browser: own } = await member();
      const ours = browser();
      const who = person();
      await ours.signIn('google', scene.google, who);
      for (const each of [own, ours]) await each.put('tea');
      expect((await own.open(path)).json).to.deep.include({ cart: ['tea'] });
      expect((await own.open(path)).json?.user?.id).to.equal(String(id));
      expect((await ours.open(path)).json).to.deep.nested.include({ cart: ['tea'], 'user.email': who.email });
      const refused = await browser().open(path);
      expect([refused.status, refused.json]).to.deep.equal([401, { oops: 'Login required' }]);
    });

    it(`lets another site change nothing at ${path} by a sign-in of ours; by its own it is the host's to say`, async () => {
      const { browser: own } = await member();
      const ours = browser();
      await ours.signIn('google', scene.google, person());
      const client = await new ApiClient(host.base).signIn('google', scene.google, person());
      const foreign = { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.test' } };
      const refused = await ours.call('POST', path, {}, foreign);
      expect([refused.status, refused.json]).to.deep.equal([403, { oops: 'Cross-site requests cannot do this' }]);
      expect((await ours.call('POST', path, {})).status).to.equal(200);
      expect((await own.call('POST', path, {}, foreign)).status).to.equal(200);
      expect((await client.call('POST', path, {}, foreign)).status).to.equal(200);
      const both = { headers: { ...foreign.headers, authorization: `Bearer ${client.token}` } };
      expect((await ours.call('POST', path, {}, both)).json?.user).to.include({ email: client.user?.email });
    });
  }
});
