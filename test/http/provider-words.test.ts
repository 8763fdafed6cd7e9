// What a provider says in place of a code, whom it names, and what of both a person, a client and an operator get to read.

import { expect } from 'chai';
import { type ApiClient, BrowserClient, providerNumber } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import type { HttpAnswer } from '../support/http-request.js';
import type { Bend } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { openStage, type Stage } from '../support/stage.js';

const [PROVIDER_FAILED, GONE, INVALID] = [50007, 40023, 40001];
const CANCELLED = 'You cancelled';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

describe('What a provider says in place of a code', () => {
  let stage: Stage;
  let deadPort: number;

  before(async function () {
    this.timeout(60_000); // A process starts.
    deadPort = await freePort();
    const providers = {
      oidc: { displayName: 'Example & Sons' },
      dead: { type: 'oidc', issuer: `http://127.0.0.1:${deadPort}`, clientId: 'c', clientSecret: 'hush-dead' },
    };
    stage = await openStage({ database: 'sqlite', config: { providers }, env: { LOG_LEVEL: 'info' } });
  });
  after(() => stage?.close());
  afterEach(() => {
    for (const { bend } of Object.values(stage.providers)) for (const name of Object.keys(bend)) Reflect.deleteProperty(bend, name);
  });

  const oidc = () => stage.providers.oidc;
  const output = () => stage.servers[0]?.output() ?? '';
  const alert = ({ text }: HttpAnswer) => /role="alert">([^<]*)</.exec(text)?.[1] ?? '';

  describe('on the page it leads back to', () => {
    const CODES: readonly (readonly [string, string])[] = [
      ['invalid_scope', 'invalid_scope'],
      ['temporarily_unavailable', 'temporarily_unavailable'],
      ['access_denied', 'access_denied'],
      ['100010', '100010'],
      ['<script>alert(1)</script>', 'error'],
      ['Call 0800-123456 to unlock your account', 'error'],
      ['call.0800.123456', 'error'],
      ['evil_dot_example_slash_login_now_please', 'error'],
      ['', 'error'],
      ['a'.repeat(41), 'error'],
    ];

    for (const [error, shown] of CODES) {
      it(`without a flow names the provider and says ${shown}: ${JSON.stringify(error).slice(0, 50)}`, async () => {
        const more = { error, error_description: 'hush and more', error_uri: 'https://evil.example' };
        const browser = stage.browser();
        const pages = [
          await browser.open(`/callback/openid/2?${new URLSearchParams(more)}`),
          await browser.submit('/callback/openid/2', more),
        ];
        for (const page of pages) {
          expect(page.status, page.text).to.equal(400);
          expect(alert(page)).to.equal(`Example &amp; Sons did not sign you in. It answered: ${shown}. Nothing has changed.`);
          expect(page.text).not.to.include(CANCELLED).and.not.include('hush').and.not.include('evil.example');
          if (shown === 'error' && error !== '') expect(page.text).not.to.include(error);
        }
      });
    }

    it('takes an empty state for none', async () => {
      const page = await stage.browser().open('/callback/openid/2?error=access_denied&state=');
      expect([page.status, alert(page).includes('access_denied')]).to.deep.equal([400, true]);
    });

    it('says it in Chinese, too', async () => {
      const page = await stage
        .browser()
        .call('GET', '/callback/openid/2?error=invalid_scope', undefined, { headers: { 'accept-language': 'zh-CN' } });
      expect(alert(page)).to.include('Example &amp; Sons').and.include('invalid_scope').and.not.include('取消');
    });

    async function comeBack(error: string): Promise<HttpAnswer> {
      const browser = new BrowserClient(stage.servers[0]?.base ?? '');
      const out = await browser.open('/auth/oidc?returnTo=/account/connections');
      const { state, iss } = await oidc().refuse(String(out.headers.get('location')));
      return browser.open(`/callback/openid/2?${new URLSearchParams({ error, state, iss })}`);
    }

    it('of a flow says what the provider said, and that the person cancelled where it says that', async () => {
      const failed = await comeBack('server_error');
      expect([failed.status, alert(failed)]).to.deep.equal([
        502,
        'Example &amp; Sons did not sign you in. It answered: server_error. Nothing has changed.',
      ]);
      expect(failed.text).to.include('/auth/oidc?returnTo=%2Faccount%2Fconnections');
      const denied = await comeBack('access_denied');
      expect([denied.status, alert(denied).includes(CANCELLED)]).to.deep.equal([400, true]);
    });

    it('of a flow that another client finishes says it likewise, and uses nothing up', async () => {
      const by = stage.client();
      const { state, iss } = await oidc().refuse(String((await by.prepare('oidc')).json?.data));
      const page = await stage.browser().open(`/callback/openid/2?${new URLSearchParams({ error: 'invalid_scope', state, iss })}`);
      expect([page.status, alert(page).includes('invalid_scope')]).to.deep.equal([400, true]);
      const answer = await by.call('POST', '/session/openid', { error: 'invalid_scope', session_id: state, provider_id: 2 });
      expect(codeOf(answer)).to.equal(PROVIDER_FAILED);
    });
  });

  describe('handed over by a JSON client', () => {
    async function refused(by: ApiClient, id = 'oidc' as const) {
      const back = await stage.providers[id].refuse(String((await by.prepare(id)).json?.data));
      return { session_id: back.state, provider_id: providerNumber(id), iss: back.iss };
    }
    const post = (by: ApiClient, body: object) => by.call('POST', '/session/openid', body);

    for (const error of ['access_denied', 'server_error', 'login_required', '<b>hush</b>', 'x'.repeat(256)]) {
      it(`is the documented failure, uses the flow up, and reaches nobody: ${error.slice(0, 20)}`, async () => {
        const by = stage.client();
        const { iss, ...flow } = await refused(by);
        const before = oidc().requests.length;
        const answer = await post(by, { error, ...flow });
        expect([answer.status, codeOf(answer)], answer.text).to.deep.equal([200, PROVIDER_FAILED]);
        expect(answer.text).not.to.include('hush');
        expect(codeOf(await post(by, { error, iss, ...flow }))).to.equal(GONE);
        expect(codeOf(await post(by, { code: 'made-up', ...flow }))).to.equal(GONE);
        expect(oidc().requests.length).to.equal(before);
        const [row] = await stage.query<{ event: string }>('SELECT event, detail FROM audit_events ORDER BY id DESC LIMIT 1 OFFSET 2');
        expect(row?.event).to.equal('auth.oauth.sign_in.failure');
      });
    }

    it('may come with an empty or missing code, and with null in place of an error there is one', async () => {
      const by = stage.client();
      expect(codeOf(await post(by, { error: 'access_denied', code: null, ...(await refused(by)) }))).to.equal(PROVIDER_FAILED);
      const back = await by.visit('oidc', oidc(), person());
      expect(codeOf(await by.finish('oidc', back, { error: null }))).to.equal(0);
      const other = await by.visit('oidc', oidc(), person());
      expect(codeOf(await by.finish('oidc', other, { error: '' }))).to.equal(0);
    });

    it('is worth more than a code beside it', async () => {
      const by = stage.client();
      const back = await by.visit('oidc', oidc(), person());
      expect(codeOf(await by.finish('oidc', back, { error: 'access_denied' }))).to.equal(PROVIDER_FAILED);
      expect(codeOf(await by.finish('oidc', back))).to.equal(GONE);
    });

    it('is not believed of another issuer, and a stranger uses nothing up with it', async () => {
      const by = stage.client();
      const flow = await refused(by);
      expect(codeOf(await post(by, { error: 'access_denied', ...flow, iss: 'https://evil.example' }))).to.equal(PROVIDER_FAILED);
      const mine = stage.browser();
      const url = String((await mine.call('PUT', '/session/openid', { provider: 2 })).json?.data);
      const back = await oidc().approve(url, person());
      const body = { error: 'access_denied', session_id: back.state, provider_id: 2 };
      expect(codeOf(await stage.browser().call('POST', '/session/openid', body))).to.equal(GONE);
      expect(codeOf(await post(stage.client(), body))).to.equal(GONE);
      expect(codeOf(await mine.call('POST', '/session/openid', { code: back.code, session_id: back.state, provider_id: 2 }))).to.equal(0);
    });

    it('is needed where there is no code, and is a text', async () => {
      const by = stage.client();
      const flow = await refused(by);
      const said = async (body: object) => {
        const answer = await post(by, { ...flow, ...body });
        return [codeOf(answer), answer.json?.msg];
      };
      expect(await said({})).to.deep.equal([INVALID, 'Code cannot be empty']);
      expect(await said({ error: '' })).to.deep.equal([INVALID, 'Code cannot be empty']);
      expect(await said({ error: null })).to.deep.equal([INVALID, 'Code cannot be empty']);
      expect(await said({ error: 42, code: 'a' })).to.deep.equal([INVALID, 'Error format error']);
      expect(await said({ error: ['access_denied'], code: 'a' })).to.deep.equal([INVALID, 'Error format error']);
      expect(await said({ error: 'x'.repeat(257) })).to.deep.equal([INVALID, 'Error too long']);
      expect(await said({ error: 'access_denied', code: 42 })).to.deep.equal([INVALID, 'Code format error']);
      expect(codeOf(await post(by, { error: 'access_denied' }))).to.equal(INVALID);
      expect((await post(by, {})).json?.msg).to.equal('Code cannot be empty');
      expect(codeOf(await post(by, { error: 'access_denied', ...flow }))).to.equal(PROVIDER_FAILED);
    });
  });

  describe('about a name', () => {
    const NAMES: Readonly<Record<string, readonly [object, string]>> = {
      'given and family name': [{ given_name: ' Ada ', family_name: 'Lovelace' }, 'Ada Lovelace'],
      'a given name': [{ given_name: 'Ada' }, 'Ada'],
      'a family name': [{ family_name: 'Lovelace', given_name: null }, 'Lovelace'],
      'a user name': [{ preferred_username: 'ada' }, 'ada'],
      'an address for a user name': [{ preferred_username: 'ada@contoso.example' }, 'ada'],
      'a nickname and a user name': [{ nickname: 'The Countess', preferred_username: 'ada' }, 'The Countess'],
      'an empty name beside its parts': [{ name: '', given_name: 'Ada', family_name: 'Lovelace' }, 'Ada Lovelace'],
      'a whole name beside its parts': [{ name: 'Ada King', given_name: 'Ada', family_name: 'Lovelace' }, 'Ada King'],
      'parts that are none': [{ given_name: 42, family_name: ['x'], preferred_username: 'ada' }, 'ada'],
      'parts with a line break': [{ given_name: 'A\nda', family_name: 'Lovelace' }, 'Lovelace'],
      'parts too long together': [{ given_name: 'x'.repeat(200), family_name: 'y'.repeat(200), preferred_username: 'ada' }, 'ada'],
    };

    for (const [title, [claims, nickname]] of Object.entries(NAMES)) {
      it(`${title} makes one`, async () => {
        const bend: Bend = {
          idTokenClaims: ({ name: _name, ...honest }) => ({ ...honest, ...claims }),
          userinfo: ({ name: _name, ...honest }) => honest,
        };
        Object.assign(oidc().bend, bend);
        expect((await stage.client().signIn('oidc', oidc(), person())).user).to.include({ nickname });
      });
    }
  });

  describe('to a browser that only looks ahead', () => {
    const AHEAD = [
      { 'x-purpose': 'preview' },
      { 'sec-purpose': 'prefetch' },
      { 'sec-purpose': 'prefetch;prerender' },
      { purpose: 'prefetch' },
      { purpose: 'preview' },
      { 'x-moz': 'prefetch' },
    ] as const;

    for (const headers of AHEAD) {
      it(`nothing: ${JSON.stringify(headers)} begins no flow and ends none`, async () => {
        const browser = stage.browser();
        const ahead = await browser.call('GET', '/auth/oidc', undefined, { headers });
        expect([ahead.status, ahead.headers.get('location')]).to.deep.equal([503, null]);
        const out = await browser.open('/auth/oidc');
        const back = await oidc().approve(String(out.headers.get('location')), person());
        const path = `/callback/openid/2?${new URLSearchParams({ ...back })}`;
        const before = oidc().count('/token');
        expect((await browser.call('GET', path, undefined, { headers })).status).to.equal(503);
        expect(oidc().count('/token')).to.equal(before);
        expect((await browser.open(path)).status).to.equal(302);
        expect((await browser.me()).status).to.equal(200);
      });
    }
  });

  describe('to the operator', () => {
    const lines = (from: number) =>
      output()
        .slice(from)
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line));

    it('one line of a provider that cannot be reached', async () => {
      const from = output().length;
      expect(codeOf(await stage.client().prepare('dead'))).to.equal(PROVIDER_FAILED);
      const [line, ...others] = lines(from);
      expect(others).to.deep.equal([]);
      expect(line).to.include({ level: 40, code: 'provider_failed', provider: 'dead' });
      expect(line.detail).to.include('ECONNREFUSED');
    });

    it('both issuers where the discovered one is another, and no secret', async () => {
      const { google } = stage.providers;
      google.bend.discovery = (honest) => ({ ...honest, issuer: `${google.issuer}/\u001b[31m` });
      const from = output().length;
      expect(codeOf(await stage.client().prepare('google'))).to.equal(PROVIDER_FAILED);
      const [line] = lines(from);
      expect(line).to.include({ level: 40, provider: 'google', configured: google.issuer, found: `${google.issuer}/\u001b[31m` });
      expect(output()).not.to.include('\u001b');
      google.bend.discovery = (honest) => ({ ...honest, issuer: 'x'.repeat(5000) });
      await stage.client().prepare('google');
      expect(lines(from)[1]?.found).to.equal('x'.repeat(200));
      for (const secret of [google.clientSecret, 'hush-dead']) expect(output()).not.to.include(secret);
    });

    it('both issuers where the ID token or the redirect names another', async () => {
      const by = stage.client();
      oidc().bend.idTokenClaims = (honest) => ({ ...honest, iss: 'https://other.example' });
      const from = output().length;
      const back = await by.visit('oidc', oidc(), person());
      expect(codeOf(await by.finish('oidc', back))).to.equal(PROVIDER_FAILED);
      const again = await by.visit('oidc', oidc(), person());
      expect(codeOf(await by.finish('oidc', again, { iss: 'https://another.example' }))).to.equal(PROVIDER_FAILED);
      expect(lines(from).map(({ level, configured, found }) => [level, configured, found])).to.deep.equal([
        [40, oidc().issuer, 'https://other.example'],
        [40, oidc().issuer, 'https://another.example'],
      ]);
      for (const { code } of [back, again]) expect(output()).not.to.include(code);
    });

    it('no warning of a person who says no', async () => {
      const by = stage.client();
      const { state } = await oidc().refuse(String((await by.prepare('oidc')).json?.data));
      const from = output().length;
      await by.call('POST', '/session/openid', { error: 'access_denied', session_id: state, provider_id: 2 });
      expect(lines(from).map(({ level, code }) => [level, code])).to.deep.equal([[30, 'denied']]);
    });
  });
});
