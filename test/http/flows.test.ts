// Who may finish a trip to a provider, how often and how long: the same with flows in the SQL database and in Redis.

import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { ApiClient, type BrowserClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import type { Redirect } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { besideRedis, describeWithRedis, redisUrl } from '../support/services.js';
import { openStage, type Stage } from '../support/stage.js';
import { change } from './scenarios.js';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

type Caller = ApiClient | BrowserClient;

const prepare = (by: Caller, extra: object = {}) => by.call('PUT', '/session/openid', { provider: 'google', ...extra });

function finish(by: Caller, back: Pick<Redirect, 'code' | 'state'>, extra: object = {}): Promise<HttpAnswer> {
  return by.call('POST', '/session/openid', { code: back.code, session_id: back.state, provider_id: 'google', ...extra });
}

/** What a finish by somebody who may not is told; nothing says whether there is such a flow. */
const GONE = 40023;

function suite(redis: boolean): void {
  const database = redis ? besideRedis() : 'sqlite';
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database, redis });
  });
  after(() => stage.close());

  const signedIn = () => stage.client().signIn('oidc', stage.providers.oidc, person());

  /** Prepared by this caller and approved at the provider. */
  async function approved(by: Caller, extra: object = {}): Promise<Redirect> {
    const prepared = await prepare(by, extra);
    expect(codeOf(prepared)).to.equal(0);
    return stage.providers.google.approve(String(prepared.json?.data), person());
  }

  /** Refused, and neither the provider was asked nor the flow used up: its owner finishes it. */
  async function expectRefusedButAlive(attempts: readonly (() => Promise<HttpAnswer>)[], owner: () => Promise<HttpAnswer>): Promise<void> {
    const asked = stage.providers.google.count('/token');
    for (const attempt of attempts) expect(codeOf(await attempt())).to.equal(GONE);
    expect(stage.providers.google.count('/token'), 'token requests').to.equal(asked);
    expect(codeOf(await owner()), 'the owner').to.equal(0);
  }

  describe('prepared by a browser', () => {
    it('puts a cookie into it that no script reads', async () => {
      const browser = stage.browser();
      await prepare(browser);
      expect(browser.setCookies).to.have.length(1);
      expect(browser.setCookies[0]).to.match(/^latchkey-flow=[\w-]{43};/);
      for (const attribute of [/; HttpOnly/i, /; SameSite=Lax/i, /; Path=\//i]) expect(browser.setCookies[0]).to.match(attribute);
      expect(browser.setCookies[0]).not.to.match(/Domain/i);
    });

    it('is finished by that browser alone', async () => {
      const [owner, other, another] = [stage.browser(), stage.browser(), stage.browser()];
      const back = await approved(owner);
      await prepare(another);
      await expectRefusedButAlive(
        [
          () => finish(other, back),
          () => finish(another, back),
          () => finish(stage.client(), back),
          () => finish(stage.client(), back, { binding_secret: owner.cookies.get('latchkey-flow') }),
          () => finish(stage.client(), back, { binding_secret: back.state }),
        ],
        () => finish(owner, back),
      );
    });

    it('is finished by whoever carries its cookie, browser or not', async () => {
      const owner = stage.browser();
      const back = await approved(owner);
      const cookie = `latchkey-flow=${owner.cookies.get('latchkey-flow')}`;
      const answer = await stage
        .client()
        .call('POST', '/session/openid', { code: back.code, session_id: back.state, provider_id: 'google' }, { headers: { cookie } });
      expect(codeOf(answer)).to.equal(0);
    });

    it('lets two tabs sign in beside each other', async () => {
      const browser = stage.browser();
      const [one, two] = [await approved(browser), await approved(browser)];
      expect([codeOf(await finish(browser, two)), codeOf(await finish(browser, one))]).to.deep.equal([0, 0]);
    });
  });

  describe('prepared by another client', () => {
    it('is not finished by a browser, whoever talked the person into it', async () => {
      const client = stage.client();
      const back = await approved(client);
      const victim = stage.browser();
      await prepare(victim);
      await expectRefusedButAlive([() => finish(victim, back), () => finish(stage.browser(), back)], () => finish(client, back));
    });

    it('needs the secret it was bound to, and survives wrong ones', async () => {
      const client = stage.client();
      const secret = randomBytes(32).toString('base64url');
      const binding = createHash('sha256').update(secret).digest('base64url');
      const back = await approved(client, { binding });
      await expectRefusedButAlive(
        [
          () => finish(client, back),
          () => finish(client, back, { binding_secret: `${secret}x` }),
          () => finish(client, back, { binding_secret: binding }),
          () => finish(client, back, { binding_secret: '' }),
          () => finish(stage.browser(), back, { binding_secret: secret }),
        ],
        () => finish(client, back, { binding_secret: secret }),
      );
    });

    it('takes no binding that is no SHA-256', async () => {
      for (const binding of ['', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, 7]) {
        expect(codeOf(await prepare(stage.client(), { binding })), String(binding)).to.equal(40001);
      }
    });
  });

  describe('for linking', () => {
    it('belongs to who prepared it', async () => {
      const [owner, other] = [await signedIn(), await signedIn()];
      const back = await approved(owner, { linking: true });
      await expectRefusedButAlive([() => finish(other, back)], () => finish(owner, back));
      expect(await owner.linked()).to.have.members([2, 'google']);
      expect(await other.linked()).to.deep.equal([2]);
    });

    it('links to who prepared it when nobody is signed in at the end', async () => {
      const owner = await signedIn();
      const back = await approved(owner, { linking: true });
      const answer = await finish(stage.client(), back);
      expect(answer.json).to.deep.equal({ code: 0, msg: '' });
      expect(await owner.linked()).to.have.members([2, 'google']);
    });

    it('links to nobody that the finish names', async () => {
      const [owner, victim] = [await signedIn(), await signedIn()];
      const back = await approved(owner, { linking: true, user_id: victim.user?.id, redirect_uri: 'https://attacker.example' });
      expect(codeOf(await finish(owner, back, { user_id: victim.user?.id, linking: false, sub: 'x', id_token: 'x' }))).to.equal(0);
      expect(await victim.linked()).to.deep.equal([2]);
    });
  });

  describe('once made', () => {
    it('belongs to one provider', async () => {
      const client = stage.client();
      const back = await approved(client);
      await expectRefusedButAlive([() => finish(client, back, { provider_id: 2 }), () => finish(client, back, { provider_id: 0 })], () =>
        finish(client, back),
      );
    });

    it('is used once, also by eight at once', async () => {
      const client = stage.client();
      const back = await approved(client);
      const asked = stage.providers.google.count('/token');
      const answers = await Promise.all(Array.from({ length: 8 }, () => finish(client, back)));
      expect(answers.map(codeOf).sort()).to.deep.equal([0, ...Array.from({ length: 7 }, () => GONE)]);
      expect(codeOf(await finish(client, back))).to.equal(GONE);
      expect(stage.providers.google.count('/token')).to.equal(asked + 1);
    });

    it('is used up by an answer that does not hold', async () => {
      const client = stage.client();
      const back = await approved(client);
      expect(codeOf(await finish(client, back, { iss: 'https://attacker.example' }))).to.equal(50007);
      expect(codeOf(await finish(client, back))).to.equal(GONE);
    });

    it('is finished with the issuer of the redirect, or without one', async () => {
      const client = stage.client();
      const [one, two] = [await approved(client), await approved(client)];
      expect(codeOf(await finish(client, one, { iss: one.iss }))).to.equal(0);
      expect(codeOf(await finish(client, two))).to.equal(0);
    });

    it('is over when its time is', async () => {
      const [client, asked] = [stage.client(), stage.providers.google.count('/token')];
      const before = await keysInRedis();
      const back = await approved(client);
      if (redis) await expireKeys((await keysInRedis()).filter((key) => !before.includes(key)));
      else await change(stage, 'UPDATE flows SET expires_at = :past', { past: Date.now() - 1 });
      expect(codeOf(await finish(client, back))).to.equal(GONE);
      expect(stage.providers.google.count('/token')).to.equal(asked);
    });

    it('lives ten minutes', async () => {
      const before = await keysInRedis();
      await prepare(stage.client());
      const lives = redis ? await livesOf((await keysInRedis()).filter((key) => !before.includes(key))) : await livesInSql();
      expect(lives).to.have.length.above(0);
      expect(Math.max(...lives)).to.be.within(590_000, 600_000);
    });
  });

  async function livesInSql(): Promise<number[]> {
    const rows = await stage.query<{ expires_at: number | string }>('SELECT expires_at FROM flows');
    return rows.map((row) => Number(row.expires_at) - Date.now());
  }

  async function withRedis<T>(ask: (connection: Redis) => Promise<T>): Promise<T> {
    const connection = new Redis(await redisUrl());
    return await ask(connection).finally(() => connection.disconnect());
  }

  const keysInRedis = (): Promise<string[]> =>
    redis ? withRedis((connection) => connection.keys('latchkey:flow:*')) : Promise.resolve([]);
  const livesOf = (keys: readonly string[]) => withRedis((connection) => Promise.all(keys.map((key) => connection.pttl(key))));
  const expireKeys = (keys: readonly string[]) => withRedis((connection) => Promise.all(keys.map((key) => connection.pexpire(key, 0))));

  describe('at the callback page', () => {
    const pageOf = ({ code, state, iss }: Redirect) => `/callback/openid/google?${new URLSearchParams({ code, state, iss })}`;

    function expectStrictPolicy(page: HttpAnswer, status = 200): void {
      expect(page.status).to.equal(status);
      expect(page.headers.get('content-type')).to.match(/^text\/html/);
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).to.include("default-src 'none'").and.to.include("frame-ancestors 'none'");
      expect(policy).not.to.match(/unsafe-inline|unsafe-eval|\*|data:|https?:/);
      expect(page.text, 'inline script or style').not.to.match(/<script(?![^>]*\bsrc=)|<style|\bon\w+=|\bstyle=/i);
      expect(page.headers.get('cache-control')).to.equal('no-store');
      expect(page.headers.get('x-content-type-options')).to.equal('nosniff');
      expect(page.headers.get('referrer-policy')).to.equal('no-referrer');
    }

    /** What the page's script would send. */
    function bodyOnPage({ text }: HttpAnswer): Record<string, unknown> {
      const attribute = /data-body="([^"]*)"/.exec(text)?.[1] ?? '';
      const entities = new Map([
        ['&quot;', '"'],
        ['&#39;', "'"],
        ['&lt;', '<'],
        ['&gt;', '>'],
        ['&amp;', '&'],
      ]);
      return JSON.parse(attribute.replace(/&(?:quot|#39|lt|gt|amp);/g, (entity) => entities.get(entity) ?? entity));
    }

    it('has the browser that prepared the flow finish it', async () => {
      const browser = stage.browser();
      const back = await approved(browser);
      const page = await browser.open(pageOf(back));
      expectStrictPolicy(page);
      const script = /<script src="([^"]+)" defer><\/script>/.exec(page.text)?.[1] ?? '';
      const asset = await browser.open(script);
      expect([asset.status, asset.headers.get('content-type')]).to.deep.equal([200, 'text/javascript; charset=utf-8']);
      const body = bodyOnPage(page);
      expect(body).to.deep.equal({ code: back.code, session_id: back.state, provider_id: 'google', iss: back.iss });
      const url = /data-url="([^"]*)"/.exec(page.text)?.[1] ?? '';
      expect(codeOf(await browser.call('POST', url, body))).to.equal(0);
    });

    it('shows any other browser what to hand back, and no script', async () => {
      const client = stage.client();
      const back = await approved(client);
      const page = await stage.browser().open(pageOf(back));
      expectStrictPolicy(page);
      expect(page.text).not.to.match(/<script/i);
      for (const value of [back.code, back.state, 'google', 'provider_id']) expect(page.text).to.include(value);
      expect(codeOf(await finish(client, back))).to.equal(0);
    });

    it('consumes nothing, however often and by whatever method it is looked at', async () => {
      const browser = stage.browser();
      const back = await approved(browser);
      const asked = stage.providers.google.count('/token');
      for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) expect((await browser.call(method, pageOf(back))).status).to.equal(200);
      expect((await browser.call('GET', pageOf(back), undefined, { headers: { 'sec-purpose': 'prefetch' } })).status).to.equal(200);
      expect(stage.providers.google.count('/token')).to.equal(asked);
      expect(codeOf(await finish(browser, back))).to.equal(0);
    });

    for (const [whose, of] of [
      ['the browser that prepared it', (): Caller => stage.browser()],
      ['another client', (): Caller => stage.client()],
    ] as const) {
      it(`shows a hostile code as text in a flow of ${whose}`, async () => {
        const owner = of();
        const back = await approved(owner);
        const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&lt;`;
        const viewer = owner instanceof ApiClient ? stage.browser() : owner;
        const page = await viewer.open(pageOf({ ...back, code: hostile }));
        expect(page.text).not.to.include('<script>').and.not.to.include('<img').and.not.to.include('"><');
        expect(page.text.toLowerCase()).to.include('&lt;script');
        if (owner !== viewer) return;
        expect(bodyOnPage(page).code).to.equal(hostile);
      });
    }

    it('takes a repeated or missing value for a refusal, and shows no words of the provider but its code', async () => {
      const browser = stage.browser();
      for (const query of [
        '',
        '?code=a&code=b&state=c',
        '?code=a',
        '?error=access_denied&error_description=%3Cscript%3Ehush',
        '?error=hush+words&error_description=hush&error_uri=https://hush.example',
        '?state[x]=1&code=2',
      ]) {
        const page = await browser.open(`/callback/openid/google${query}`);
        expectStrictPolicy(page, 400);
        expect(page.text)
          .to.include('Sign-in was not completed')
          .and.not.to.match(/<script|hush/);
      }
    });

    it('is there for configured providers only, under their one name', async () => {
      const statuses = [];
      for (const name of ['0', '2', 'google', '1', 'logto', 'oidc', '00', 'nobody', '__proto__']) {
        statuses.push((await stage.browser().open(`/callback/openid/${name}?code=a&state=b`)).status);
      }
      expect(statuses).to.deep.equal([200, 200, 200, 404, 404, 404, 404, 404, 404]);
      expect((await stage.browser().open('/callback/openid/%E0%A4%A')).status, 'undecodable').to.be.within(400, 499);
    });
  });
}

describe('A flow, kept in the SQL database,', () => suite(false));
describeWithRedis('A flow, kept in Redis,', () => suite(true));
