// Ended is ended: tokens, linking flows and one-time links live no longer than the session they came from.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { openDatabase } from '../../lib/server/database.js';
import { ApiClient, type BrowserClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import type { Redirect } from '../support/openid-provider.js';
import { type Person, person } from '../support/person.js';
import { type DatabaseKind, databases, describeOn, describeWithRedis } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { change, extIdpId, PASSWORD, userIdOf } from './scenarios.js';

const OTHER_PASSWORD = 'another long passphrase';
const FROM_PROVIDER = { 'sec-fetch-site': 'cross-site' };
const GONE = 40023;

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

interface Scene {
  readonly id: number;
  readonly who: Person & { readonly email: string };
  /** Signed in by Google: the session that ends. */
  readonly old: ApiClient;
  /** The same person, signed in by OpenID Connect. */
  readonly other: ApiClient;
}

/** Whatever ends the session of `old`. */
type Ending = (scene: Scene, stage: Stage) => Promise<unknown>;

const statusTo =
  (status: string): Ending =>
  ({ id }, stage) =>
    change(stage, 'UPDATE users SET status = :status WHERE id = :id', { status, id });

const ENDINGS: Readonly<Record<string, Ending>> = {
  'a password that is changed elsewhere': ({ other }) => other.setPassword(OTHER_PASSWORD, PASSWORD),
  'a password that is removed elsewhere': ({ other }) => other.removePassword(PASSWORD),
  'a sign-out by its refresh token': ({ old }) => old.call('DELETE', '/session/token', { refresh_token: old.refreshToken }),
  'a sign-out by its access token': ({ old }) => old.call('POST', '/auth/logout', undefined, { headers: { accept: '*/*' } }),
  'the unlink of the link it came through': ({ other }) => other.unlink('google'),
  'a refresh token that comes back used': async ({ old }) => {
    const second = await old.refresh();
    expect(codeOf(await old.refresh(String(second.json?.data?.refresh_token)))).to.equal(0);
    expect(codeOf(await old.refresh())).to.equal(40020);
  },
  'a ban, also once it is lifted': async (scene, stage) => {
    await statusTo('manual_banned')(scene, stage);
    for (const once of ['first', 'again']) expect(codeOf(await scene.old.setting()), once).to.equal(40017);
    await statusTo('active')(scene, stage);
  },
};

function suite(kind: DatabaseKind, redis: boolean): void {
  let stage: Stage;

  before(async function () {
    this.timeout(60_000);
    stage = await openStage({ database: kind, redis });
  });
  after(() => stage.close());

  async function sceneOf(): Promise<Scene> {
    const [who, theirOidc, { google, oidc }] = [person(), person(), stage.providers];
    const first = await stage.client().signIn('google', google, who);
    await first.link('oidc', oidc, theirOidc);
    expect(codeOf(await first.setPassword(PASSWORD))).to.equal(0);
    const old = await stage.client().signIn('google', google, who);
    return { id: await userIdOf(stage, who), who, old, other: await stage.client().signIn('oidc', oidc, theirOidc) };
  }

  const queryOf = (by: ApiClient) =>
    new URLSearchParams({ ext_idp_conn_identifier: 'logto', app_id: 'app_1', id_token: by.token ?? '' }).toString();
  const linkUrl = (by: ApiClient) => stage.client().call('GET', `/api/v3/generate-link-extidp-url?${queryOf(by)}`);
  const popup = (by: ApiClient, browser: BrowserClient) => browser.open(`/api/v3/link-extidp?${queryOf(by)}`);
  const linksOf = ({ id }: Scene) => stage.query('SELECT provider FROM social_links WHERE user_id = :id ORDER BY provider', { id });

  async function ticketOf(by: ApiClient): Promise<string> {
    const { json, text } = await linkUrl(by);
    expect(json?.statusCode, text).to.equal(200);
    const { pathname, search } = new URL(String(json?.data?.url));
    return pathname + search;
  }

  /** At the provider by a popup, which approves; what is left is the callback. */
  async function popupTrip(by: ApiClient): Promise<() => Promise<HttpAnswer>> {
    const browser = stage.browser();
    const out = await popup(by, browser);
    const back = await stage.providers.logto.approve(String(out.headers.get('location')), person());
    return () => browser.call('GET', `/callback/openid/0?${new URLSearchParams({ ...back })}`, undefined, { headers: FROM_PROVIDER });
  }

  const jsonTrip = (by: ApiClient) => by.visit('logto', stage.providers.logto, person(), { linking: true });

  async function expectNoToken(by: ApiClient): Promise<void> {
    for (const [method, path, body] of [
      ['GET', '/user/setting'],
      ['DELETE', '/session/openid/2'],
      ['PUT', '/session/openid', { provider: 0, linking: true }],
      ['PATCH', '/user/setting', { nick: 'Mallory' }],
    ] as const) {
      const answer = await by.call(method, path, body);
      expect([answer.status, codeOf(answer)], `${method} ${path}`).to.deep.equal([200, 401]);
    }
    const biore = await by.bioreUnlink('google');
    expect([biore.status, biore.json?.error?.i18nKey]).to.deep.equal([401, 'auth.token.invalid']);
    for (const answer of [await by.identities(), await by.genauthUnlink(extIdpId('oidc')), await linkUrl(by)]) {
      expect([answer.status, answer.json?.statusCode, answer.json?.apiCode], answer.text).to.deep.equal([200, 401, 2020]);
    }
    expect((await popup(by, stage.browser())).status).to.equal(401);
    expect((await by.call('GET', '/auth/me')).status).to.equal(401);
    expect((await by.call('POST', '/auth/logout', undefined, { headers: { accept: '*/*' } })).status).to.equal(401);
    expect(codeOf(await by.refresh())).to.equal(40020);
  }

  for (const [what, end] of Object.entries(ENDINGS)) {
    it(`an access token is none after ${what}, and nothing that was begun with it goes on`, async () => {
      const scene = await sceneOf();
      const { old, other } = scene;
      const [ticket, popupBack, back, another] = [await ticketOf(old), await popupTrip(old), await jsonTrip(old), await jsonTrip(old)];
      const refreshed = what.includes('comes back') ? undefined : await old.refresh();
      const renewed = new ApiClient(old.base, String(refreshed?.json?.data?.access_token ?? old.token));
      await end(scene, stage);
      const before = await linksOf(scene);
      const asked = stage.providers.logto.count('/token');

      await expectNoToken(old);
      expect(codeOf(await renewed.setting()), 'the newer token of the same session').to.equal(401);
      expect(codeOf(await old.finish('logto', back))).to.equal(GONE);
      expect(codeOf(await stage.client().finish('logto', back)), 'nobody signed in').to.equal(GONE);
      expect(codeOf(await other.finish('logto', another)), 'another session of theirs').to.equal(GONE);
      expect([(await stage.browser().open(ticket)).status, (await popupBack()).status]).to.deep.equal([400, 400]);
      expect(stage.providers.logto.count('/token'), 'asked of the provider').to.equal(asked);
      expect(await linksOf(scene)).to.deep.equal(before);

      await other.link('logto', stage.providers.logto, person());
      expect(await linksOf(scene), 'the other session goes on').to.have.length(before.length + 1);
    }).timeout(30_000);
  }

  it('an access token is none once its user is deleted', async () => {
    const { id, old } = await sceneOf();
    await change(stage, 'DELETE FROM users WHERE id = :id', { id });
    await expectNoToken(old);
  });

  for (const [what, changeIt] of [
    ['changes the password', (by: ApiClient) => by.setPassword(OTHER_PASSWORD, PASSWORD)],
    ['removes the password', (by: ApiClient) => by.removePassword(PASSWORD)],
    ['unlinks what it signed in by', (by: ApiClient) => by.unlink('google')],
  ] as const) {
    it(`the session that ${what} goes on, and all that was begun with it`, async () => {
      const { old } = await sceneOf();
      const [ticket, back] = [await ticketOf(old), await jsonTrip(old)];
      expect(codeOf(await changeIt(old))).to.equal(0);
      expect(codeOf(await old.setting())).to.equal(0);
      expect((await stage.browser().open(ticket)).status, 'the one-time link').to.equal(302);
      expect(codeOf(await stage.client().finish('logto', back)), 'nobody signed in at the end').to.equal(0);
      expect(await old.linked()).to.include(0);
    });
  }

  it('a new token of the same session finishes what an older one began', async () => {
    const { old } = await sceneOf();
    const back = await jsonTrip(old);
    const renewed = await old.refresh();
    const finished = await new ApiClient(old.base, String(renewed.json?.data?.access_token)).finish('logto', back);
    expect(codeOf(finished)).to.equal(0);
  });

  /** The provider answers only after `meanwhile` has happened. */
  async function whileTheProviderIsAsked<T>(meanwhile: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
    const { logto } = stage.providers;
    logto.bend.token = async (honest) => {
      await meanwhile();
      return honest;
    };
    return await work().finally(() => {
      delete logto.bend.token;
    });
  }

  it('links nothing when the person signs out while the provider is asked', async () => {
    const scene = await sceneOf();
    const { old } = scene;
    const [back, another, before] = [await jsonTrip(old), await jsonTrip(old), await linksOf(scene)];
    const signOut = () => old.call('DELETE', '/session/token', { refresh_token: old.refreshToken });
    expect(codeOf(await whileTheProviderIsAsked(signOut, () => old.finish('logto', back)))).to.equal(GONE);
    expect(codeOf(await old.finish('logto', another))).to.equal(GONE);
    expect(await linksOf(scene)).to.deep.equal(before);
  });

  it('proves nobody anew when they sign out while the provider is asked', async () => {
    const [who, browser] = [person(), stage.browser()];
    await browser.signIn('logto', stage.providers.logto, who);
    const leaving = stage.browser();
    for (const [name, value] of browser.cookies) leaving.cookies.set(name, value);
    const out = await browser.open('/auth/logto/confirm');
    const back = await stage.providers.logto.approve(String(out.headers.get('location')), who);
    const answer = await whileTheProviderIsAsked(
      () => leaving.submit('/auth/logout'),
      () => browser.open(`/callback/openid/0?${new URLSearchParams({ ...back })}`),
    );
    expect([answer.status, (await browser.me()).status]).to.deep.equal([400, 401]);
  });

  it('a flow that a browser began ends with its session, by whichever door it would be finished', async () => {
    const [who, browser] = [person(), stage.browser()];
    await browser.signIn('google', stage.providers.google, who);
    const elsewhere = await stage.client().signIn('google', stage.providers.google, who);
    const { logto } = stage.providers;
    const out = await browser.open('/auth/logto/link');
    const byTab = await logto.approve(String(out.headers.get('location')), person());
    const prepared = await browser.call('PUT', '/session/openid', { provider: 0, linking: true });
    const byJson = await logto.approve(String(prepared.json?.data), person());
    expect(codeOf(await elsewhere.setPassword(PASSWORD))).to.equal(0);
    const json = (back: Redirect) => ({ code: back.code, session_id: back.state, provider_id: 0 });
    const asked = logto.count('/token');
    for (const signedInAnew of [false, true]) {
      if (signedInAnew) await browser.signIn('google', stage.providers.google, who);
      const answer = await browser.open(`/callback/openid/0?${new URLSearchParams({ ...byTab })}`);
      expect(answer.status, answer.text).to.equal(400);
      expect(codeOf(await browser.call('POST', '/session/openid', json(byJson)))).to.equal(GONE);
    }
    expect(logto.count('/token')).to.equal(asked);
    expect(await elsewhere.linked()).to.deep.equal(['google']);
  });

  it('a change that waited for its turn while its session ended is not made', async () => {
    const scene = await sceneOf();
    const { id, old } = scene;
    const before = await linksOf(scene);
    const database = openDatabase(stage.databaseUrl);
    const replacements = { id, session: decodeJwt(old.token ?? '').root_token_id, at: Date.now() };
    const isSqlite = kind === 'sqlite';
    const holder = await database.transaction(isSqlite ? { type: 'IMMEDIATE' as never } : {});
    const inHolder = { replacements, transaction: holder };
    let unlinking: Promise<HttpAnswer>;
    try {
      await database.query('UPDATE sign_in_guards SET version = version + 1 WHERE user_id = :id', inHolder);
      unlinking = old.unlink('oidc');
      await pause(400);
      await database.query('UPDATE refresh_tokens SET revoked_at = :at WHERE id = :session', inHolder);
      await holder.commit();
    } finally {
      await database.close();
    }
    expect(codeOf(await unlinking)).to.equal(401);
    expect(await linksOf(scene)).to.deep.equal(before);
  });
}

describeOn(databases, 'Of a session that has ended,', (kind) => suite(kind, false));
describeWithRedis('Of a session that has ended, with Redis,', () => suite('sqlite', true));
