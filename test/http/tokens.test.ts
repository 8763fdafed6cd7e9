// Access and refresh tokens: what they say, how they rotate, what ends them, and what is never taken for one.

import { createHmac, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { deriveKey } from '../../lib/tokens/keys.js';
import { ApiClient, type BrowserClient } from '../support/client.js';
import type { HttpAnswer, Json } from '../support/http-request.js';
import { type Person, person } from '../support/person.js';
import { TEST_SECRET } from '../support/server.js';
import { describeOn } from '../support/services.js';
import { openStage, type Stage, type StageProvider } from '../support/stage.js';
import { change, PASSWORD, userIdOf } from './scenarios.js';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;
const refreshTokenOf = ({ json }: HttpAnswer): string => String(json?.data?.refresh_token);
const accessTokenOf = ({ json }: HttpAnswer): string => String(json?.data?.access_token);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const REFUSED = 40020;

describeOn(['sqlite'], 'A token pair', (kind) => {
  let stage: Stage;

  before(async () => {
    stage = await openStage({ database: kind });
  });
  after(() => stage.close());

  const signIn = (provider: StageProvider = 'google', who: Person = person()) =>
    stage.client().signIn(provider, stage.providers[provider], who);

  async function expectOver(...tokens: readonly (string | undefined)[]): Promise<void> {
    for (const token of tokens) expect(codeOf(await stage.client().refresh(token ?? ''))).to.equal(REFUSED);
  }

  async function rotated(by: ApiClient): Promise<string> {
    const answer = await by.refresh();
    expect(codeOf(answer)).to.equal(0);
    return refreshTokenOf(answer);
  }

  const reuseEvents = ({ sub }: Person) =>
    stage.query(
      `SELECT a.id FROM audit_events a JOIN social_links l ON l.user_id = a.user_id
       WHERE l.subject = :sub AND a.event = 'auth.token.reuse_detected'`,
      { sub },
    );

  it('says whose it is, what it is for and how long it holds', async () => {
    const by = await signIn();
    const [access, refresh] = [decodeJwt(by.token ?? ''), decodeJwt(by.refreshToken ?? '')];
    for (const token of [by.token, by.refreshToken]) expect(decodeProtectedHeader(token ?? '')).to.deep.equal({ alg: 'HS256', typ: 'JWT' });
    expect([access.token_type, refresh.token_type]).to.deep.equal(['access', 'refresh']);
    expect([access.sub, refresh.sub]).to.deep.equal([by.user?.id, by.user?.id]);
    expect([Number(access.exp) - Number(access.nbf), Number(refresh.exp) - Number(refresh.nbf)]).to.deep.equal([3600, 180 * 86_400]);
    expect(Number(access.nbf)).to.be.closeTo(Date.now() / 1000, 3);
    expect(access).not.to.have.property('state_hash');
    expect(Buffer.from(String(refresh.state_hash), 'base64')).to.have.length(32);
    expect(refresh.root_token_id).to.match(UUID);
  });

  it('tells when each token ends, as the tokens do', async () => {
    const by = await signIn();
    const { json } = await by.refresh();
    const token: Json = json?.data ?? {};
    for (const name of ['access', 'refresh']) {
      const { exp } = decodeJwt(String(token[`${name}_token`]));
      expect(Date.parse(String(token[`${name}_expires`]))).to.equal(Number(exp) * 1000);
    }
  });

  it('is replaced by a refresh, within its family', async () => {
    const by = await signIn();
    const answer = await by.refresh();
    expect(refreshTokenOf(answer)).not.to.equal(by.refreshToken);
    const [before, after] = [decodeJwt(by.refreshToken ?? ''), decodeJwt(refreshTokenOf(answer))];
    expect(after.root_token_id).to.equal(before.root_token_id);
    expect(codeOf(await new ApiClient(by.base, accessTokenOf(answer)).setting())).to.equal(0);
    expect(codeOf(await by.refresh(refreshTokenOf(answer)))).to.equal(0);
  });

  it('is the same for ten tabs that refresh at once, and for one a moment later', async () => {
    const who = person();
    const by = await signIn('google', who);
    const answers = await Promise.all(Array.from({ length: 10 }, () => by.refresh()));
    expect(answers.map(codeOf)).to.deep.equal(Array.from({ length: 10 }, () => 0));
    expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
    const late = await by.refresh();
    expect(new Set([...answers, late].map(refreshTokenOf)).size).to.equal(1);
    expect(codeOf(await by.refresh(refreshTokenOf(late)))).to.equal(0);
    expect(await reuseEvents(who)).to.deep.equal([]);
  });

  describe('that a browser was given', () => {
    const browserSignIn = async (who: Person, browser = stage.browser()) => {
      const url = String((await browser.call('PUT', '/session/openid', { provider: 'google' })).json?.data);
      const { code, state } = await stage.providers.google.approve(url, who);
      const answer = await browser.call('POST', '/session/openid', { code, session_id: state, provider_id: 'google' });
      return { browser, token: String(answer.json?.data?.token?.refresh_token) };
    };
    const refresh = (browser: BrowserClient, token: string) => browser.call('POST', '/session/token/refresh', { refresh_token: token });
    const longAgo = (token: string) =>
      change(stage, 'UPDATE refresh_tokens SET rotated_at = :past WHERE id = :id', {
        past: Date.now() - 50 * 60_000,
        id: String(decodeJwt(token).root_token_id),
      });

    it('is the current one for its other tabs, however late and however many steps behind they are', async () => {
      const who = person();
      const { browser, token } = await browserSignIn(who);
      const second = refreshTokenOf(await refresh(browser, token));
      await longAgo(token);
      const third = refreshTokenOf(await refresh(browser, second));
      await longAgo(token);
      for (const used of [token, second, token]) expect(refreshTokenOf(await refresh(browser, used)).length).to.equal(third.length);
      const current = refreshTokenOf(await refresh(browser, token));
      expect(decodeJwt(current).jti).to.equal(decodeJwt(third).jti);
      expect(codeOf(await refresh(browser, current))).to.equal(0);
      expect(await reuseEvents(who)).to.deep.equal([]);
    });

    it('is the current one after a sign-in by password, too', async () => {
      const browser = stage.browser();
      const { email } = person();
      await browser.call('POST', '/user', { email, password: PASSWORD });
      const signedIn = await browser.call('POST', '/session/token', { email, password: PASSWORD });
      const token = String(signedIn.json?.data?.token?.refresh_token);
      await refresh(browser, token);
      await longAgo(token);
      expect(codeOf(await refresh(browser, token))).to.equal(0);
    });

    it('ends with its family where a used one comes without the cookie, or with that of another family', async () => {
      for (const thief of [undefined, (await browserSignIn(person())).browser]) {
        const who = person();
        const { browser, token } = await browserSignIn(who);
        const newest = refreshTokenOf(await refresh(browser, token));
        await longAgo(token);
        expect(codeOf(await (thief === undefined ? stage.client().refresh(token) : refresh(thief, token)))).to.equal(REFUSED);
        expect(codeOf(await refresh(browser, newest)), 'nobody knows any more whose it is').to.equal(REFUSED);
        expect(await reuseEvents(who)).to.have.length(1);
      }
    });

    it('is known beside those of the same browser, by a cookie that scripts cannot read and that says nothing', async () => {
      const browser = stage.browser();
      const tokens: string[] = [];
      for (let n = 0; n < 3; n += 1) tokens.push((await browserSignIn(person(), browser)).token);
      for (const token of tokens) await refresh(browser, token);
      for (const token of tokens) await longAgo(token);
      for (const token of tokens) expect(codeOf(await refresh(browser, token))).to.equal(0);
      const cookie = browser.setCookies.filter((line) => line.startsWith('latchkey-family=')).at(-1) ?? '';
      expect(cookie)
        .to.match(/; HttpOnly\b/)
        .and.to.match(/; SameSite=Lax\b/)
        .and.to.match(/; Path=\/;/);
      for (const token of tokens) expect(cookie).not.to.include(decodeJwt(token).root_token_id);
      const { setCookies } = await stage
        .client()
        .refresh(tokens[0])
        .then(({ headers }) => ({ setCookies: headers.getSetCookie() }));
      expect(setCookies, 'no cookie for who is no browser').to.deep.equal([]);
    });
  });

  it('ends with its family when a used refresh token comes back later', async () => {
    const who = person();
    const by = await signIn('google', who);
    const other = await signIn('google', who);
    const newest = await rotated(by);
    const { root_token_id: id } = decodeJwt(newest);
    const past = Date.now() - 11_000;
    await change(stage, 'UPDATE refresh_tokens SET rotated_at = :past WHERE id = :id', { past, id });
    await expectOver(by.refreshToken, newest, by.refreshToken);
    expect(await reuseEvents(who)).to.have.length(1);
    expect(codeOf(await other.refresh()), 'another sign-in of the same person').to.equal(0);
  });

  it('ends with its family when a refresh token from two steps ago comes back, however soon', async () => {
    const who = person();
    const by = await signIn('google', who);
    const second = await rotated(by);
    const third = refreshTokenOf(await by.refresh(second));
    await expectOver(by.refreshToken, third, second);
    expect(await reuseEvents(who)).to.have.length(1);
  });

  it('ends when the password is set, changed or removed, in every place', async () => {
    const who = person();
    for (const changePassword of [
      (by: ApiClient) => by.setPassword(PASSWORD),
      (by: ApiClient) => by.setPassword(`${PASSWORD}!`, PASSWORD),
      (by: ApiClient) => by.removePassword(`${PASSWORD}!`),
    ]) {
      const [here, there] = [await signIn('google', who), await signIn('google', who)];
      expect(codeOf(await changePassword(here))).to.equal(0);
      await expectOver(there.refreshToken, here.refreshToken);
    }
  });

  it('stays ended when what was changed is as it was before', async () => {
    const by = await signIn();
    expect(codeOf(await by.setPassword(PASSWORD))).to.equal(0);
    expect(codeOf(await by.removePassword(PASSWORD))).to.equal(0);
    expect(codeOf(await by.setting()), 'whoever changed it stays signed in').to.equal(0);
    await expectOver(by.refreshToken);
    expect(codeOf(await by.setting()), 'a token that came too late ends nothing').to.equal(0);
  });

  it('does not end when the person changes nothing but their name', async () => {
    const by = await signIn();
    expect(codeOf(await by.call('PATCH', '/user/setting', { nick: 'Somebody' }))).to.equal(0);
    await rotated(by);
  });

  it('ends at sign-out, that family alone', async () => {
    const who = person();
    const [here, there] = [await signIn('google', who), await signIn('google', who)];
    expect((await here.call('DELETE', '/session/token', { refresh_token: here.refreshToken })).json).to.deep.equal({ code: 0, msg: '' });
    await expectOver(here.refreshToken);
    await rotated(there);
  });

  it('ends at sign-out by a token that was used already', async () => {
    const by = await signIn();
    const newest = await rotated(by);
    expect(codeOf(await by.call('DELETE', '/session/token', { refresh_token: by.refreshToken }))).to.equal(0);
    await expectOver(newest);
  });

  it('leads to where Logto signs out, when Logto signed in', async () => {
    const by = await signIn('logto');
    const answer = await by.call('DELETE', '/session/token', { refresh_token: by.refreshToken });
    expect(String(answer.json?.data)).to.match(new RegExp(`^${stage.providers.logto.issuer}/session/end`));
  });

  it('ends at the unlink of the provider that opened it, but for who asks', async () => {
    const who = person();
    const asking = await signIn('google', who);
    await asking.link('oidc', stage.providers.oidc, who);
    const [sameProvider, otherProvider] = [await signIn('google', who), await signIn('oidc', who)];
    const id = await userIdOf(stage, who);
    expect(codeOf(await asking.unlink('google'))).to.equal(0);
    await expectOver(sameProvider.refreshToken);
    asking.refreshToken = await rotated(asking);
    await rotated(otherProvider);
    const families = await stage.query('SELECT id FROM refresh_tokens WHERE user_id = :id AND revoked_at IS NULL', { id });
    expect(families).to.have.length(2);
  });

  it("names a session of its own user's, which really was", async () => {
    const [by, other] = [await signIn(), await signIn()];
    const [header, mine, theirs] = [decodeProtectedHeader(by.token ?? ''), decodeJwt(by.token ?? ''), decodeJwt(other.token ?? '')];
    const read = (claims: Claims) => new ApiClient(by.base, signed({ header: { ...header }, claims })).setting();
    for (const bend of [
      { root_token_id: randomUUID() },
      { root_token_id: '' },
      { root_token_id: undefined },
      { root_token_id: 0 },
      { root_token_id: "' OR 1=1 --" },
      { root_token_id: theirs.root_token_id },
      { sub: theirs.sub },
    ]) {
      const answer = await read({ ...mine, ...bend });
      expect([answer.status, codeOf(answer)], JSON.stringify(bend)).to.deep.equal([200, 401]);
    }
    expect(codeOf(await read({ ...mine, ...theirs })), 'both together').to.equal(0);
  });

  it('ends when the user is deleted', async () => {
    const who = person();
    const by = await signIn('google', who);
    await change(stage, 'DELETE FROM users WHERE id = :id', { id: await userIdOf(stage, who) });
    await expectOver(by.refreshToken);
    expect(codeOf(await by.setting())).to.equal(401);
  });
});

type Claims = Readonly<Record<string, unknown>>;

interface Parts {
  readonly header: Claims;
  readonly claims: Claims;
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const key = Buffer.from(deriveKey(TEST_SECRET, 'access and refresh tokens'));

function signed({ header, claims }: Parts, { secret = key, hash = 'sha256' }: { secret?: Buffer | string; hash?: string } = {}): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

const now = () => Math.floor(Date.now() / 1000);

/** What somebody may send instead of the honest token; with the server's own key where the signature is not the point. */
const FORGERIES: Readonly<Record<string, (honest: Parts, token: string) => string>> = {
  'alg none': ({ header, claims }) => `${part({ ...header, alg: 'none' })}.${part(claims)}.`,
  'alg None, signed': ({ header, claims }) => signed({ header: { ...header, alg: 'None' }, claims }),
  'no signature': (_honest, token) => `${token.split('.').slice(0, 2).join('.')}.`,
  "another server's key": (honest) => signed(honest, { secret: 'another key of at least 32 characters' }),
  'an empty key': (honest) => signed(honest, { secret: '' }),
  'the secret itself for a key': (honest) => signed(honest, { secret: TEST_SECRET }),
  HS512: ({ header, claims }) => signed({ header: { ...header, alg: 'HS512' }, claims }, { hash: 'sha512' }),
  'HS512, signed by HS256': ({ header, claims }) => signed({ header: { ...header, alg: 'HS512' }, claims }),
  RS256: ({ header, claims }) => signed({ header: { ...header, alg: 'RS256' }, claims }),
  'no typ': ({ claims }) => signed({ header: { alg: 'HS256' }, claims }),
  'typ at+jwt': ({ header, claims }) => signed({ header: { ...header, typ: 'at+jwt' }, claims }),
  'an unknown crit': ({ header, claims }) => signed({ header: { ...header, crit: ['x'], x: 1 }, claims }),
  'over now': ({ header, claims }) => signed({ header, claims: { ...claims, exp: now() } }),
  'over since a second': ({ header, claims }) => signed({ header, claims: { ...claims, exp: now() - 1 } }),
  'not yet': ({ header, claims }) => signed({ header, claims: { ...claims, nbf: now() + 35 } }),
  'no exp': ({ header, claims: { exp: _exp, ...claims } }) => signed({ header, claims }),
  'no nbf': ({ header, claims: { nbf: _nbf, ...claims } }) => signed({ header, claims }),
  'exp as text': ({ header, claims }) => signed({ header, claims: { ...claims, exp: '9999999999' } }),
  'no sub': ({ header, claims: { sub: _sub, ...claims } }) => signed({ header, claims }),
  'a number for sub': ({ header, claims }) => signed({ header, claims: { ...claims, sub: 1 } }),
  'a list for sub': ({ header, claims }) => signed({ header, claims: { ...claims, sub: [claims.sub] } }),
  "somebody's sub, unsigned": ({ header, claims }, token) =>
    [part(header), part({ ...claims, sub: 'AAAA' }), token.split('.')[2] ?? ''].join('.'),
  truncated: (_honest, token) => token.slice(0, -1),
  'cut in two': (_honest, token) => token.slice(0, token.length / 2),
  'two in one': (_honest, token) => `${token}.${token}`,
  'very long': (_honest, token) => `${token}${'A'.repeat(8_000)}`,
  'no token': () => 'null',
};

describeOn(['sqlite'], 'An access token', (kind) => {
  let stage: Stage;
  let by: ApiClient;
  let who: Person;

  before(async () => {
    stage = await openStage({ database: kind });
    who = person();
    by = await stage.client().signIn('google', stage.providers.google, who);
    await by.link('oidc', stage.providers.oidc, person());
  });
  after(() => stage.close());

  const honest = (): Parts => ({ header: { ...decodeProtectedHeader(by.token ?? '') }, claims: decodeJwt(by.token ?? '') });
  const withHeader = (authorization: string) =>
    new ApiClient(by.base).call('GET', '/user/setting', undefined, { headers: { authorization } });

  it('made by the key and with the claims of the server is taken: so the forgeries fail for what they say', async () => {
    expect(codeOf(await withHeader(signed(honest())))).to.equal(0);
  });

  it('of a host whose clock is 30 s ahead is taken', async () => {
    const { header, claims } = honest();
    expect(codeOf(await withHeader(signed({ header, claims: { ...claims, nbf: now() + 28 } })))).to.equal(0);
  });

  for (const [name, forge] of Object.entries(FORGERIES)) {
    it(`is not: ${name}`, async () => {
      const forged = new ApiClient(by.base, forge(honest(), by.token ?? ''));
      expect([(await forged.setting()).status, codeOf(await forged.setting())]).to.deep.equal([200, 401]);
      expect(codeOf(await forged.unlink('google'))).to.equal(401);
      expect(codeOf(await forged.prepare('logto', { linking: true }))).to.equal(401);
      expect((await forged.bioreUnlink('google')).status).to.equal(401);
      expect((await forged.identities()).json?.statusCode).to.equal(401);
      expect(await by.linked()).to.have.members(['google', 2]);
    });
  }

  it('is not a refresh token', async () => {
    const forged = new ApiClient(by.base, by.refreshToken);
    expect(codeOf(await forged.setting())).to.equal(REFUSED);
    expect(codeOf(await forged.unlink('google'))).to.equal(REFUSED);
    const dressedUp = signed({ ...honest(), claims: { ...decodeJwt(by.refreshToken ?? ''), token_type: 'other' } });
    expect(codeOf(await withHeader(`Bearer ${dressedUp}`))).to.equal(REFUSED);
  });

  it('past its date counts as none, so that signing in anew goes on', async () => {
    const { header, claims } = honest();
    const late = new ApiClient(by.base, signed({ header, claims: { ...claims, nbf: now() - 7200, exp: now() - 3600 } }));
    expect(codeOf(await late.setting())).to.equal(401);
    expect(codeOf(await late.prepare('google', { linking: true }))).to.equal(401);
    await late.signIn('google', stage.providers.google, who);
    expect(codeOf(await late.setting())).to.equal(0);
  });

  it('is read in every form that clients send', async () => {
    for (const scheme of ['', 'Bearer ', 'bearer ', 'BEARER ', 'Bearer  ', 'Bearer']) {
      expect(codeOf(await withHeader(`${scheme}${by.token}`)), `"${scheme}"`).to.equal(0);
    }
  });

  it('is read in no other form', async () => {
    const basic = Buffer.from(`${by.token}:`).toString('base64');
    for (const header of [`Basic ${basic}`, `Token ${by.token}`, `Bearer ${by.token} x`, `x ${by.token}`, 'Bearer', `Bearer,${by.token}`]) {
      expect(codeOf(await withHeader(header)), header.slice(0, 12)).to.equal(401);
    }
    expect(codeOf(await new ApiClient(by.base).call('GET', `/user/setting?access_token=${by.token}`))).to.equal(401);
    const inCookie = { headers: { cookie: `token=${by.token}; access_token=${by.token}` } };
    expect(codeOf(await new ApiClient(by.base).call('GET', '/user/setting', undefined, inCookie))).to.equal(401);
  });

  it('too long for any server ends the request and nothing else', async () => {
    const { status } = await withHeader(`Bearer ${by.token}${'A'.repeat(20_000)}`);
    expect(status).to.equal(431);
    expect(codeOf(await by.setting())).to.equal(0);
  });

  it('names its user and no other, whatever id is tried', async () => {
    const { header, claims } = honest();
    for (const sub of ['', '0', '-1', '1 OR 1=1', '~1', '../1', randomUUID(), 'ÿ', 'A'.repeat(4096)]) {
      const answer = await withHeader(signed({ header, claims: { ...claims, sub } }));
      expect(answer.status, sub).to.equal(200);
      if (sub !== '~1') expect(codeOf(answer), sub).to.equal(401);
    }
  });
});

describeOn(['sqlite'], 'A refresh token', (kind) => {
  let stage: Stage;
  let by: ApiClient;

  before(async () => {
    stage = await openStage({ database: kind });
    by = await stage.client().signIn('google', stage.providers.google, person());
  });
  after(() => stage.close());

  const honest = (): Parts => ({ header: { ...decodeProtectedHeader(by.refreshToken ?? '') }, claims: decodeJwt(by.refreshToken ?? '') });

  for (const [name, forge] of Object.entries(FORGERIES)) {
    it(`is not: ${name}`, async () => {
      const forged = forge(honest(), by.refreshToken ?? '');
      const expected = forged.length > 4096 ? 40001 : REFUSED;
      expect(codeOf(await by.refresh(forged))).to.equal(expected);
      expect(codeOf(await by.call('DELETE', '/session/token', { refresh_token: forged }))).to.equal(expected);
    });
  }

  for (const [name, bend] of Object.entries({
    'of another family': { root_token_id: randomUUID() },
    'of a family that is none': { root_token_id: "' OR 1=1 --" },
    'without a family': { root_token_id: undefined },
    'of another state': { state_hash: Buffer.alloc(32).toString('base64') },
    'of a shorter state': { state_hash: '' },
    'from a step to come': { jti: '1' },
    'from no step': { jti: 'NaN' },
    'of another user': { sub: '1' },
  } as Readonly<Record<string, Claims>>)) {
    it(`is not one ${name}`, async () => {
      const own = await stage.client().signIn('google', stage.providers.google, person());
      const { header, claims } = { header: honest().header, claims: decodeJwt(own.refreshToken ?? '') };
      expect(codeOf(await own.refresh(signed({ header, claims: { ...claims, ...bend } })))).to.equal(REFUSED);
    });
  }

  it('is still good after all that', async () => {
    expect(codeOf(await by.refresh(signed(honest())))).to.equal(0);
  });
});
