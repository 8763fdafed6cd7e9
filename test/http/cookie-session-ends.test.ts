// How a browser's session ends: by sign-out, unlink, new password or ban; and that no request brings it back.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { type ApiClient, BrowserClient } from '../support/client.js';
import { overToken } from '../support/over-token.js';
import { type Person, person } from '../support/person.js';
import { besideRedis, type DatabaseKind, describeOn, describeWithRedis } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';
import { change, extIdpId, PASSWORD, userIdOf } from './scenarios.js';

const SESSION = 'latchkey-session';
const OTHER_PASSWORD = 'another long passphrase';

/** The same browser once more, for a request beside the others. */
function beside(browser: BrowserClient): BrowserClient {
  const copy = new BrowserClient(browser.base);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  return copy;
}

/** Every session cookie that was ever set in these browsers. */
function cookiesOf(browsers: readonly BrowserClient[]): readonly string[] {
  const lines = browsers.flatMap(({ setCookies }) => setCookies);
  return [...new Set(lines.flatMap((line) => /^latchkey-session=([^;]+)/.exec(line)?.[1] ?? []))];
}

function suite(kind: DatabaseKind, redis: boolean): void {
  let stage: Stage;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: kind, redis });
  });
  after(() => stage.close());

  async function signedIn(who: Person, provider: StageProvider = 'google'): Promise<BrowserClient> {
    const browser = stage.browser();
    const answer = await browser.signIn(provider, stage.providers[provider], who);
    expect(answer.status, answer.text).to.equal(302);
    return browser;
  }

  async function byPassword(email: string, password = PASSWORD): Promise<BrowserClient> {
    const browser = stage.browser();
    const answer = await browser.submit('/auth/password', { email, password });
    expect(answer.status, answer.text).to.equal(303);
    return browser;
  }

  const lives = async (browser: BrowserClient) => (await browser.me()).status === 200;
  /** One try each: a refresh token works once. */
  const refreshes = async (client: ApiClient) => (await client.refresh()).json?.code === (0 as unknown);
  const alive = (those: readonly (BrowserClient | ApiClient)[]) =>
    Promise.all(those.map((one) => (one instanceof BrowserClient ? lives(one) : refreshes(one))));

  async function expectAllDead(cookies: readonly string[]): Promise<void> {
    for (const cookie of cookies) {
      const browser = stage.browser();
      browser.cookies.set(SESSION, cookie);
      expect((await browser.me()).status).to.equal(401);
    }
  }

  /** One user with two links and a password, and everything that they are signed in by. */
  async function everywhere() {
    const [who, theirOidc] = [person(), person()];
    const { google, oidc } = stage.providers;
    const byGoogle = await signedIn(who);
    await byGoogle.link('oidc', oidc, theirOidc);
    expect((await byGoogle.call('PATCH', '/user/setting', { new_password: PASSWORD })).json?.code).to.equal(0);
    return {
      byGoogle,
      byGoogleToo: await signedIn(who),
      byOidc: await signedIn(theirOidc, 'oidc'),
      withPassword: await byPassword(who.email),
      googleTokens: await stage.client().signIn('google', google, who),
      oidcTokens: await stage.client().signIn('oidc', oidc, theirOidc),
      passwordTokens: await stage.client().signInWithPassword(who.email, PASSWORD),
    };
  }

  it('by sign-out, in this browser and nowhere else; twice is harmless', async () => {
    const who = person();
    const [browser, another] = [await signedIn(who), await signedIn(who)];
    const [copy, script] = [beside(browser), beside(another)];
    for (const once of ['first', 'again']) {
      const answer = await browser.submit('/auth/logout');
      expect([answer.status, browser.cookies.has(SESSION)], once).to.deep.equal([303, false]);
      expect(await alive([browser, copy, another]), once).to.deep.equal([false, false, true]);
      expect((await copy.submit('/auth/logout')).status, 'with the dead cookie').to.equal(303);
    }
    expect((await script.call('POST', '/auth/logout', undefined, { headers: { accept: '*/*' } })).status).to.equal(204);
    expect(await alive([another])).to.deep.equal([false]);
  });

  it("by sign-out with a token, which ends the token's family alone", async () => {
    const who = person();
    const browser = await signedIn(who);
    const [client, other] = await Promise.all([0, 1].map(() => stage.client().signIn('google', stage.providers.google, who)));
    if (client === undefined || other === undefined) throw new TypeError('Two signed in');
    const authorization = `Bearer ${client.token}`;
    const answer = await browser.call('POST', '/auth/logout', undefined, { headers: { accept: '*/*', authorization } });
    expect([answer.status, ...(await alive([client, other, browser]))]).to.deep.equal([204, false, true, true]);
  });

  it('by no sign-out that a token of ours signs which is over, nor by another site with whatever header', async () => {
    const browser = await signedIn(person());
    const client = await stage.client().signIn('google', stage.providers.google, person());
    const over = `Bearer ${await overToken(client.token)}`;
    for (const [authorization, site] of [
      [over, 'same-origin'],
      [over, 'cross-site'],
      ...['Bearer nonsense', 'nonsense', 'Basic YTpi'].map((foreign) => [foreign, 'cross-site'] as const),
    ] as const) {
      const headers = { accept: '*/*', 'sec-fetch-site': site, authorization };
      await browser.call('POST', '/auth/logout', undefined, { headers });
      expect(await alive([browser]), `${authorization}, ${site}`).to.deep.equal([true]);
    }
    const foreign = await browser.call('POST', '/auth/logout', undefined, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect([foreign.status, ...(await alive([browser]))]).to.deep.equal([403, true]);
  });

  it('for good, though a link was under way: it is refused, because its session is over', async () => {
    const [browser, { google, oidc }] = [await signedIn(person()), stage.providers];
    const leaving = beside(browser);
    let left: number | undefined;
    oidc.bend.token = async (honest) => {
      left = (await leaving.submit('/auth/logout')).status;
      return honest;
    };
    const answer = await browser.link('oidc', oidc, person()).finally(() => {
      delete oidc.bend.token;
    });
    expect([answer.status, left]).to.deep.equal([400, 303]);
    await expectAllDead(cookiesOf([browser]));
    expect((await browser.signIn('google', google, person())).status).to.equal(302);
    expect(await alive([browser])).to.deep.equal([true]);
  });

  it('also by a sign-out that was sent before a new id had come', async () => {
    const browser = await signedIn(person());
    const leaving = beside(browser);
    await browser.link('oidc', stage.providers.oidc, person());
    expect(await lives(browser)).to.equal(true);
    expect((await leaving.submit('/auth/logout')).status).to.equal(303);
    expect(await lives(browser)).to.equal(false);
  });

  it('for good, whatever else the browser was doing', async () => {
    let renewed = 0;
    for (const afterMs of [0, 5, 15, 40]) {
      const { byGoogle: browser } = await everywhere();
      await browser.link('logto', stage.providers.logto, person());
      const begun = cookiesOf([browser]).length;
      const all = Array.from({ length: 12 }, () => beside(browser));
      const [a, b, c, d, e, leaving, ...rest] = all;
      const password = { new_password: OTHER_PASSWORD, current_password: PASSWORD };
      await Promise.all([
        a?.call('PATCH', '/user/setting', password),
        b?.submit('/account/connections/google/unlink'),
        c?.call('POST', '/api/v3/unlink-extidp', { extIdpId: extIdpId('logto') }),
        d?.call('DELETE', '/session/openid/2'),
        e?.open('/account/connections'),
        pause(afterMs).then(() => leaving?.submit('/auth/logout')),
        ...rest.map((one) => one.me()),
      ]);
      const cookies = cookiesOf([browser, ...all]);
      renewed += cookies.length - begun;
      await expectAllDead(cookies);
    }
    expect(renewed, 'some of it gave new ids').to.be.above(0);
  }).timeout(60_000);

  for (const asking of ['byGoogle', 'byOidc', 'oidcTokens'] as const) {
    it(`by an unlink of its provider, but for the one that asks (${asking})`, async () => {
      const them = await everywhere();
      const { byGoogle, byGoogleToo, byOidc, withPassword, googleTokens, oidcTokens, passwordTokens } = them;
      const answer = await them[asking].call('DELETE', '/api/v1/auth/oauth/unlink/google');
      expect(answer.status, answer.text).to.equal(200);
      const opened = await alive([byGoogle, byGoogleToo, googleTokens]);
      expect(opened).to.deep.equal([asking === 'byGoogle', false, false]);
      expect(await alive([byOidc, withPassword, oidcTokens, passwordTokens])).to.deep.equal([true, true, true, true]);
    });
  }

  it('by a new password or none, but for the one that asks', async () => {
    const current = { current_password: PASSWORD };
    const changes: readonly ((browser: BrowserClient) => Promise<unknown>)[] = [
      (browser) => browser.submit('/account/connections/password', { new_password: OTHER_PASSWORD, ...current }),
      (browser) => browser.submit('/account/connections/password/remove', current),
      (browser) => browser.call('PATCH', '/user/setting', { new_password: OTHER_PASSWORD, ...current }),
      (browser) => browser.call('PATCH', '/user/setting', { new_password: null, ...current }),
    ];
    for (const [n, changePassword] of changes.entries()) {
      const { byOidc, ...others } = await everywhere();
      await changePassword(byOidc);
      expect(await alive([byOidc, ...Object.values(others)]), `change ${n}`).to.deep.equal([true, ...Array(6).fill(false)]);
    }
  });

  it('by a new password that is set with a token', async () => {
    const { passwordTokens, byGoogle, byGoogleToo, byOidc, withPassword } = await everywhere();
    expect((await passwordTokens.setPassword(OTHER_PASSWORD, PASSWORD)).json?.code).to.equal(0);
    expect(await alive([byGoogle, byGoogleToo, byOidc, withPassword])).to.deep.equal(Array(4).fill(false));
  });

  it('by a new password, also where somebody is signing in with the old one at that very moment', async () => {
    const who = person();
    await stage.client().signUp(who.email, PASSWORD);
    const owner = await byPassword(who.email);
    let current = PASSWORD;
    for (const next of ['the second passphrase', 'the third passphrase']) {
      const opened: BrowserClient[] = [];
      const intrude = async () => {
        const browser = stage.browser();
        const { status } = await browser.submit('/auth/password', { email: who.email, password: current });
        if (status === 303) opened.push(browser);
      };
      const intrusions = [intrude()];
      let over = false;
      const changing = owner.call('PATCH', '/user/setting', { new_password: next, current_password: current }).finally(() => {
        over = true;
      });
      // One after the other without waiting: in step with each other they would miss the moment together.
      for (; !over && intrusions.length < 12; await pause(10)) intrusions.push(intrude());
      const changed = await changing;
      await Promise.all(intrusions);
      expect([changed.json?.code, opened.length > 0]).to.deep.equal([0, true]);
      expect(new Set(await alive(opened))).to.deep.equal(new Set([false]));
      current = next;
    }
    expect(await alive([owner, await byPassword(who.email, current)])).to.deep.equal([true, true]);
  }).timeout(60_000);

  it('by a ban, for good where it was used meanwhile', async () => {
    for (const [status, code] of [
      ['manual_banned', 'user_banned'],
      ['inactive', 'user_inactive'],
    ] as const) {
      const who = person();
      const [browser, form] = [await signedIn(who), await signedIn(who)];
      const client = await stage.client().signIn('google', stage.providers.google, who);
      const id = await userIdOf(stage, who);
      const become = (next: string) => change(stage, 'UPDATE users SET status = :next WHERE id = :id', { next, id });
      await become(status);
      const first = await browser.me();
      expect([first.status, first.json?.error?.code]).to.deep.equal([401, code]);
      expect((await form.submit('/account/connections/google/unlink')).status).to.equal(401);
      expect((await browser.me()).status).to.equal(401);
      expect(await alive([client])).to.deep.equal([false]);
      await become('active');
      expect(await alive([browser, form, client])).to.deep.equal([false, false, false]);
      expect(await alive([await signedIn(who)])).to.deep.equal([true]);
    }
  });
}

describeOn(['sqlite'], 'A cookie session ends', (kind) => suite(kind, false));
describeWithRedis('A cookie session, with Redis, ends', () => suite(besideRedis(), true));
