// Where somebody is signed in, and ending that: what is ended takes everything that came from it along.

import { expect } from 'chai';
import { openDatabase } from '../../lib/server/database.js';
import { BioreClient, verdict } from '../support/biore-client.js';
import type { Json } from '../support/http-request.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';

const PASSWORD = 'Correct horse 7 battery';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const CHROME = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';

const list = async (by: BioreClient) => ((await by.call('GET', 'sessions')).json?.data?.sessions ?? []) as unknown as readonly Json[];
const idOf = async (by: BioreClient) => String((await list(by)).find(({ isCurrent }) => (isCurrent as unknown) === true)?.id);

describe('The sessions of a person', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: 'sqlite', env: { TRUST_PROXY: '1' } });
  });
  after(() => stage.close());

  const client = () => new BioreClient(stage.servers[0]?.base ?? '');
  const auditOf = async (email: string) =>
    await stage.query<{ event: string; detail: string | null }>(
      'SELECT event, detail FROM audit_events WHERE user_id = (SELECT id FROM users WHERE email = :email) ORDER BY id',
      { email },
    );

  async function run(sql: string, replacements: Record<string, unknown>): Promise<void> {
    const database = openDatabase(stage.databaseUrl);
    await database.query(sql, { replacements });
    await database.close();
  }

  /** Signed in `count` times. */
  async function member(count: number) {
    const { email } = person();
    await stage.client().signUp(email, PASSWORD);
    const clients: BioreClient[] = [];
    for (let n = 0; n < count; n += 1) {
      const by = client();
      await by.login(email, PASSWORD);
      clients.push(by);
    }
    return { email, clients: clients as [BioreClient, BioreClient, BioreClient] };
  }

  it('are listed with the device, a masked address and the times, and the current one is known by its cookie', async () => {
    const { email } = person();
    await stage.client().signUp(email, PASSWORD);
    const [mac, curl, six] = [client(), client(), client()];
    mac.headers = { 'user-agent': CHROME, 'x-forwarded-for': '203.0.113.77' };
    curl.headers = { 'user-agent': '' };
    six.headers = { 'x-forwarded-for': '2001:db8::7:0:1' };
    for (const each of [mac, curl, six]) await each.login(email, PASSWORD);
    const sessions = await list(mac);
    expect(sessions).to.have.length(3);
    for (const session of sessions) {
      expect(session).to.have.all.keys('id', 'device', 'ipMasked', 'location', 'isCurrent', 'createdAt', 'lastActiveAt');
      expect(session.id).to.match(UUID);
      expect([session.createdAt, session.lastActiveAt].every((time) => ISO.test(String(time)))).to.equal(true);
      expect(session.location).to.equal(null);
    }
    const seen = sessions.map(({ device, ipMasked, isCurrent }) => [device, ipMasked, isCurrent] as const);
    expect(seen).to.have.deep.members([
      ['Chrome on macOS', '203.0.113.***', true],
      [null, '127.0.0.***', false],
      [null, '2001:db8:0:0:***', false],
    ]);
    six.refreshToken = undefined;
    expect(
      (await list(six)).find(({ isCurrent }) => (isCurrent as unknown) === true)?.ipMasked,
      'without a cookie the one that signs',
    ).to.equal('2001:db8:0:0:***');
    six.refreshToken = curl.refreshToken;
    expect(await idOf(six)).to.equal(await idOf(curl));
  });

  it('are those of every door, and none that is over', async () => {
    const who = person();
    const browser = stage.browser();
    await browser.signIn('google', stage.providers.google, who);
    const api = await stage.client().signIn('google', stage.providers.google, who);
    const by = client();
    by.token = api.token;
    expect(await list(by)).to.have.length(2);
    await browser.call('POST', '/auth/logout');
    expect(await list(by)).to.have.length(1);
    expect((await list((await member(1)).clients[0])).length).to.equal(1);
  });

  it('are none that a browser has left alone for too long', async () => {
    const who = person();
    await stage.browser().signIn('google', stage.providers.google, who);
    const by = client();
    by.token = (await stage.client().signIn('google', stage.providers.google, who)).token;
    const week = 7 * 24 * 3_600_000 + 1000;
    const mine = 'user_id = (SELECT user_id FROM social_links WHERE subject = :sub)';
    await run(`UPDATE refresh_tokens SET last_seen_at = last_seen_at - ${week} WHERE ${mine}`, { sub: who.sub });
    expect(
      (await list(by)).map(({ isCurrent }) => isCurrent),
      'an app may come back after months',
    ).to.deep.equal([true]);
  });

  it('end one by one, with their access tokens, refresh tokens, flows and one-time links', async () => {
    const { email, clients } = await member(2);
    const [one, other] = clients;
    const api = stage.client();
    api.token = other.token;
    const flow = await api.visit('google', stage.providers.google, person(), { linking: true });
    const query = new URLSearchParams({ ext_idp_conn_identifier: 'oidc', app_id: 'app', id_token: other.token ?? '' });
    const link = String((await api.call('GET', `/api/v3/generate-link-extidp-url?${query}`)).json?.data?.url);
    const answer = await one.call('DELETE', `sessions/${await idOf(other)}`);
    expect([answer.status, answer.json]).to.deep.equal([200, { success: true }]);
    expect(verdict(await other.me())).to.equal('401 auth.token.invalid');
    expect(verdict(await other.refresh())).to.equal('401 auth.refresh.invalid_token');
    api.token = undefined;
    expect((await api.finish('google', flow)).json?.code as unknown).to.equal(40023);
    const opened = await stage.browser().open(link.slice(new URL(link).origin.length));
    expect([opened.status, opened.headers.get('location')]).to.deep.equal([400, null]);
    expect(verdict(await one.me())).to.equal('200');
    expect((await auditOf(email)).map(({ event }) => event)).to.include('auth.sessions.revoke.success');
  });

  it("end a browser's, and the browser is signed out", async () => {
    const who = person();
    const browser = stage.browser();
    await browser.signIn('google', stage.providers.google, who);
    const by = client();
    by.token = (await stage.client().signIn('google', stage.providers.google, who)).token;
    const session = (await list(by)).find(({ isCurrent }) => !isCurrent);
    expect(verdict(await by.call('DELETE', `sessions/${session?.id}`))).to.equal('200');
    expect((await browser.me()).status).to.equal(401);
  });

  it('do not end by whoever they are not of, nor the current one, nor twice, nor where there is none', async () => {
    const [{ email, clients }, stranger] = [await member(2), await member(1)];
    const [one, other] = clients;
    const [mine, gone, theirs] = [await idOf(one), await idOf(other), await idOf(stranger.clients[0])];
    expect(verdict(await one.call('DELETE', `sessions/${mine}`))).to.equal('400 auth.sessions.cannot_revoke_current');
    expect(verdict(await one.call('DELETE', `sessions/${mine.toUpperCase()}`))).to.equal('400 auth.sessions.cannot_revoke_current');
    expect(verdict(await one.call('DELETE', `sessions/${theirs}`))).to.equal('404 auth.sessions.not_found');
    expect(verdict(await one.call('DELETE', `sessions/${gone}`))).to.equal('200');
    expect(verdict(await one.call('DELETE', `sessions/${gone}`))).to.equal('404 auth.sessions.not_found');
    for (const id of ['7', 'me', `${gone}x`, "'%20OR%201=1--"])
      expect(verdict(await one.call('DELETE', `sessions/${id}`)), id).to.equal('400 auth.validation.failed');
    expect(verdict(await client().call('DELETE', `sessions/${mine}`))).to.equal('401 auth.token.invalid');
    expect(verdict(await stranger.clients[0].me())).to.equal('200');
    const events = (await auditOf(email)).filter(({ event }) => event.startsWith('auth.sessions.revoke.'));
    expect(events.filter(({ event }) => event.endsWith('success'))).to.have.length(1);
    expect(events.filter(({ event }) => event.endsWith('failure'))).to.have.length(8);
  });

  it('end all at once but the current one, which keeps the tokens it has', async () => {
    const { email, clients } = await member(3);
    const [one, ...others] = clients;
    expect((await one.call('POST', 'sessions/revoke-all')).json).to.deep.equal({ success: true });
    for (const each of others) expect(verdict(await each.me())).to.equal('401 auth.token.invalid');
    expect([verdict(await one.me()), verdict(await one.refresh())]).to.deep.equal(['200', '200']);
    expect(await list(one)).to.have.length(1);
    const row = (await auditOf(email)).find(({ event }) => event === 'auth.sessions.revoke_all.success');
    expect(JSON.parse(String(row?.detail))).to.deep.equal({ count: 2 });
  });

  it('are ended by a cookie from the own pages only', async () => {
    const who = person();
    const browser = stage.browser();
    await browser.signIn('google', stage.providers.google, who);
    const by = client();
    by.token = (await stage.client().signIn('google', stage.providers.google, who)).token;
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.test' };
    for (const [method, path] of [
      ['POST', 'revoke-all'],
      ['DELETE', await idOf(by)],
    ] as const)
      expect(verdict(await browser.call(method, `/api/v1/auth/sessions/${path}`, undefined, { headers }))).to.equal('403 auth.csrf');
    expect(verdict(await by.me())).to.equal('200');
    expect(verdict(await browser.call('POST', '/api/v1/auth/sessions/revoke-all'))).to.equal('200');
    expect(verdict(await by.me())).to.equal('401 auth.token.invalid');
  });

  it('of which two end one another, and both try at once, are never both told that they did', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { clients } = await member(2);
      const [one, other] = clients;
      const ids = [await idOf(one), await idOf(other)];
      const answers = await Promise.all([one.call('DELETE', `sessions/${ids[1]}`), other.call('DELETE', `sessions/${ids[0]}`)]);
      const succeeded = answers.filter(({ status }) => status === 200);
      expect(succeeded, answers.map(verdict).join()).to.have.length(1);
    }
  });
});
