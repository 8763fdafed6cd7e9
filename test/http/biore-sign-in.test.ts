// BIO.RE's sign-in by password: what is in the body and what in the cookie, how long it lasts, and how it ends.

import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { openDatabase } from '../../lib/server/database.js';
import { BioreClient, verdict } from '../support/biore-client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { person } from '../support/person.js';
import { databases, describeOn } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';

const PASSWORD = 'Correct horse 7 battery';
const CHROME = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const OTHER = 'Another horse 8 battery';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('Sign-in in the dialect of BIO.RE', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: 'sqlite', env: { TRUST_PROXY: '1' } });
  });
  after(() => stage.close());

  async function newUser(password = PASSWORD): Promise<{ readonly email: string; readonly id: number }> {
    const { email } = person();
    await stage.client().signUp(email, password);
    const [row] = await stage.query<{ id: number }>('SELECT id FROM users WHERE email = :email', { email });
    return { email, id: Number(row?.id) };
  }

  const client = () => new BioreClient(stage.servers[0]?.base ?? '');

  async function signedIn(password = PASSWORD) {
    const user = await newUser(password);
    const by = client();
    expect(verdict(await by.login(user.email, password))).to.equal('200');
    return { ...user, by };
  }

  const auditOf = async (id: number) =>
    (await stage.query<{ event: string }>('SELECT event FROM audit_events WHERE user_id = :id ORDER BY id', { id })).map(
      ({ event }) => event,
    );
  const mailOf = async (email: string) =>
    (await stage.query<{ message: string }>('SELECT message FROM outbox_messages ORDER BY created_at'))
      .map(({ message }): { template: string; to: string } => JSON.parse(message))
      .filter(({ to }) => to === email)
      .map(({ template }) => template);

  /** As if the token had been replaced longer ago than the moment in which it is answered again. */
  const wait = (id: number) => run('UPDATE refresh_tokens SET rotated_at = rotated_at - 20000 WHERE user_id = :id', { id });
  async function run(sql: string, replacements: Record<string, unknown>): Promise<void> {
    const database = openDatabase(stage.databaseUrl);
    await database.query(sql, { replacements });
    await database.close();
  }

  it('gives a token of fifteen minutes in the body, and the refresh token in its cookie alone', async () => {
    const { by, email, id } = await signedIn();
    const answer = await by.login(email.toUpperCase().replace(/^/, '  '), PASSWORD);
    expect(answer.json).to.have.all.keys('success', 'data');
    expect(answer.json?.data).to.deep.equal({ accessToken: by.token, expiresIn: 900 });
    const { exp = 0, nbf = 0 } = decodeJwt(by.token ?? '');
    expect(exp - nbf).to.equal(900);
    const line = by.setCookies.find((each) => each.startsWith('biore_refresh=')) ?? '';
    expect(line)
      .to.match(/; HttpOnly/i)
      .and.match(/; SameSite=Strict/i)
      .and.match(/; Path=\//i);
    expect(line)
      .to.match(/; Max-Age=155(?:52000|51999|51998)/i)
      .and.not.match(/Domain/i);
    expect(answer.text).not.to.include(by.refreshToken);
    expect(await auditOf(id)).to.include('auth.password.sign_in.success');
    expect(answer.headers.get('cache-control')).to.equal('no-store');
  });

  it('marks the cookie Secure where the app is on https', async () => {
    const server = await stage.start({}, { BASE_URL: 'https://app.example.test' });
    const { email } = await newUser();
    const by = new BioreClient(server.base);
    await by.login(email, PASSWORD);
    expect(by.setCookies.find((each) => each.startsWith('biore_refresh='))).to.match(/; Secure/i);
  });

  it('tells who is signed in', async () => {
    const { by, email } = await signedIn();
    const { json } = await by.me();
    expect(json?.data).to.deep.equal({
      id: json?.data?.id,
      email,
      username: null,
      displayName: email.split('@')[0],
      avatarUrl: null,
      status: 'ACTIVE',
      emailVerified: false,
    });
    expect(json?.data?.id).to.match(UUID);
    expect((await by.me()).json?.data?.id).to.equal(json?.data?.id);
    expect((await (await signedIn()).by.me()).json?.data?.id).not.to.equal(json?.data?.id);
    expect(verdict(await client().me())).to.equal('401 auth.token.invalid');
  });

  it('refuses an unknown address and a wrong password alike, and input that is none', async () => {
    const { email, id } = await newUser();
    const [wrong, unknown] = [await client().login(email, `${PASSWORD}!`), await client().login(person().email, PASSWORD)];
    for (const answer of [wrong, unknown]) expect(verdict(answer)).to.equal('401 auth.login.invalid_credentials');
    const shape = ({ json }: HttpAnswer) => ({ ...json?.error, correlationId: '' });
    expect(shape(wrong)).to.deep.equal(shape(unknown));
    const bodies = [{}, { email }, { email: 7, password: PASSWORD }, { email: 'nobody', password: PASSWORD }, { email, password: '' }, []];
    const more = [
      { email, password: ['x'] },
      { email, password: 'x'.repeat(129) },
      { email, password: PASSWORD, captchaToken: 7 },
    ];
    for (const body of [...bodies, ...more])
      expect(verdict(await client().call('POST', 'login', body)), JSON.stringify(body)).to.equal('400 auth.validation.failed');
    expect(await auditOf(id)).not.to.include('auth.password.sign_in.success');
  });

  it('refuses the banned only where they know their password', async () => {
    const { email, id } = await newUser();
    await run("UPDATE users SET status = 'manual_banned' WHERE id = :id", { id });
    expect(verdict(await client().login(email, PASSWORD))).to.equal('401 auth.login.account_suspended');
    expect(verdict(await client().login(email, OTHER))).to.equal('401 auth.login.invalid_credentials');
    await run("UPDATE users SET status = 'inactive' WHERE id = :id", { id });
    expect(verdict(await client().login(email, PASSWORD))).to.equal('401 auth.login.account_deactivated');
  });

  describe('A refresh', () => {
    it('gives a new pair, by cookie or by body', async () => {
      const { by } = await signedIn();
      const [first, firstAccess] = [by.refreshToken, by.token];
      const answer = await by.refresh();
      expect(answer.json?.data).to.deep.equal({ accessToken: by.token, expiresIn: 900 });
      expect([by.refreshToken === first, answer.text.includes(String(by.refreshToken))]).to.deep.equal([false, false]);
      expect(decodeJwt(by.token ?? '').root_token_id).to.equal(decodeJwt(firstAccess ?? '').root_token_id);
      const other = client();
      expect(verdict(await other.call('POST', 'refresh', { refreshToken: by.refreshToken }))).to.equal('200');
      expect(verdict(await other.me())).to.equal('200');
    });

    it('refuses what is no refresh token', async () => {
      const { by } = await signedIn();
      for (const refreshToken of [by.token, 'x', `${by.refreshToken}x`])
        expect(verdict(await client().call('POST', 'refresh', { refreshToken }))).to.equal('401 auth.refresh.invalid_token');
      expect(verdict(await client().refresh())).to.equal('401 auth.refresh.invalid_token');
      expect(verdict(await client().call('POST', 'refresh', { refreshToken: 7 }))).to.equal('400 auth.validation.failed');
    });

    it('ends every session of a person whose used token comes back, and tells them once', async () => {
      const { by, email, id } = await signedIn();
      const elsewhere = client();
      await elsewhere.login(email, PASSWORD);
      const thief = by.copy();
      await by.refresh();
      await wait(id);
      expect(verdict(await thief.refresh())).to.equal('401 auth.refresh.token_reuse_detected');
      for (const each of [by, elsewhere, thief]) expect(verdict(await each.me())).to.equal('401 auth.token.invalid');
      for (const each of [by, elsewhere]) expect(verdict(await each.refresh())).to.equal('401 auth.refresh.invalid_token');
      expect(verdict(await thief.refresh())).to.equal('401 auth.refresh.invalid_token');
      expect(await mailOf(email)).to.deep.equal(['sessions_ended']);
      expect((await auditOf(id)).filter((event) => event === 'auth.token.reuse_detected')).to.have.length(1);
    });

    it('gives two of one program that refresh at once the same pair', async () => {
      const { by, id } = await signedIn();
      const both = [by.copy(), by.copy()];
      const answers = await Promise.all(both.map((each) => each.refresh()));
      expect(answers.map(verdict)).to.deep.equal(['200', '200']);
      expect(both[0]?.refreshToken).to.equal(both[1]?.refreshToken);
      expect(await auditOf(id)).not.to.include('auth.token.reuse_detected');
    });

    it('says that an account was suspended, for as long as it is', async () => {
      const { by, id } = await signedIn();
      await run("UPDATE users SET status = 'manual_banned' WHERE id = :id", { id });
      for (const _ of [1, 2]) expect(verdict(await by.refresh())).to.equal('401 auth.refresh.account_suspended');
      await run("UPDATE users SET status = 'active' WHERE id = :id", { id });
      expect(verdict(await by.refresh())).to.equal('401 auth.refresh.invalid_token');
    });
  });

  describe('The refresh cookie of a browser', () => {
    async function browser() {
      const { email, id } = await newUser();
      const by = stage.browser();
      expect((await by.call('POST', '/api/v1/auth/login', { email, password: PASSWORD })).status).to.equal(200);
      return { by, id };
    }
    const foreign = [
      { 'sec-fetch-site': 'same-site', origin: 'https://evil.example.test' },
      { 'sec-fetch-site': 'cross-site', origin: 'null' },
      { 'sec-fetch-site': 'none' },
    ];

    it('signs calls of its own pages, and no others', async () => {
      const { by, id } = await browser();
      const cookie = [...by.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      for (const path of ['refresh', 'logout']) {
        for (const headers of foreign)
          expect(verdict(await by.call('POST', `/api/v1/auth/${path}`, undefined, { headers })), path).to.equal('403 auth.csrf');
        for (const headers of foreign) {
          const bare = await client().call('POST', path, undefined, {
            ...headers,
            cookie: `biore_refresh=${by.cookies.get('biore_refresh')}`,
          });
          expect(verdict(bare), `${path} without the cookie of the family`).to.equal('403 auth.csrf');
        }
        const silent = await client().call('POST', path, undefined, { cookie });
        expect(verdict(silent), `${path} by a browser that says nothing`).to.equal('403 auth.csrf');
      }
      expect(await auditOf(id)).not.to.include('auth.logout.success');
      expect(verdict(await by.call('POST', '/api/v1/auth/refresh'))).to.equal('200');
      expect(verdict(await by.call('POST', '/api/v1/auth/logout'))).to.equal('200');
      expect(by.cookies.has('biore_refresh')).to.equal(false);
    });

    it('signs nobody in anywhere else', async () => {
      const { by } = await browser();
      for (const path of ['/api/v1/auth/me', '/api/v1/auth/sessions', '/auth/me'])
        expect((await by.call('GET', path)).status, path).to.equal(401);
    });
  });

  describe('Signing out', () => {
    it('ends the session of the cookie, its access token too, and forgets the cookie', async () => {
      const { by, id } = await signedIn();
      const before = by.copy();
      const answer = await by.call('POST', 'logout');
      expect(answer.json).to.deep.equal({ success: true, data: { message: 'Logged out successfully' } });
      expect(by.setCookies.find((each) => each.startsWith('biore_refresh='))).to.match(/^biore_refresh=;.*Max-Age=0/i);
      expect(verdict(await before.me())).to.equal('401 auth.token.invalid');
      expect(verdict(await before.refresh())).to.equal('401 auth.refresh.invalid_token');
      expect((await auditOf(id)).at(-1)).to.equal('auth.logout.success');
    });

    it('works by the token of the body, by the access token alone, and with nothing at all', async () => {
      const [one, two] = [await signedIn(), await signedIn()];
      expect(verdict(await client().call('POST', 'logout', { refreshToken: one.by.refreshToken }))).to.equal('200');
      expect(verdict(await one.by.me())).to.equal('401 auth.token.invalid');
      two.by.refreshToken = undefined;
      expect(verdict(await two.by.call('POST', 'logout'))).to.equal('200');
      expect(verdict(await two.by.me())).to.equal('401 auth.token.invalid');
      for (const body of [undefined, {}, { refreshToken: 'x' }])
        expect(verdict(await client().call('POST', 'logout', body))).to.equal('200');
    });
  });

  describe('A change of the password', () => {
    const change = (by: BioreClient, currentPassword: string, newPassword: unknown) =>
      by.call('POST', 'change-password', { currentPassword, newPassword });

    it('ends every session but the one of the cookie, whose token it replaces, and tells the person', async () => {
      const { by, email, id } = await signedIn();
      const elsewhere = client();
      await elsewhere.login(email, PASSWORD);
      const before = by.copy();
      by.headers = { 'user-agent': CHROME };
      const answer = await change(by, PASSWORD, OTHER);
      expect(answer.json).to.deep.equal({ success: true });
      expect(verdict(await by.me())).to.equal('200');
      expect(verdict(await elsewhere.me())).to.equal('401 auth.token.invalid');
      expect(verdict(await before.refresh()), 'the token of before').to.equal('401 auth.refresh.invalid_token');
      expect(verdict(await by.refresh())).to.equal('200');
      expect([verdict(await client().login(email, PASSWORD)), verdict(await client().login(email, OTHER))]).to.deep.equal([
        '401 auth.login.invalid_credentials',
        '200',
      ]);
      expect(await mailOf(email)).to.deep.equal(['password_changed']);
      const [mail] = await stage.query<{ message: string }>('SELECT message FROM outbox_messages WHERE message LIKE :to', {
        to: `%${email}%`,
      });
      expect(JSON.parse(String(mail?.message)).data).to.include({ device: 'Chrome on macOS' });
      expect(await auditOf(id)).to.include('auth.change_password.success');
    });

    it('keeps the session of the cookie where another one signs', async () => {
      const { by, email } = await signedIn();
      const other = client();
      await other.login(email, PASSWORD);
      const mixed = by.copy();
      mixed.refreshToken = other.refreshToken;
      expect(verdict(await change(mixed, PASSWORD, OTHER))).to.equal('200');
      expect([verdict(await by.me()), verdict(await other.me())]).to.deep.equal(['401 auth.token.invalid', '200']);
    });

    it('takes no cookie of somebody else for the session that stays', async () => {
      const [one, other] = [await signedIn(), await signedIn()];
      one.by.refreshToken = other.by.refreshToken;
      expect(verdict(await change(one.by, PASSWORD, OTHER))).to.equal('200');
      expect([verdict(await one.by.me()), verdict(await other.by.me())]).to.deep.equal(['200', '200']);
    });

    it('makes no tokens of a session that a browser has by its cookie', async () => {
      const { email, id } = await newUser();
      const by = stage.browser();
      expect((await by.call('POST', '/api/v1/auth/login', { email, password: PASSWORD })).status).to.equal(200);
      await run('UPDATE refresh_tokens SET revoked_at = 1 WHERE user_id = :id', { id });
      expect((await by.submit('/auth/password', { email, password: PASSWORD })).status).to.equal(303);
      const token = by.cookies.get('biore_refresh');
      const changed = await by.call('POST', '/api/v1/auth/change-password', { currentPassword: PASSWORD, newPassword: OTHER });
      expect([verdict(changed), by.cookies.get('biore_refresh')]).to.deep.equal(['200', token]);
    });

    it('refuses a wrong password, the same one, and a weak one, and changes nothing', async () => {
      const { by, email, id } = await signedIn();
      expect(verdict(await change(by, OTHER, `${OTHER}1`))).to.equal('401 auth.change_password.invalid_current');
      expect(verdict(await change(by, OTHER, OTHER))).to.equal('401 auth.change_password.invalid_current');
      expect(verdict(await change(by, PASSWORD, PASSWORD))).to.equal('400 auth.change_password.same_as_current');
      for (const weak of ['Short7x', 'no capital 7 here', 'NO SMALL 7 HERE', 'No Digit Anywhere', `Aa7${'x'.repeat(126)}`, 7, undefined])
        expect(verdict(await change(by, PASSWORD, weak)), String(weak)).to.equal('400 auth.validation.failed');
      expect(verdict(await client().login(email, PASSWORD))).to.equal('200');
      expect(await mailOf(email)).to.deep.equal([]);
      expect((await auditOf(id)).filter((event) => event === 'auth.change_password.failure')).to.have.length.greaterThan(3);
    });

    it('gives nobody a first password', async () => {
      const who = person();
      const by = client();
      by.token = (await stage.client().signIn('google', stage.providers.google, who)).token;
      expect(verdict(await change(by, PASSWORD, OTHER))).to.equal('401 auth.change_password.invalid_current');
      expect(verdict(await client().login(who.email, OTHER))).to.equal('401 auth.login.invalid_credentials');
    });
  });

  it('allows each call as often as documented, and no call more', async () => {
    const server = await stage.start({ rateLimits: { password: { limit: 1000 } } }, { TRUST_PROXY: '1' });
    const { email } = await newUser();
    let client = 0;
    const from = () => {
      client += 1;
      const by = new BioreClient(server.base);
      by.headers = { 'x-forwarded-for': `198.51.100.${client}` };
      return by;
    };
    async function expectLimit(limit: number, call: (by: BioreClient) => Promise<HttpAnswer>): Promise<void> {
      const by = from();
      if (limit !== 20) await by.login(email, PASSWORD);
      for (let n = 0; n < limit; n += 1) expect((await call(by)).status, String(n)).not.to.equal(429);
      const last = await call(by);
      expect(verdict(last)).to.equal('429 auth.rate_limited');
      expect(Number(last.headers.get('retry-after'))).to.be.within(3500, 3600);
    }
    await expectLimit(20, (by) => by.login(email, 'Wrong 7 password'));
    await expectLimit(60, (by) => by.me());
    await expectLimit(60, (by) => by.refresh());
    await expectLimit(3, (by) => by.call('POST', 'change-password', { currentPassword: PASSWORD, newPassword: PASSWORD }));
    await expectLimit(60, (by) => by.call('POST', 'logout', undefined, { cookie: '' }));
  });
});

describeOn(databases, 'A used refresh token of BIO.RE', (kind) => {
  it('ends everything once, however many come with it at a time', async () => {
    const stage = await openStage({ database: kind });
    const base = stage.servers[0]?.base ?? '';
    try {
      const { email } = person();
      await stage.client().signUp(email, PASSWORD);
      const by = new BioreClient(base);
      await by.login(email, PASSWORD);
      const thieves = Array.from({ length: 12 }, () => by.copy());
      await by.refresh();
      await by.refresh();
      const answers = (await Promise.all(thieves.map((each) => each.refresh()))).map(verdict);
      expect(answers).to.include('401 auth.refresh.token_reuse_detected');
      expect(new Set(answers)).to.have.property('size').within(1, 2);
      expect(answers.every((answer) => answer.startsWith('401 auth.refresh.'))).to.equal(true);
      const mails = await stage.query<{ message: string }>('SELECT message FROM outbox_messages');
      expect(mails.filter(({ message }) => String(message).includes('sessions_ended'))).to.have.length(1);
      expect(verdict(await by.me())).to.equal('401 auth.token.invalid');
    } finally {
      await stage.close();
    }
  });
});
