// Who guesses at passwords is stopped, and nobody else: strangers close the door for strangers, not for who has come in by it before.

import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import type { BrowserClient } from '../support/browser-client.js';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { newTag } from '../support/new-tag.js';
import { PASSWORD } from '../support/passwords.js';
import { person } from '../support/person.js';
import { besideRedis, type DatabaseKind, describeWithRedis } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';

const [OK, INVALID, WRONG_CURRENT, TOO_MANY] = [0, 40080, 40069, 429];
const HOUR = '1h';
const FREE = { limit: 1_000_000, window: HOUR };

const octet = () => randomInt(1, 255);
const newIp = () => `10.${octet()}.${octet()}.${octet()}`;
const newNetwork = () => `2001:db8:${randomInt(0x1000, 0xffff).toString(16)}:${randomInt(0x1000, 0xffff).toString(16)}`;
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });
const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const count = (codes: readonly unknown[], code: unknown) => codes.filter((each) => each === code).length;

/** `most` wrong passwords are one client's; the documented ten are many, where a siege takes ten times as many. */
function suite(database: DatabaseKind, redis: boolean, most: number): void {
  let stage: Stage;
  const rateLimits = { unlink: FREE, refresh: FREE, prepare: FREE, finish: FREE, password: { limit: most, window: '15m' } };
  const server = (n: number) => (redis ? n % 2 : 0);

  before(async () => {
    stage = await openStage({ database, redis, config: { rateLimits }, env: { TRUST_PROXY: '1' } });
    if (redis) await stage.start();
  });
  after(() => stage.close());

  async function newAccount(): Promise<string> {
    const email = `${newTag()}@example.test`;
    const { json } = await stage.client().call('POST', '/user', { email, password: PASSWORD }, from(newIp()));
    expect(json?.code).to.equal(OK);
    return email;
  }

  const ask = (email: string, password: string, ip: string, n = 0) =>
    stage.client(server(n)).call('POST', '/session/token', { email, password }, from(ip));
  const guess = async (email: string, ip: string, n = 0) => codeOf(await ask(email, `wrong ${n}`, ip, n));
  const enter = async (email: string, ip: string) => codeOf(await ask(email, PASSWORD, ip));

  async function guesses(howMany: number, email: string, ip: string): Promise<void> {
    for (let n = 0; n < howMany; n += 1) expect(await guess(email, ip, n), `guess ${n + 1}`).to.equal(INVALID);
  }

  /** As many wrong passwords as strangers have together. */
  async function siege(email: string): Promise<void> {
    const ips = times(10, newIp);
    const codes = await Promise.all(ips.map((ip) => Promise.all(times(most, (n) => guess(email, ip, n)))));
    expect(codes.flat()).to.deep.equal(times(10 * most, () => INVALID));
  }

  const byForm = (browser: BrowserClient, email: string, password = PASSWORD, ip = newIp()) =>
    browser.call('POST', '/auth/password', new URLSearchParams({ email, password }), {
      headers: { 'sec-fetch-mode': 'navigate', ...from(ip).headers },
    });
  const byScript = (browser: BrowserClient, email: string, password = PASSWORD, ip = newIp()) =>
    browser.call('POST', '/session/token', { email, password }, from(ip));

  /** Leaves nothing but what the browser has for later. */
  function onlyDevice(browser: BrowserClient): string {
    for (const name of browser.cookies.keys()) if (!name.includes('device')) browser.cookies.delete(name);
    return [...browser.cookies.keys()].join();
  }

  it('closes for a client after so many wrong passwords, at whatever address, and for nobody else', async () => {
    const [email, other, ip] = [await newAccount(), await newAccount(), newIp()];
    await guesses(most - 2, email, ip);
    await guesses(2, other, ip);
    for (const [address, password] of [
      [email, PASSWORD],
      [other, PASSWORD],
      [`${newTag()}@example.test`, 'wrong'],
    ] as const) {
      const refused = await ask(address, password, ip, 1);
      expect([refused.status, codeOf(refused)]).to.deep.equal([TOO_MANY, TOO_MANY]);
      expect(Number(refused.headers.get('retry-after'))).to.be.within(890, 900);
      expect(refused.headers.get('ratelimit')).to.match(/^"password"; r=0; t=(900|89\d)$/);
    }
    const form = await byForm(stage.browser(), email, PASSWORD, ip);
    expect(form.status).to.equal(TOO_MANY);
    expect(
      codeOf(await stage.client().call('POST', '/user', { email: `${newTag()}@example.test`, password: PASSWORD }, from(ip))),
    ).to.equal(TOO_MANY);
    await Promise.all(times(10 * most, (n) => guess(email, ip, n)));
    const knownElsewhere = stage.browser();
    await byForm(knownElsewhere, await newAccount());
    await Promise.all(times(10 * most, () => byForm(knownElsewhere, email, 'wrong', ip)));
    expect(await enter(email, newIp()), 'what was refused counts for nothing').to.equal(OK);
  });

  it('takes a /64 for one client, and the next for another', async () => {
    const [email, network] = [await newAccount(), newNetwork()];
    for (const host of times(most, (n) => `${network}:${n}:a:b:c`)) expect(await guess(email, host)).to.equal(INVALID);
    expect(await enter(email, `${network.toUpperCase()}::1`)).to.equal(TOO_MANY);
    expect(await enter(email, `${network.slice(0, -1)}${network.endsWith('1') ? '2' : '1'}::1`)).to.equal(OK);
  });

  it('lets the right password in after all wrong ones but one, and counts right ones for nothing', async () => {
    const [email, ip] = [await newAccount(), newIp()];
    await guesses(most - 1, email, ip);
    for (const n of times(most + 2, Number)) {
      const answer = await ask(email, PASSWORD, ip, n);
      expect(codeOf(answer), `right ${n}`).to.equal(OK);
      expect(answer.headers.get('ratelimit')).to.match(/^"password"; r=1; t=(900|8\d\d)$/);
      expect(answer.headers.get('ratelimit-policy')).to.match(/^"password"; q=\d+; w=900; pk=:[\w+/=]+:$/);
    }
    expect(codeOf(await ask(email, 'no', ip)), 'no password at all').to.equal(40001);
    await guesses(1, email, ip);
    expect(await enter(email, ip)).to.equal(TOO_MANY);
  });

  it('tries no more than so many of many that come at once, and all right ones', async () => {
    const [email, ip] = [await newAccount(), newIp()];
    const codes = await Promise.all(times(30, (n) => guess(email, ip, 2 * n)));
    expect([count(codes, INVALID), count(codes, TOO_MANY)]).to.deep.equal([most, 30 - most]);
    const quiet = newIp();
    await guesses(most - 1, email, quiet);
    expect(await Promise.all(times(15, () => enter(email, quiet)))).to.deep.equal(times(15, () => OK));
  });

  it('closes for strangers after ten times as many wrong passwords, not for browsers that have signed in, by whichever door', async () => {
    const who = { ...person(), email_verified: true };
    const api = await stage.client().signIn('google', stage.providers.google, who);
    expect(codeOf(await api.setPassword(PASSWORD))).to.equal(OK);
    const email = String(who.email);
    const [form, script, provider] = [stage.browser(), stage.browser(), stage.browser()];
    expect((await byForm(form, email)).status).to.equal(303);
    expect(codeOf(await byScript(script, email))).to.equal(OK);
    await provider.signIn('google', stage.providers.google, who);
    for (const browser of [form, script, provider]) expect(onlyDevice(browser)).to.equal('latchkey-device');
    const stranger = stage.browser();
    await byForm(stranger, await newAccount());

    await siege(email);

    const refused = await ask(email, PASSWORD, newIp());
    expect([refused.status, codeOf(refused)]).to.deep.equal([TOO_MANY, TOO_MANY]);
    expect(Number(refused.headers.get('retry-after'))).to.be.within(800, 900);
    expect((await byForm(stranger, email)).status, 'a device of somebody else').to.equal(TOO_MANY);
    const [other, ip] = [await newAccount(), newIp()];
    for (const n of times(most + 1, Number)) expect(await guess(email, ip, n)).to.equal(TOO_MANY);
    expect(await enter(other, ip), 'what was not tried counts for nothing').to.equal(OK);
    for (const browser of [form, provider]) expect((await byForm(browser, email)).status).to.equal(303);
    expect(codeOf(await byScript(script, email))).to.equal(OK);
  });

  it('stays open for a known browser at an address from which strangers guess', async () => {
    const [email, ip, browser] = [await newAccount(), newIp(), stage.browser()];
    await byForm(browser, email);
    onlyDevice(browser);
    await guesses(most, await newAccount(), ip);
    expect((await byForm(stage.browser(), email, PASSWORD, ip)).status).to.equal(TOO_MANY);
    expect((await byForm(browser, email, 'not this', ip)).status).to.equal(401);
    expect((await byForm(browser, email, PASSWORD, ip)).status).to.equal(303);
  });

  it('knows a browser at each of the accounts that it has signed in to', async () => {
    const [one, other, browser] = [await newAccount(), await newAccount(), stage.browser()];
    for (const email of [one, other, one]) await byForm(browser, email);
    onlyDevice(browser);
    await Promise.all([siege(one), siege(other)]);
    for (const email of [one, other]) expect((await byForm(browser, email)).status).to.equal(303);
  });

  it('gives a known browser as many wrong passwords as a client, wherever it is, and then takes it for a stranger', async () => {
    const [email, browser] = [await newAccount(), stage.browser()];
    await byForm(browser, email);
    onlyDevice(browser);
    await siege(email);
    for (const _ of times(most, Number)) expect((await byForm(browser, email, 'not this')).status).to.equal(401);
    expect((await byForm(browser, email)).status).to.equal(TOO_MANY);
    const [fresh, ip] = [await newAccount(), newIp()];
    const at = stage.browser();
    await byForm(at, fresh);
    for (const _ of times(most, Number)) expect((await byForm(at, fresh, 'not this', ip)).status).to.equal(401);
    expect((await byForm(at, fresh, PASSWORD, ip)).status, 'the client of it').to.equal(TOO_MANY);
    expect(await enter(fresh, ip)).to.equal(TOO_MANY);
  });

  it('believes no device cookie that it has not given', async () => {
    const [email, browser] = [await newAccount(), stage.browser()];
    await byForm(browser, email);
    onlyDevice(browser);
    const given = String(browser.cookies.get('latchkey-device'));
    const [id = '', at = '', proof = ''] = given.split('.');
    await siege(email);
    const younger = String(Number(at) + 1);
    for (const made of [
      `${id}.${younger}.${proof}`,
      `${id}.${at}.${'A'.repeat(43)}`,
      `${id.startsWith('A') ? 'B' : 'A'}${id.slice(1)}.${at}.${proof}`,
      `${id}.${at}`,
      '~~~',
      '',
    ]) {
      browser.cookies.set('latchkey-device', made);
      expect((await byForm(browser, email)).status, made).to.equal(TOO_MANY);
    }
    browser.cookies.set('latchkey-device', `nonsense~${given}`);
    expect((await byForm(browser, email)).status).to.equal(303);
  });

  it('treats an address that nobody has like any other', async () => {
    const nobodys = `${newTag()}@example.test`;
    const told = async (email: string) => {
      const answer = await ask(email, 'wrong', newIp());
      return [answer.status, codeOf(answer), answer.json?.msg, answer.headers.get('ratelimit')?.replace(/t=\d+/, 't')];
    };
    const somebodys = await newAccount();
    expect(await told(nobodys)).to.deep.equal(await told(somebodys));
    const rest = async (email: string) => {
      const ips = times(10, newIp);
      return (await Promise.all(ips.map((ip) => Promise.all(times(most, (n) => guess(email, ip, n)))))).flat().sort();
    };
    expect(await rest(nobodys)).to.deep.equal(await rest(somebodys));
    expect(await told(nobodys)).to.deep.equal(await told(somebodys));
    expect((await told(nobodys))[0]).to.equal(TOO_MANY);
  });

  describe('for whoever is signed in', () => {
    const change = (by: ApiClient, current: string, ip: string) =>
      by.call('PATCH', '/user/setting', { new_password: PASSWORD, current_password: current }, from(ip));

    async function signedIn(): Promise<{ readonly by: ApiClient; readonly email: string }> {
      const email = await newAccount();
      return { by: await stage.client().signInWithPassword(email, PASSWORD), email };
    }

    it('a session tries so many current passwords, from wherever it is used', async () => {
      const [{ by }, other] = [await signedIn(), await signedIn()];
      for (const n of times(most, Number)) expect(codeOf(await change(by, `wrong ${n}`, newIp()))).to.equal(WRONG_CURRENT);
      const refused = await change(by, PASSWORD, newIp());
      expect([refused.status, codeOf(refused)]).to.deep.equal([TOO_MANY, TOO_MANY]);
      expect(Number(refused.headers.get('retry-after'))).to.be.within(800, 900);
      expect(codeOf(await by.call('PATCH', '/user/setting', { new_password: null, current_password: PASSWORD }, from(newIp())))).to.equal(
        TOO_MANY,
      );
      expect(codeOf(await by.call('PATCH', '/user/setting', { nick: 'Still here' }, from(newIp())))).to.equal(OK);
      expect(codeOf(await change(other.by, PASSWORD, newIp()))).to.equal(OK);
    });

    it('wrong current passwords are wrong passwords of the client, and right ones are none', async () => {
      const [one, other, ip] = [await signedIn(), await signedIn(), newIp()];
      for (const n of times(2, Number)) expect(codeOf(await change(one.by, `wrong ${n}`, ip))).to.equal(WRONG_CURRENT);
      for (const _ of times(2, Number)) expect(codeOf(await change(other.by, PASSWORD, ip))).to.equal(OK);
      await guesses(most - 2, one.email, ip);
      expect(await enter(one.email, ip)).to.equal(TOO_MANY);
      expect(codeOf(await change(other.by, PASSWORD, ip)), 'a client that is no known browser').to.equal(TOO_MANY);
      expect(codeOf(await change(other.by, PASSWORD, newIp()))).to.equal(OK);
    });

    it('strangers at the same address do not keep a browser from changing its password', async () => {
      const [email, ip, browser] = [await newAccount(), newIp(), stage.browser()];
      await byForm(browser, email);
      await guesses(most, await newAccount(), ip);
      const form = new URLSearchParams({ new_password: PASSWORD, current_password: PASSWORD });
      expect((await browser.call('POST', '/account/connections/password', form, from(ip))).status).to.equal(303);
    });
  });
}

describe('The password door, in one process,', () => suite('sqlite', false, 5));
describeWithRedis('The password door, in two servers on one Redis,', () => suite(besideRedis(), true, 4));

describe('As it is documented', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({ database: 'sqlite', config: { rateLimits: {} } });
  });
  after(() => stage.close());

  it('the password door takes ten wrong passwords of a client in fifteen minutes', async () => {
    const ask = () => stage.client().call('POST', '/session/token', { email: 'nobody@example.test', password: 'wrong' });
    const answers: HttpAnswer[] = [];
    for (const _ of times(11, Number)) answers.push(await ask());
    expect(answers.map(codeOf)).to.deep.equal([...times(10, () => INVALID), TOO_MANY]);
    expect(answers[10]?.headers.get('ratelimit-policy')).to.match(/^"password"; q=10; w=900; /);
  });

  it('a device cookie is for the server alone, for half a year, and on https for this host alone', async () => {
    const [plain, secure] = [await stage.start({}), await stage.start({}, { BASE_URL: 'https://app.example.test' })];
    const email = `${newTag()}@example.test`;
    await new ApiClient(plain.base).signUp(email, PASSWORD);
    const cookieOf = async (server: string) => {
      const { headers } = await fetch(`${server}/session/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password: PASSWORD }),
      });
      return headers.getSetCookie().find((line) => line.includes('device'));
    };
    expect(await cookieOf(plain.base)).to.match(
      /^latchkey-device=[\w-]{22}\.\d{10}\.[\w-]{43}; Max-Age=15552000; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    );
    expect(await cookieOf(secure.base)).to.match(
      /^__Host-latchkey-device=[^;]+; Max-Age=15552000; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
  });
});
