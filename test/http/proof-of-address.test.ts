// Proof of address: a sign-up is nobody's until its link is followed, and who proves an address gets it.

import { expect } from 'chai';
import type { HttpAnswer } from '../support/http-request.js';
import { linkOf, mailTo, nextMail, type ReadMail, tokenOf } from '../support/mailbox.js';
import { person } from '../support/person.js';
import type { Server } from '../support/server.js';
import { describeOn } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { change } from './scenarios.js';

const PASSWORD = 'Correct horse battery 9';
const OTHER = 'Another correct horse 8';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const keyOf = ({ json }: HttpAnswer): unknown => json?.error?.i18nKey;
const ok = { success: true };

describeOn(['sqlite'], 'Proof of address', (kind) => {
  let stage: Stage;
  const server = (): Server => {
    const [first] = stage.servers;
    if (first === undefined) throw new TypeError('There is a server');
    return first;
  };

  before(async () => {
    stage = await openStage({ database: kind, config: { verifyEmail: true }, env: { LOG_LEVEL: 'trace' } });
  });
  after(() => stage.close());

  const post = (path: string, body: object) => stage.client().call('POST', `/api/v1/auth/${path}`, body);
  const register = (email: string, password = PASSWORD, more: object = {}) =>
    post('register', { email, password, acceptedTerms: true, acceptedPrivacy: true, ...more });
  const verify = (mail: ReadMail) => post('verify-email', { token: tokenOf(mail) });
  const enter = (email: string, password: string) => stage.client().call('POST', '/session/token', { email, password });
  const mailed = (email: string, seen: readonly ReadMail[] = []) => nextMail(stage.servers, email, seen);
  const statusOf = async (userId: number) =>
    (await stage.query<{ status: string }>('SELECT status FROM users WHERE id = :userId', { userId }))[0]?.status;
  const usersOf = (email: string) =>
    stage.query<{ id: number; status: string }>('SELECT id, status FROM users WHERE email = :email', { email });
  const events = async (userId: number) =>
    (await stage.query<{ event: string }>('SELECT event FROM audit_events WHERE user_id = :userId', { userId })).map(({ event }) => event);

  it('BIO.RE: who registers cannot sign in until the link in the mail is followed, and then can', async () => {
    const { email } = person();
    const registered = await register(email);
    expect([registered.status, registered.json?.success]).to.deep.equal([200, true]);
    expect(registered.json?.data?.userId).to.match(/^[0-9a-f-]{36}$/);
    expect(codeOf(await enter(email, PASSWORD))).to.equal(40018);
    expect(codeOf(await enter(email, OTHER))).to.equal(40080);
    const early = await post('login', { email, password: PASSWORD });
    expect([early.status, keyOf(early)]).to.deep.equal([403, 'auth.login.email_not_verified']);
    expect(keyOf(await post('login', { email, password: OTHER }))).to.equal('auth.login.invalid_credentials');
    const mail = await mailed(email);
    expect(linkOf(mail).pathname).to.equal('/auth/verify');
    expect(tokenOf(mail)).to.match(/^[\w-]{43}$/);
    const verified = await verify(mail);
    expect([verified.status, verified.json]).to.deep.equal([200, ok]);
    const by = await stage.client().signInWithPassword(email, PASSWORD);
    expect((await by.call('GET', '/auth/me')).json?.user).to.include({ email, emailVerified: true });
    const me = await by.call('GET', '/api/v1/auth/me');
    expect(me.json?.data).to.include({ id: registered.json?.data?.userId, emailVerified: true });
    expect(keyOf(await verify(mail)), 'a second time').to.equal('auth.verify_email.invalid_token');
  });

  it('Cloudreve: 203 and nothing else, 40033 and a new mail when it is repeated, and the user when it is activated', async () => {
    const { email } = person();
    const signedUp = await stage.client().signUp(email, PASSWORD);
    expect([signedUp.status, signedUp.json]).to.deep.equal([200, { code: 203, msg: '' }]);
    const first = await mailed(email);
    expect(codeOf(await stage.client().signUp(email, PASSWORD))).to.equal(40033);
    const second = await mailed(email, [first]);
    const activate = (mail: ReadMail, sign = tokenOf(mail)) => {
      const path = `/api/v4/user/activate/${linkOf(mail).searchParams.get('id')}`;
      return stage.client().call('GET', sign === '' ? path : `${path}?${new URLSearchParams({ sign })}`);
    };
    expect(codeOf(await activate(first)), 'ended by the newer one').to.equal(40071);
    expect(codeOf(await activate(second, ''))).to.equal(403);
    expect(codeOf(await stage.client().call('GET', `/user/activate/nobody?sign=${tokenOf(second)}`))).to.equal(40001);
    const activated = await activate(second);
    expect([codeOf(activated), activated.json?.data?.status, activated.json?.data?.email]).to.deep.equal([0, 'active', email]);
    expect(codeOf(await activate(second)), 'a second time').to.equal(40034);
    expect(codeOf(await enter(email, PASSWORD))).to.equal(0);
    expect(codeOf(await stage.client().signUp(email, PASSWORD)), 'somebody has it now').to.equal(40032);
  });

  it('a link past its time is told from one that never was, as Cloudreve documents it, and another is to be had', async () => {
    const { email } = person();
    await register(email);
    const late = await mailed(email);
    const [{ id = 0 } = {}] = await usersOf(email);
    await change(stage, 'UPDATE address_proofs SET expires_at = :past WHERE user_id = :id', { past: Date.now() - 1, id });
    const activate = (sign: string) =>
      stage.client().call('GET', `/user/activate/${linkOf(late).searchParams.get('id')}?${new URLSearchParams({ sign })}`);
    const [over, unknown] = [await activate(tokenOf(late)), await activate('A'.repeat(43))];
    expect([over.json, unknown.json].map((json) => [json?.code, json?.msg])).to.deep.equal([
      [40005, 'signature expired'],
      [40071, 'invalid sign'],
    ]);
    expect(keyOf(await verify(late)), 'BIO.RE has one word for both').to.equal('auth.verify_email.invalid_token');
    const page = await stage.browser().open(`/auth/verify${linkOf(late).search}`);
    expect([page.status, page.text.includes('has expired')]).to.deep.equal([400, true]);
    expect(codeOf(await enter(email, PASSWORD))).to.equal(40018);
    await post('resend-verification', { email });
    expect((await verify(await mailed(email, [late]))).json).to.deep.equal(ok);
  });

  it('a link that is opened does nothing; its button does', async () => {
    const { email } = person();
    await register(email);
    const mail = await mailed(email);
    const browser = stage.browser();
    const page = await browser.open(`/auth/verify${linkOf(mail).search}`);
    expect([page.status, page.text.includes(email)]).to.deep.equal([200, true]);
    expect(codeOf(await enter(email, PASSWORD))).to.equal(40018);
    const posted = await browser.submit('/auth/verify', { token: tokenOf(mail) });
    expect([posted.status, posted.headers.get('location')]).to.deep.equal([303, '/']);
    expect((await browser.open('/')).text).to.include('Your e-mail address is confirmed.');
    expect(codeOf(await enter(email, PASSWORD))).to.equal(0);
    const again = await browser.open(`/auth/verify${linkOf(mail).search}`);
    expect([again.status, again.text.includes('no longer valid')]).to.deep.equal([400, true]);
  });

  it('a button that another site presses does nothing', async () => {
    const { email } = person();
    await register(email);
    const token = tokenOf(await mailed(email));
    const body = new URLSearchParams({ token }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const posted = await fetch(`${server().base}/auth/verify`, { method: 'POST', body, headers, redirect: 'manual' });
    expect(posted.status).to.equal(403);
    expect(codeOf(await enter(email, PASSWORD))).to.equal(40018);
  });

  it('whoever signed up first with a password of their own does not keep what the owner proves', async () => {
    const { email } = person();
    await stage.client().signUp(email, PASSWORD);
    const first = await mailed(email);
    await stage.client().signUp(email, OTHER);
    const mail = await mailed(email, [first]);
    const browser = stage.browser();
    expect((await browser.open(`/auth/verify${linkOf(mail).search}`)).text).to.include('more than once');
    const without = await browser.submit('/auth/verify', { token: tokenOf(mail) });
    expect(without.status).to.equal(400);
    const chosen = 'The owner chose this 7';
    expect((await browser.submit('/auth/verify', { token: tokenOf(mail), new_password: chosen })).status).to.equal(303);
    expect([await enter(email, PASSWORD), await enter(email, OTHER), await enter(email, chosen)].map(codeOf)).to.deep.equal([
      40080, 40080, 0,
    ]);
  });

  it('JSON takes the password of the sign-up whose mail is followed', async () => {
    const { email } = person();
    await register(email);
    const first = await mailed(email);
    await register(email, OTHER);
    expect((await verify(await mailed(email, [first]))).json).to.deep.equal(ok);
    expect([await enter(email, PASSWORD), await enter(email, OTHER)].map(codeOf)).to.deep.equal([40080, 0]);
  });

  it('a verified identity takes the address of a sign-up that never proved it', async () => {
    const who = person();
    await stage.client().signUp(who.email, PASSWORD);
    const mail = await mailed(who.email);
    const [squatter] = await usersOf(who.email);
    const by = await stage.client().signIn('google', stage.providers.google, who);
    expect(by.user).to.include({ email: who.email });
    expect((await usersOf(who.email)).length).to.equal(1);
    expect(await statusOf(squatter?.id ?? 0)).to.equal('inactive');
    expect(await events(squatter?.id ?? 0)).to.include('auth.address.lost');
    expect(keyOf(await verify(mail))).to.equal('auth.verify_email.invalid_token');
    expect(codeOf(await enter(who.email, PASSWORD))).to.equal(40080);
  });

  it('an unverified identity is not kept out by a sign-up either, and loses the address to whoever proves it', async () => {
    const who = { ...person(), email_verified: false };
    await stage.client().signUp(who.email, PASSWORD);
    const by = await stage.client().signIn('oidc', stage.providers.oidc, who);
    expect(by.user).to.include({ email: who.email });
    expect((await verify(await mailed(who.email))).json).to.deep.equal(ok);
    const owner = await stage.client().signInWithPassword(who.email, PASSWORD);
    expect(owner.user?.id).not.to.equal(by.user?.id);
    const again = await stage.client().signIn('oidc', stage.providers.oidc, who);
    expect(again.user?.id, 'keeps the other way in').to.equal(by.user?.id);
    expect(again.user).not.to.have.property('email');
  });

  it('an account that only typed the address makes no wall for whoever signs up with it', async () => {
    const who = { ...person(), email_verified: false };
    const typed = await stage.client().signIn('oidc', stage.providers.oidc, who);
    expect(codeOf(await stage.client().signUp(who.email, PASSWORD))).to.equal(203);
    expect((await verify(await mailed(who.email))).json).to.deep.equal(ok);
    const owner = await stage.client().signInWithPassword(who.email, PASSWORD);
    expect(owner.user?.id).not.to.equal(typed.user?.id);
    expect((await stage.client().signIn('oidc', stage.providers.oidc, who)).user?.id).to.equal(typed.user?.id);
  });

  it('an account without another way in becomes inactive when somebody else proves its address', async () => {
    const who = person();
    const lax = await stage.start({ verifyEmail: false });
    const typist = stage.servers.indexOf(lax);
    expect(codeOf(await stage.client(typist).signUp(who.email, PASSWORD))).to.equal(0);
    const [before] = await usersOf(who.email);
    const signedIn = await stage.client().signInWithPassword(who.email, PASSWORD);
    const owner = await stage.client().signIn('google', stage.providers.google, who);
    expect(await statusOf(before?.id ?? 0)).to.equal('inactive');
    expect(codeOf(await signedIn.setting()), 'its sessions have ended').to.be.oneOf([401, 40018]);
    expect(codeOf(await enter(who.email, PASSWORD))).to.equal(40080);
    expect(owner.user).to.include({ email: who.email });
  });

  it('nobody takes a proven address', async () => {
    const who = person();
    await stage.client().signIn('google', stage.providers.google, who);
    const back = await stage.client().visit('oidc', stage.providers.oidc, { ...person(), email: who.email });
    expect(codeOf(await stage.client().finish('oidc', back))).to.equal(40032);
    expect(codeOf(await stage.client().signUp(who.email, PASSWORD))).to.equal(40032);
    const registered = await register(who.email);
    expect(registered.json?.data?.userId).to.match(/^[0-9a-f-]{36}$/);
    expect((await mailed(who.email)).subject).to.equal('You already have an account at BIO.RE');
    expect((await usersOf(who.email)).length).to.equal(1);
  });

  it('resending answers alike for everybody, and mails the pending alone', async () => {
    const [pending, proven, nobody] = [person(), person(), person()];
    await register(pending.email);
    const first = await mailed(pending.email);
    await stage.client().signIn('google', stage.providers.google, proven);
    const answers = [];
    for (const { email } of [pending, proven, nobody]) answers.push(await post('resend-verification', { email: email.toUpperCase() }));
    for (const { status, json } of answers) {
      expect([status, json]).to.deep.equal([200, { success: true, data: { message: 'Verification email sent (if account exists)' } }]);
    }
    const second = await mailed(pending.email, [first]);
    expect(keyOf(await verify(first))).to.equal('auth.verify_email.invalid_token');
    expect((await verify(second)).json).to.deep.equal(ok);
    expect([...(await mailTo(stage.servers, proven.email)), ...(await mailTo(stage.servers, nobody.email))]).to.deep.equal([]);
  });

  it('who is active and has not proven their address proves it by a link that is asked for, and can recover then', async () => {
    const who = { ...person(), email_verified: false };
    const by = await stage.client().signIn('oidc', stage.providers.oidc, who);
    expect((await by.call('GET', '/auth/me')).json?.user?.emailVerified).to.equal(false);
    await post('forgot-password', { email: who.email });
    await post('resend-verification', { email: who.email });
    const mail = await mailed(who.email);
    expect(mail.text).to.include('an account at BIO.RE');
    expect((await verify(mail)).json).to.deep.equal(ok);
    expect((await by.call('GET', '/auth/me')).json?.user).to.include({ email: who.email, emailVerified: true });
    await post('forgot-password', { email: who.email });
    const link = linkOf(await mailed(who.email, [mail]));
    expect(link.pathname).to.equal('/auth/reset');
    expect((await post('reset-password', { token: link.searchParams.get('token'), newPassword: PASSWORD })).json).to.deep.equal(ok);
    expect((await stage.client().signInWithPassword(who.email, PASSWORD)).user?.id).to.equal(by.user?.id);
  });

  it('refuses what BIO.RE documents as wrong', async () => {
    const { email } = person();
    const wrong: readonly HttpAnswer[] = [
      await register(email, 'short1A'),
      await register(email, 'no capital letter 1'),
      await register(email, 'NO SMALL LETTER 1'),
      await register(email, 'No digit anywhere'),
      await register(email, 'Password1'),
      await register(email, PASSWORD, { acceptedTerms: false }),
      await register(email, PASSWORD, { username: 'Not This' }),
      await register('nobody', PASSWORD),
      await post('verify-email', { token: 'no-such-form' }),
      await post('resend-verification', { email: 'nobody' }),
    ];
    for (const answer of wrong) expect([answer.status, keyOf(answer)]).to.deep.equal([400, 'auth.validation.failed']);
    const unknown = await post('verify-email', { token: '9d3f5a0e-3f55-4d2b-9b67-0d6c9a3f1e11' });
    expect([unknown.status, keyOf(unknown)]).to.deep.equal([400, 'auth.verify_email.invalid_token']);
    expect(await usersOf(email)).to.deep.equal([]);
  });

  it('no token and no password stands in the database or in the log', async () => {
    const { email } = person();
    await register(email);
    const token = tokenOf(await mailed(email));
    await stage.browser().open(`/auth/verify?token=${token}`);
    await verify(await mailed(email));
    await verify(await mailed(email));
    for (const secret of [token, PASSWORD]) expect(server().output()).not.to.include(secret);
    for (const table of ['address_proofs', 'outbox_messages', 'audit_events']) {
      expect(JSON.stringify(await stage.query(`SELECT * FROM ${table}`)), table).not.to.include(token);
    }
  });

  it("whatever is sent, the answer is the dialect's, nothing changes, and an honest sign-up works after it", async () => {
    const users = async () => (await stage.query('SELECT id, status, email, password_hash FROM users ORDER BY id')).length;
    const before = await users();
    const odd: readonly unknown[] = [
      undefined,
      null,
      true,
      7,
      -1,
      '',
      ' ',
      [],
      ['a@b.test'],
      {},
      { $ne: '' },
      '\u0000',
      'x'.repeat(5000),
      "' OR 1=1 --",
      '%00',
    ];
    const calls: readonly (readonly [string, string, readonly string[]])[] = [
      ['POST', '/api/v1/auth/register', ['email', 'password', 'acceptedTerms', 'username', 'locale']],
      ['POST', '/api/v1/auth/verify-email', ['token']],
      ['POST', '/api/v1/auth/resend-verification', ['email']],
      ['POST', '/api/v1/auth/forgot-password', ['email']],
      ['POST', '/api/v1/auth/reset-password', ['token', 'newPassword']],
      ['POST', '/user/reset', ['email']],
      ['PATCH', '/user/reset/nobody', ['password', 'secret']],
      ['POST', '/user', ['email', 'password', 'language']],
    ];
    for (const [method, path, fields] of calls) {
      const sound = {
        email: 'not-an-address',
        password: PASSWORD,
        newPassword: PASSWORD,
        token: 'x',
        secret: 'x',
        acceptedTerms: true,
        acceptedPrivacy: true,
      };
      for (const field of fields) {
        for (const value of odd) {
          const answer = await stage.client().call(method, path, { ...sound, [field]: value });
          const what = `${method} ${path} ${field} ${JSON.stringify(value)?.slice(0, 30)}: ${answer.text.slice(0, 200)}`;
          expect(answer.status, what).to.be.oneOf(path.startsWith('/api/v1') ? [400] : [200]);
          expect(path.startsWith('/api/v1') ? keyOf(answer) : codeOf(answer), what).to.be.oneOf([
            ...['auth.validation.failed', 'auth.verify_email.invalid_token', 'auth.reset_password.invalid_token', 40001],
          ]);
          expect(answer.headers.get('cache-control')).to.equal('no-store');
        }
      }
      for (const body of [null, [], 'text', 7]) {
        const answer = await stage.client().call(method, path, body);
        expect(path.startsWith('/api/v1') ? answer.status : codeOf(answer), `${path} ${JSON.stringify(body)}`).to.be.oneOf([400, 40001]);
      }
    }
    for (const [path, body] of [
      ['/auth/forgot', { email: '<script>' }],
      ['/auth/reset', { token: '"><script>', new_password: PASSWORD }],
      ['/auth/verify', { token: '"><script>' }],
      ['/auth/verify/again', { email: '' }],
    ] as const) {
      const answer = await stage.browser().submit(path, body);
      expect([answer.status, answer.text.includes('<script>')], path).to.deep.equal([400, false]);
    }
    expect((await stage.browser().open('/auth/reset?token[]=a&token[]=b')).status).to.equal(200);
    expect(await users()).to.equal(before);
    const { email } = person();
    await register(email);
    expect((await verify(await mailed(email))).json).to.deep.equal(ok);
  }).timeout(60_000);
});
