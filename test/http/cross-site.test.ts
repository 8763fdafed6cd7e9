// Changes that a cookie signs come from our own pages or an origin that the host has named; everything else changes nothing.

import { expect } from 'chai';
import type { ApiClient, BrowserClient } from '../support/client.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import { overToken } from '../support/over-token.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';
import { extIdpId, PASSWORD } from './scenarios.js';

type Fields = Readonly<Record<string, string>>;

const ALLOWED = 'https://app.example';
const SITES = [undefined, 'none', 'same-origin', 'same-site', 'cross-site'] as const;
const SIGNED = ['cookie', 'token', 'both'] as const;

interface Evidence {
  readonly site: (typeof SITES)[number];
  readonly origin: string | undefined;
  readonly signed: (typeof SIGNED)[number];
}

/** The rule as the contract has it: a token decides alone; else `Sec-Fetch-Site`, else `Origin`, or an allowed origin. */
function may({ site, origin, signed }: Evidence, ours: string): boolean {
  const sameOrigin = site === undefined ? origin === ours : site === 'same-origin';
  return signed !== 'cookie' || origin === ALLOWED || sameOrigin;
}

interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Where it may pass: the same call, which changes nothing that the next one needs. */
  readonly harmless?: { readonly path?: string; readonly body?: unknown };
  /** What a refusal is written down as. */
  readonly tries?: string;
  /** Of a call that may. */
  readonly passes: number;
  /** A token is not asked for: the rule holds for everybody. */
  readonly always?: boolean;
}

const form = (fields: Fields = {}) => new URLSearchParams(fields);
const wrong = form({ current_password: 'not the one', new_password: 'another password' });
const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  'to unlink (Cloudreve)': {
    ...{ method: 'DELETE', path: '/session/openid/google', tries: 'auth.oauth.unlink', passes: 200 },
    harmless: { path: '/session/openid/0' },
  },
  'to unlink (BIO.RE)': {
    ...{ method: 'DELETE', path: '/api/v1/auth/oauth/unlink/google', tries: 'auth.oauth.unlink', passes: 400 },
    harmless: { path: '/api/v1/auth/oauth/unlink/x' },
  },
  'to unlink (GenAuth)': {
    ...{ method: 'POST', path: '/api/v3/unlink-extidp', body: { extIdpId: extIdpId('google') }, tries: 'auth.oauth.unlink', passes: 200 },
    harmless: { body: { extIdpId: extIdpId('logto') } },
  },
  'to link': {
    ...{ method: 'PUT', path: '/session/openid', body: { provider: 0, linking: true }, tries: 'auth.oauth.link', passes: 200 },
  },
  'to set a password': {
    ...{ method: 'PATCH', path: '/user/setting', tries: 'auth.password.set', passes: 200 },
    ...{ body: { new_password: 'chosen by another', current_password: PASSWORD }, harmless: { body: { nick: 'same' } } },
  },
  'to link by the page': { method: 'POST', path: '/account/connections/logto/link', tries: 'auth.oauth.link', passes: 303 },
  'to unlink by the page': {
    ...{ method: 'POST', path: '/account/connections/google/unlink', tries: 'auth.oauth.unlink', passes: 400 },
    harmless: { path: '/account/connections/logto/unlink' },
  },
  'to set a password by the page': {
    ...{ method: 'POST', path: '/account/connections/password', tries: 'auth.password.set', passes: 401, harmless: { body: wrong } },
    body: form({ current_password: PASSWORD, new_password: 'chosen by another' }),
  },
  'to remove the password by the page': {
    ...{ method: 'POST', path: '/account/connections/password/remove', tries: 'auth.password.remove', passes: 401 },
    ...{ body: form({ current_password: PASSWORD }), harmless: { body: wrong } },
  },
  'to sign out': { method: 'POST', path: '/auth/logout', passes: 303 },
  'to sign in as somebody': { method: 'POST', path: '/auth/password', passes: 303, always: true },
};

/** By our own word, whatever the HTTP status of the dialect. */
function isRefused({ status, json }: HttpAnswer): boolean {
  return (json?.code ?? json?.statusCode ?? status) === 403;
}

/** Nothing that a browser says of a page of ours or of the allowed origin. */
function lookAlikes(ours: string): readonly string[] {
  const { host, hostname, port } = new URL(ours);
  return [
    ...[
      `HTTP://${host}`,
      `https://${host}`,
      `http://${hostname}`,
      `http://${hostname}:1${port}`,
      `http://${hostname}.:${port}`,
      `${ours}/`,
    ],
    ...[`http://localhost:${port}`, `http://ours@${host}`, `${ours}.evil.example`, `${ours}, ${ours}`, `${ours} ${ours}`, host, 'http://'],
    ...[
      'https://APP.example',
      `${ALLOWED}:443`,
      `${ALLOWED}.`,
      `${ALLOWED}/`,
      `${ALLOWED}.evil.example`,
      'http://app.example',
      'app.example',
    ],
    ...['https://evil-app.example', 'https://sub.app.example', `${ALLOWED}, https://evil.example`, '*', 'undefined', ''],
  ];
}

describe('A request from another site', () => {
  let stage: Stage;
  let ours = '';

  before(async () => {
    stage = await openStage({ database: 'sqlite', config: { allowedOrigins: [ALLOWED] } });
    ours = stage.client().base;
  });
  after(() => stage.close());

  interface Member {
    readonly browser: BrowserClient;
    readonly client: ApiClient;
    readonly email: string;
    signInAgain(): Promise<unknown>;
  }

  /** Linked to two providers, with a password, in a browser and in an app. */
  async function member(): Promise<Member> {
    const [who, browser] = [person(), stage.browser()];
    const signInAgain = () => browser.signIn('oidc', stage.providers.oidc, who);
    await signInAgain();
    await browser.link('google', stage.providers.google, person());
    await browser.call('PATCH', '/user/setting', { new_password: PASSWORD });
    return { browser, client: await stage.client().signIn('oidc', stage.providers.oidc, who), email: who.email, signInAgain };
  }

  const cookieOf = ({ cookies }: BrowserClient) => `latchkey-session=${cookies.get('latchkey-session')}`;

  function send({ browser, client }: Member, { method, path, body }: Attempt, { site, origin, signed }: Evidence): Promise<HttpAnswer> {
    const headers = {
      accept: 'text/html,application/json',
      ...(signed === 'token' ? {} : { cookie: cookieOf(browser) }),
      ...(signed === 'cookie' ? {} : { authorization: `Bearer ${client.token}` }),
      ...(site === undefined ? {} : { 'sec-fetch-site': site }),
      ...(origin === undefined ? {} : { origin }),
    };
    return request(ours + path, { method, body, headers });
  }

  async function stateOf({ email }: Member): Promise<object> {
    const about = { email };
    const [user] = await stage.query('SELECT id, nickname, password_hash FROM users WHERE email = :email', about);
    const mine = 'user_id = (SELECT id FROM users WHERE email = :email)';
    const links = await stage.query(`SELECT provider FROM social_links WHERE ${mine} ORDER BY provider`, about);
    const open = await stage.query(`SELECT id FROM refresh_tokens WHERE ${mine} AND revoked_at IS NULL ORDER BY id`, about);
    return {
      user,
      links,
      open,
      flows: await stage.query('SELECT id FROM flows'),
      mails: await stage.query('SELECT id FROM outbox_messages'),
    };
  }

  const refusals = async (event = '') =>
    (
      await stage.query(`SELECT id FROM audit_events WHERE event = :event AND detail LIKE '%cross_site_request%'`, {
        event: `${event}.failure`,
      })
    ).length;

  for (const [what, attempt] of Object.entries(ATTEMPTS)) {
    it(`is refused ${what}, and changes nothing`, async () => {
      let victim = await member();
      const own = { ...attempt, ...(attempt.always ? { body: form({ email: victim.email, password: PASSWORD }) } : {}) };
      const origins = [
        undefined,
        ours,
        'null',
        'https://evil.example',
        ALLOWED,
        ...lookAlikes(ours).slice(0, what === 'to unlink (Cloudreve)' ? 99 : 0),
      ];
      const cases = SITES.flatMap((site) => origins.flatMap((origin) => SIGNED.map((signed) => ({ site, origin, signed }))));
      const [before, written] = [await stateOf(victim), await refusals(attempt.tries)];
      let refused = 0;
      for (const evidence of cases) {
        if (may({ ...evidence, signed: attempt.always ? 'cookie' : evidence.signed }, ours)) continue;
        const answer = await send(victim, own, evidence);
        expect(isRefused(answer), `${JSON.stringify(evidence)}: ${answer.status} ${answer.text.slice(0, 300)}`).to.equal(true);
        for (const line of answer.headers.getSetCookie()) expect(line, 'no other session').to.include(cookieOf(victim.browser));
        refused += 1;
      }
      expect(refused).to.be.at.least(15);
      expect(await stateOf(victim)).to.deep.equal(before);
      expect((await refusals(attempt.tries)) - written).to.equal(attempt.tries === undefined ? 0 : refused);
      for (const evidence of cases) {
        if (!may({ ...evidence, signed: attempt.always ? 'cookie' : evidence.signed }, ours)) continue;
        if (attempt.path === '/auth/logout') victim = await member();
        const { status, json, text } = await send(victim, { ...own, ...attempt.harmless }, evidence);
        expect(status, `${JSON.stringify(evidence)}: ${text.slice(0, 300)}`).to.equal(attempt.passes);
        expect(json?.code ?? json?.statusCode, text).to.be.oneOf([undefined, 0, 40068, 404]);
      }
    }).timeout(60_000);
  }

  it('is not signed by the cookie where a token comes along', async () => {
    const [one, other] = [await member(), await member()];
    const answer = await send({ ...one, client: other.client }, ATTEMPTS['to unlink (Cloudreve)'] as Attempt, {
      ...{ site: 'cross-site', origin: 'https://evil.example', signed: 'both' },
    });
    expect(answer.json?.code).to.equal(0);
    expect(await one.client.linked()).to.have.members([2, 'google']);
    expect(await other.client.linked()).to.deep.equal([2]);
    const unlinkBy = (authorization: string, headers: Fields) =>
      request(`${ours}/session/openid/google`, { method: 'DELETE', headers: { cookie: cookieOf(one.browser), authorization, ...headers } });
    const over = await unlinkBy(`Bearer ${await overToken(other.client.token)}`, { origin: ours });
    expect(over.json?.code, 'the cookie does not step in').to.equal(401);
    for (const authorization of ['Bearer nonsense', 'Basic YTpi']) {
      for (const evidence of [{}, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
        expect((await unlinkBy(authorization, evidence)).json?.code, `${authorization} is no excuse`).to.equal(403);
    }
    expect(await one.client.linked()).to.have.members([2, 'google']);
  });
});
