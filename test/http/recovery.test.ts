// A forgotten password: who gets a link, what it does, and that nobody can tell who has an account.

import { expect } from 'chai';
import type { HttpAnswer } from '../support/http-request.js';
import { linkOf, mailTo, nextMail, type ReadMail, tokenOf } from '../support/mailbox.js';
import { type Person, person } from '../support/person.js';
import { describeOn, describeWithRedis } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { change } from './scenarios.js';

const PASSWORD = 'Correct horse battery 9';
const OTHER = 'Another correct horse 8';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const keyOf = ({ json }: HttpAnswer): unknown => json?.error?.i18nKey;
const ok = { success: true };

describeOn(['sqlite'], 'A forgotten password', (kind) => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: kind, config: { verifyEmail: true } });
  });
  after(() => stage.close());

  const post = (path: string, body: object, by = stage.client()) => by.call('POST', `/api/v1/${path}`, body);
  const forgot = (email: string) => post('auth/forgot-password', { email });
  const reset = (mail: ReadMail, newPassword: string) => post('auth/reset-password', { token: tokenOf(mail), newPassword });
  const enter = (email: string, password: string) => stage.client().call('POST', '/session/token', { email, password });
  const mailed = (email: string, seen: readonly ReadMail[] = []) => nextMail(stage.servers, email, seen);
  const run = (sql: string, values: Record<string, unknown>) => change(stage, sql, values);

  async function member(): Promise<Person & { readonly email: string }> {
    const who = person();
    await stage.client().signUp(who.email, PASSWORD);
    await post('auth/verify-email', { token: tokenOf(await mailed(who.email)) });
    return who;
  }

  /** The link that comes after whatever has come so far. */
  async function resetMail(email: string): Promise<ReadMail> {
    const seen = await mailTo(stage.servers, email);
    expect((await forgot(email)).status).to.equal(200);
    return await nextMail(stage.servers, email, seen, ({ text }) => text.includes('/auth/reset?'));
  }

  it('is set anew by the link in the mail, once, which ends every session and tells the person', async () => {
    const { email } = await member();
    const by = await stage.client().signInWithPassword(email, PASSWORD);
    const browser = stage.browser();
    await browser.submit('/auth/password', { email, password: PASSWORD, returnTo: '/' });
    expect((await browser.me()).status).to.equal(200);
    const mail = await resetMail(email.toUpperCase().toLowerCase());
    expect([mail.subject, linkOf(mail).pathname]).to.deep.equal(['Set a new password for BIO.RE', '/auth/reset']);
    const seen = await mailTo(stage.servers, email);
    const done = await reset(mail, OTHER);
    expect([done.status, done.json]).to.deep.equal([200, ok]);
    expect([await enter(email, PASSWORD), await enter(email, OTHER)].map(codeOf)).to.deep.equal([40080, 0]);
    expect(codeOf(await by.setting())).to.equal(401);
    expect(codeOf(await by.refresh())).to.equal(40020);
    expect((await browser.me()).status).to.equal(401);
    expect((await mailed(email, seen)).subject).to.match(/^Password reset for your BIO\.RE login on \w+ \d+, \d{4}$/);
    const again = await reset(mail, PASSWORD);
    expect([again.status, keyOf(again)]).to.deep.equal([400, 'auth.reset_password.invalid_token']);
  });

  it('becomes the first one of somebody who has none', async () => {
    const who = person();
    const by = await stage.client().signIn('google', stage.providers.google, who);
    expect((await reset(await resetMail(who.email), PASSWORD)).json).to.deep.equal(ok);
    expect((await stage.client().signInWithPassword(who.email, PASSWORD)).user?.id).to.equal(by.user?.id);
    expect((await stage.client().signIn('google', stage.providers.google, who)).user?.id).to.equal(by.user?.id);
  });

  it('by Cloudreve: code 0 for anybody, and the secret of the mail sets the password of its own user', async () => {
    const [one, other] = [await member(), await member()];
    const seen = await mailTo(stage.servers, one.email);
    const asked = await stage.client().call('POST', '/api/v4/user/reset', { email: one.email });
    expect(asked.json).to.deep.equal({ code: 0, msg: '' });
    const mail = await mailed(one.email, seen);
    const { id: idOfOther } = (await stage.client().signInWithPassword(other.email, PASSWORD)).user ?? {};
    const patch = (id: unknown, body: object) => stage.client().call('PATCH', `/api/v4/user/reset/${id}`, body);
    const [id, secret] = [linkOf(mail).searchParams.get('id'), tokenOf(mail)];
    expect(codeOf(await patch('nobody', { secret, password: OTHER }))).to.equal(40001);
    expect(codeOf(await patch(id, { secret, password: 'short' }))).to.equal(40001);
    expect(codeOf(await patch(id, { secret: 'a wrong one', password: OTHER }))).to.equal(40030);
    expect(codeOf(await patch(idOfOther, { secret, password: OTHER }))).to.equal(40030);
    const done = await patch(id, { secret, password: OTHER });
    expect([codeOf(done), done.json?.data?.id]).to.deep.equal([0, id]);
    expect(codeOf(await patch(id, { secret, password: PASSWORD }))).to.equal(40030);
    expect([await enter(one.email, OTHER), await enter(other.email, OTHER)].map(codeOf)).to.deep.equal([0, 40080]);
  });

  it('on the page: asked for, mailed, chosen', async () => {
    const { email } = await member();
    const browser = stage.browser();
    expect((await browser.open('/')).text).to.include('href="/auth/forgot"');
    const seen = await mailTo(stage.servers, email);
    const asked = await browser.submit('/auth/forgot', { email });
    expect([asked.status, asked.text.includes('a mail is on its way')]).to.deep.equal([200, true]);
    const mail = await mailed(email, seen);
    const form = await browser.open(`/auth/reset${linkOf(mail).search}`);
    expect([form.status, form.text.includes('Choose a new password')]).to.deep.equal([200, true]);
    const weak = await browser.submit('/auth/reset', { token: tokenOf(mail), new_password: 'password123' });
    expect([weak.status, weak.text.includes('too common'), weak.text.includes(tokenOf(mail))]).to.deep.equal([400, true, true]);
    const done = await browser.submit('/auth/reset', { token: tokenOf(mail), new_password: OTHER });
    expect([done.status, done.headers.get('location')]).to.deep.equal([303, '/']);
    expect((await browser.open('/')).text).to.include('Your new password is set');
    expect((await browser.open(`/auth/reset${linkOf(mail).search}`)).status).to.equal(400);
    expect(codeOf(await enter(email, OTHER))).to.equal(0);
  });

  it('in Simplified Chinese, on the page and by mail', async () => {
    const { email } = person();
    await stage.client().call('POST', '/user', { email, password: PASSWORD, language: 'zh-CN' });
    const confirm = await mailed(email);
    expect([confirm.subject, confirm.html.includes('<html lang="zh-CN">')]).to.deep.equal(['请确认您在 BIO.RE 的邮箱地址', true]);
    await post('auth/verify-email', { token: tokenOf(confirm) });
    const mail = await resetMail(email);
    expect(mail.text).to.match(/有人于 \d{4}年\d{1,2}月\d{1,2}日 请求/);
    const page = await stage
      .browser()
      .call('GET', `/auth/reset${linkOf(mail).search}`, undefined, { headers: { 'accept-language': 'zh-CN' } });
    expect(page.text).to.include('设置新密码');
  });

  it("is nobody else's business: unknown, pending, banned, unproven and known addresses get one answer, and the known alone a mail", async () => {
    const [known, banned, pending, unproven, unknown] = [
      await member(),
      await member(),
      person(),
      { ...person(), email_verified: false },
      person(),
    ];
    await run("UPDATE users SET status = 'manual_banned' WHERE email = :email", { email: banned.email });
    await stage.client().signUp(pending.email, PASSWORD);
    await mailed(pending.email);
    await stage.client().signIn('oidc', stage.providers.oidc, unproven);
    const others = [banned, pending, unproven, unknown];
    const counts = await Promise.all(others.map(async ({ email }) => (await mailTo(stage.servers, email)).length));
    for (const { email } of [...others, known]) {
      const seen = await mailTo(stage.servers, known.email);
      const answer = await forgot(email);
      const message = 'Password reset email sent if account exists';
      expect([answer.status, answer.json]).to.deep.equal([200, { success: true, data: { message } }]);
      expect((await stage.client().call('POST', '/user/reset', { email })).json).to.deep.equal({ code: 0, msg: '' });
      expect((await stage.browser().submit('/auth/forgot', { email })).status).to.equal(200);
      if (email === known.email) await mailed(email, seen);
    }
    expect(await Promise.all(others.map(async ({ email }) => (await mailTo(stage.servers, email)).length))).to.deep.equal(counts);
  });

  it('is not set by a link that a newer one, a new password, another address or a ban has ended', async () => {
    const { email } = await member();
    const first = await resetMail(email);
    const second = await resetMail(email);
    expect(keyOf(await reset(first, OTHER))).to.equal('auth.reset_password.invalid_token');
    const by = await stage.client().signInWithPassword(email, PASSWORD);
    expect(codeOf(await by.setPassword(OTHER, PASSWORD))).to.equal(0);
    expect(keyOf(await reset(second, PASSWORD))).to.equal('auth.reset_password.invalid_token');
    const third = await resetMail(email);
    await run("UPDATE users SET status = 'manual_banned' WHERE email = :email", { email });
    expect(keyOf(await reset(third, PASSWORD))).to.equal('auth.reset_password.invalid_token');
  });

  it('is not set by a link that is an hour old, nor an address proven by one that is a day old', async () => {
    const { email } = await member();
    const [row] = await (async () => {
      await resetMail(email);
      return await stage.query<{ expires_at: number | string }>(
        "SELECT expires_at FROM address_proofs WHERE purpose = 'reset' AND address = :email",
        { email },
      );
    })();
    expect(Number(row?.expires_at) - Date.now()).to.be.within(3_590_000, 3_600_000);
    const seen = await mailTo(stage.servers, email);
    await run("UPDATE address_proofs SET expires_at = :now WHERE purpose = 'reset' AND address = :email", { email, now: Date.now() });
    expect(
      keyOf(
        await reset(
          seen.find(({ subject }) => subject.startsWith('Set a new')) ?? seen[0] ?? { to: '', subject: '', text: '', html: '' },
          OTHER,
        ),
      ),
    ).to.equal('auth.reset_password.invalid_token');
    const pending = person();
    await stage.client().signUp(pending.email, PASSWORD);
    const mail = await mailed(pending.email);
    const [proof] = await stage.query<{ expires_at: number | string }>('SELECT expires_at FROM address_proofs WHERE address = :email', {
      email: pending.email,
    });
    expect(Number(proof?.expires_at) - Date.now()).to.be.within(86_390_000, 86_400_000);
    await run('UPDATE address_proofs SET expires_at = :now WHERE address = :email', { email: pending.email, now: Date.now() });
    expect(keyOf(await post('auth/verify-email', { token: tokenOf(mail) }))).to.equal('auth.verify_email.invalid_token');
    expect(codeOf(await stage.client().signUp(pending.email, PASSWORD)), 'a new link can be had').to.equal(40033);
    expect((await post('auth/verify-email', { token: tokenOf(await mailed(pending.email, [mail])) })).json).to.deep.equal(ok);
  });

  it('is not set by a link that proves an address, nor is an address proven by one that sets a password', async () => {
    const { email } = await member();
    const forReset = tokenOf(await resetMail(email));
    const pending = person();
    await stage.client().signUp(pending.email, PASSWORD);
    const forProof = tokenOf(await mailed(pending.email));
    expect(keyOf(await post('auth/verify-email', { token: forReset }))).to.equal('auth.verify_email.invalid_token');
    const crossed = await post('auth/reset-password', { token: forProof, newPassword: OTHER });
    expect(keyOf(crossed)).to.equal('auth.reset_password.invalid_token');
    expect([await enter(email, PASSWORD), await enter(pending.email, PASSWORD)].map(codeOf)).to.deep.equal([0, 40018]);
  });

  it('counts as a way in only where the operator says so, and the address is proven', async () => {
    const counts = await stage.start({ verifyEmail: true, recoveryCounts: true });
    const at = stage.servers.indexOf(counts);
    const [proven, unproven] = [person(), { ...person(), email_verified: false }];
    const by = await stage.client().signIn('google', stage.providers.google, proven);
    expect(codeOf(await by.unlink('google'))).to.equal(40084);
    const free = await stage.client(at).signIn('google', stage.providers.google, proven);
    expect(codeOf(await free.unlink('google'))).to.equal(0);
    expect((await reset(await resetMail(proven.email), PASSWORD)).json).to.deep.equal(ok);
    expect(codeOf(await enter(proven.email, PASSWORD))).to.equal(0);
    const bound = await stage.client(at).signIn('google', stage.providers.google, unproven);
    expect(codeOf(await bound.unlink('google'))).to.equal(40084);
  });

  describe('Another address', () => {
    const changeEmail = (token: string | undefined, newEmail: string, password: string) =>
      stage
        .client()
        .call(
          'POST',
          '/api/v1/users/change-email',
          { newEmail, password },
          token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
        );

    it('is theirs when the link that went there is followed, and not before; the old one is told', async () => {
      const { email } = await member();
      const wanted = person('new').email;
      const by = await stage.client().signInWithPassword(email, PASSWORD);
      const asked = await changeEmail(by.token, wanted.toUpperCase(), PASSWORD);
      const message = 'Verification email sent to your new address. Please check your inbox.';
      expect([asked.status, asked.json]).to.deep.equal([200, { success: true, data: { message } }]);
      const mail = await mailed(wanted);
      expect([await enter(email, PASSWORD), await enter(wanted, PASSWORD)].map(codeOf)).to.deep.equal([0, 40080]);
      const seen = await mailTo(stage.servers, email);
      expect((await post('auth/verify-email', { token: tokenOf(mail) })).json).to.deep.equal(ok);
      expect([await enter(email, PASSWORD), await enter(wanted, PASSWORD)].map(codeOf)).to.deep.equal([40080, 0]);
      expect((await mailed(email, seen)).subject).to.match(/^The e-mail address of your BIO\.RE login was changed on/);
    });

    it('is asked for with the right password, by somebody who has one', async () => {
      const { email } = await member();
      const by = await stage.client().signInWithPassword(email, PASSWORD);
      const wrong = await changeEmail(by.token, person().email, OTHER);
      expect([wrong.status, keyOf(wrong)]).to.deep.equal([400, 'error.user.password_incorrect']);
      const none = await stage.client().signIn('google', stage.providers.google, person());
      const without = await changeEmail(none.token, person().email, PASSWORD);
      expect([without.status, keyOf(without)]).to.deep.equal([400, 'error.user.password_required']);
      expect((await changeEmail(undefined, person().email, PASSWORD)).status).to.equal(401);
      expect((await changeEmail(by.token, 'nowhere', PASSWORD)).status).to.equal(400);
    });

    it("that somebody has proven is nobody else's, and the answer does not say so", async () => {
      const [one, other] = [await member(), await member()];
      const by = await stage.client().signInWithPassword(one.email, PASSWORD);
      const count = (await mailTo(stage.servers, other.email)).length;
      expect((await changeEmail(by.token, other.email, PASSWORD)).status).to.equal(200);
      await changeEmail(by.token, person().email, PASSWORD);
      expect((await mailTo(stage.servers, other.email)).length).to.equal(count);
    });

    it('that another proved meanwhile stays theirs', async () => {
      const { email } = await member();
      const who = person('wanted');
      const by = await stage.client().signInWithPassword(email, PASSWORD);
      await changeEmail(by.token, who.email, PASSWORD);
      const mail = await mailed(who.email);
      await stage.client().signIn('google', stage.providers.google, who);
      const late = await post('auth/verify-email', { token: tokenOf(mail) });
      expect([late.status, keyOf(late)]).to.deep.equal([409, 'auth.oauth.email_taken']);
      expect([await enter(email, PASSWORD), await enter(who.email, PASSWORD)].map(codeOf)).to.deep.equal([0, 40080]);
    });

    it('takes the links with it that were mailed to the old one', async () => {
      const { email } = await member();
      const wanted = person('new').email;
      const by = await stage.client().signInWithPassword(email, PASSWORD);
      await changeEmail(by.token, wanted, PASSWORD);
      const mail = await mailed(wanted);
      const link = await resetMail(email);
      expect((await post('auth/verify-email', { token: tokenOf(mail) })).json).to.deep.equal(ok);
      expect(keyOf(await reset(link, OTHER))).to.equal('auth.reset_password.invalid_token');
    });
  });
});

describeOn(['sqlite'], 'Limits of links by mail', (kind) => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: kind, config: { verifyEmail: true, rateLimits: {} }, env: { TRUST_PROXY: '1' } });
  });
  after(() => stage.close());

  let address = 0;
  const from = () => {
    address += 1;
    return { headers: { 'x-forwarded-for': `198.51.${address >> 8}.${address & 255}` } };
  };

  for (const [path, limit, body] of [
    ['auth/register', 10, {}],
    ['auth/verify-email', 20, { token: 'x' }],
    ['auth/resend-verification', 5, { email: 'nobody@example.test' }],
    ['auth/forgot-password', 5, { email: 'nobody@example.test' }],
    ['auth/reset-password', 3, { token: 'x', newPassword: PASSWORD }],
  ] as const) {
    it(`${path} answers ${limit} times an hour to one client`, async () => {
      const client = from();
      const statuses: number[] = [];
      for (let n = 0; n <= limit; n += 1) statuses.push((await stage.client().call('POST', `/api/v1/${path}`, body, client)).status);
      expect(statuses.slice(0, limit)).not.to.include(429);
      expect(statuses.at(-1)).to.equal(429);
    });
  }

  it('one address gets five mails an hour, whoever asks and by whatever door, and nobody is told', async () => {
    const { email } = person();
    const [server] = stage.servers;
    if (server === undefined) throw new TypeError('There is a server');
    await stage.client().call('POST', '/user', { email, password: PASSWORD }, from());
    for (let n = 0; n < 4; n += 1) {
      expect((await stage.client().call('POST', '/api/v1/auth/resend-verification', { email }, from())).status).to.equal(200);
      expect(codeOf(await stage.client().call('POST', '/user', { email, password: PASSWORD }, from()))).to.equal(40033);
      expect((await stage.client().call('POST', '/user/reset', { email }, from())).json).to.deep.equal({ code: 0, msg: '' });
    }
    await stage.client().call('POST', '/user', { email: `after-${email}`, password: PASSWORD }, from());
    await nextMail(server, `after-${email}`, []);
    const mails = await mailTo(server, email);
    expect(mails.length).to.be.within(3, 5);
  });
});

describeWithRedis('Limits of links by mail at two servers on one Redis', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: 'sqlite', redis: true, config: { verifyEmail: true, rateLimits: {} }, env: { TRUST_PROXY: '1' } });
    await stage.start();
  });
  after(() => stage.close());

  const ask = (n: number, path: string, body: object, ip: string) =>
    stage.client(n % 2).call('POST', path, body, { headers: { 'x-forwarded-for': ip } });

  it('count a client at both', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      statuses.push((await ask(n, '/api/v1/auth/forgot-password', { email: person().email }, '203.0.113.9')).status);
    }
    expect(statuses).to.deep.equal([200, 200, 200, 200, 200, 429]);
  });

  it('count the mails to an address at both', async () => {
    const { email } = person();
    for (let n = 0; n < 9; n += 1) {
      const { json } = await ask(n, '/user', { email, password: PASSWORD }, `198.51.100.${n}`);
      expect(json?.code).to.equal(n === 0 ? 203 : 40033);
    }
    const rows = await stage.query<{ message: string }>("SELECT message FROM outbox_messages WHERE kind = 'mail'");
    expect(rows.filter(({ message }) => JSON.parse(message).to === email).length).to.equal(5);
  });
});
