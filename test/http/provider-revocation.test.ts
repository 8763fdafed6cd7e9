// What each provider is asked when its tokens are kept, and how it is asked to revoke them after an unlink.

import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { type AppleEmulator, startAppleEmulator } from '../support/apple-emulator.js';
import type { ApiClient } from '../support/client.js';
import type { RecordedRequest } from '../support/http-answer.js';
import { basicCredentials } from '../support/oauth-wire.js';
import { type Person, person } from '../support/person.js';
import { type QqEmulator, startQqEmulator } from '../support/qq-emulator.js';
import { openStage, type Stage } from '../support/stage.js';
import { startXEmulator, type XEmulator, xPerson } from '../support/x-emulator.js';

type Json = Readonly<Record<string, unknown>>;

/** As much of any provider as a visit needs. */
interface Visited {
  approve(authorizationUrl: string, who: Person): Promise<{ readonly code: string; readonly state: string }>;
}

interface MessageRow {
  readonly id: string;
  /** 1: the first one worked. */
  readonly attempts: number;
  readonly sent_at: unknown;
}

const PATIENCE_MS = 12_000;

describe('Tokens that are kept, after an unlink', () => {
  let stage: Stage;
  let x: XEmulator;
  let apple: AppleEmulator;
  let qq: QqEmulator;

  before(async function () {
    this.timeout(60_000);
    [x, apple, qq] = await Promise.all([startXEmulator(), startAppleEmulator(), startQqEmulator()]);
    const clientOf = ({ clientId, clientSecret, endpoints }: XEmulator | QqEmulator) => ({ clientId, clientSecret, endpoints });
    const providers = { x: clientOf(x), apple: apple.options, qq: clientOf(qq) };
    stage = await openStage({ database: 'sqlite', config: { storeProviderTokens: true, providers } });
  });
  after(() => Promise.all([stage.close(), x.close(), apple.close(), qq.close()]));
  afterEach(() => {
    for (const { bend } of [x, apple, stage.providers.google]) Reflect.deleteProperty(bend, 'token');
  });

  const revocations = () => stage.query<MessageRow>("SELECT id, attempts, sent_at FROM outbox_messages WHERE kind = 'revocation'");

  /** Links, and tells what was asked for on the way. */
  async function link(user: ApiClient, id: string, provider: Visited, who: Person): Promise<URLSearchParams> {
    const prepared = await user.prepare(id, { linking: true });
    expect(prepared.json?.code, prepared.text).to.equal(0);
    const url = String(prepared.json?.data);
    const finished = await user.finish(id, await provider.approve(url, who));
    expect(finished.json?.code, finished.text).to.equal(0);
    return new URL(url).searchParams;
  }

  /** Unlinks, and waits until the one message that this leaves is off the list; returns that message. */
  async function unlink(user: ApiClient, id: string): Promise<MessageRow> {
    const before = new Set((await revocations()).map((row) => row.id));
    expect((await user.unlink(id)).json?.code).to.equal(0);
    for (const deadline = Date.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const [message, ...others] = (await revocations()).filter((row) => !before.has(row.id));
      expect(others).to.deep.equal([]);
      if (message !== undefined && message.sent_at !== null) return message;
      if (Date.now() > deadline) throw new Error(`Nothing settled the revocation: ${JSON.stringify(message)}`);
    }
  }

  const signedIn = () => stage.client().signIn('logto', stage.providers.logto, person());

  const askedAt = (path: string, requests: readonly RecordedRequest[]) => requests.filter((request) => request.path === path);

  it('are revoked at X, by the refresh token that lasts, once, and with Basic', async () => {
    const given: Json[] = [];
    x.bend.token = (honest) => {
      given.push(honest);
      return honest;
    };
    const user = await signedIn();
    const asked = await link(user, 'x', x, xPerson());
    expect(asked.get('scope')?.split(' ')).to.include('offline.access');
    const refreshToken = String(given[0]?.refresh_token);
    expect([given.length, x.isAlive(refreshToken), x.count('/2/oauth2/revoke')]).to.deep.equal([1, true, 0]);

    expect((await unlink(user, 'x')).attempts).to.equal(1);
    const [request, ...more] = askedAt('/2/oauth2/revoke', x.requests);
    expect(more).to.deep.equal([]);
    expect(request).to.deep.include({ method: 'POST', form: { token: refreshToken }, query: {} });
    expect(basicCredentials(request?.headers.authorization)).to.deep.equal([x.clientId, x.clientSecret]);
    expect(x.isAlive(refreshToken)).to.equal(false);
  });

  it('are revoked at X by the access token where no refresh token came', async () => {
    const given: Json[] = [];
    x.bend.token = ({ refresh_token, ...honest }) => {
      given.push(honest);
      return honest;
    };
    const user = await signedIn();
    const before = x.count('/2/oauth2/revoke');
    await link(user, 'x', x, xPerson());
    await unlink(user, 'x');
    const tokens = askedAt('/2/oauth2/revoke', x.requests).map(({ form }) => form.token);
    expect(tokens.slice(before)).to.deep.equal([given[0]?.access_token]);
  });

  it('are revoked at Apple, by the refresh token, once, and with a signed client secret in the body', async () => {
    const given: Json[] = [];
    apple.bend.token = (honest) => {
      given.push(honest);
      return honest;
    };
    const user = await signedIn();
    await link(user, 'apple', apple, person());
    const refreshToken = String(given[0]?.refresh_token);
    expect([given.length, apple.revoked]).to.deep.equal([1, []]);

    expect((await unlink(user, 'apple')).attempts).to.equal(1);
    // What stands in there was signed by the right key: Apple refuses everything else.
    expect(apple.revoked).to.deep.equal([refreshToken]);
    const [request, ...more] = askedAt('/auth/revoke', apple.requests);
    expect(more).to.deep.equal([]);
    const { clientId, teamId, keyId, issuer } = apple.options;
    const { client_secret: secret = '', ...form } = request?.form ?? {};
    expect(form).to.deep.equal({ client_id: clientId, token: refreshToken, token_type_hint: 'refresh_token' });
    expect(request?.headers).not.to.have.property('authorization');
    expect(decodeProtectedHeader(secret)).to.deep.equal({ alg: 'ES256', kid: keyId });
    expect(decodeJwt(secret)).to.include({ iss: teamId, sub: clientId, aud: issuer });
  });

  it('are revoked at Google, which was asked for offline access, by the refresh token and once', async () => {
    const { google } = stage.providers;
    // As Google does it: by the parameter, never by a scope.
    google.bend.token = (honest) => ({ ...honest, refresh_token: 'google-refresh-token' });
    const user = await signedIn();
    const asked = await link(user, 'google', google, person());
    expect([asked.get('access_type'), asked.get('prompt'), asked.get('scope')]).to.deep.equal([
      'offline',
      'consent',
      'openid profile email',
    ]);
    expect((await unlink(user, 'google')).attempts).to.equal(1);
    expect(askedAt('/revoke', google.requests).map(({ form }) => form.token)).to.deep.equal(['google-refresh-token']);
  });

  it('of QQ, which revokes none, are done with at once, and QQ is asked nothing', async () => {
    const user = await signedIn();
    await link(user, 'qq', qq, person());
    const before = qq.requests.length;
    expect((await unlink(user, 'qq')).attempts).to.equal(1);
    expect(qq.requests.slice(before)).to.deep.equal([]);
    expect(await user.linked()).to.deep.equal([0]);
  });
});
