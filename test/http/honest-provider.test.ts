// Everything a person does at a provider, with a provider that is somebody else's work: panva's oidc-provider, with each kind of signature.

import { join } from 'node:path';
import { expect } from 'chai';
import { QueryTypes } from 'sequelize';
import { openDatabase } from '../../lib/server/database.js';
import { ApiClient, providerNumber } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { type HttpAnswer, type Json, request } from '../support/http-request.js';
import { type PanvaProvider, type PanvaProviderOptions, startPanvaProvider } from '../support/panva-provider.js';
import { type Person, person } from '../support/person.js';
import { type Server, startServer } from '../support/server.js';

const LAST_METHOD = 40084;
const PROVIDER_FAILED = 50007;

/** Provider ids, and who answers for them. */
const CAST = {
  logto: { alg: 'ES384', issuerPath: '/oidc' },
  oidc: { alg: 'EdDSA' },
  google: { alg: 'RS256', issuerPath: '/a/b' },
  acme: { alg: 'ES256' },
  /** Nobody goes there before its key changes. */
  newcomer: { alg: 'EdDSA' },
} as const satisfies Readonly<Record<string, Pick<PanvaProviderOptions, 'alg' | 'issuerPath'>>>;

type Id = keyof typeof CAST;

interface Asked {
  readonly by: ApiClient;
  readonly id: Id;
  readonly who: Person;
}

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

async function until(what: string, condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 8_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (Date.now() > deadline) throw new Error(`Timed out waiting until ${what}`);
  }
}

describe('With a provider that others wrote', () => {
  let server: Server;
  let config: object;
  const providers = new Map<Id, PanvaProvider>();

  const at = (id: Id): PanvaProvider => {
    const provider = providers.get(id);
    if (provider === undefined) throw new TypeError(`${id} was not started`);
    return provider;
  };

  before(async function () {
    this.timeout(30_000); // A server process and a 2048 bit key.
    const port = await freePort();
    const callback = (id: Id) => `http://127.0.0.1:${port}/callback/openid/${providerNumber(id)}`;
    const start = async (id: Id) => providers.set(id, await startPanvaProvider({ ...CAST[id], redirectUri: callback(id) }));
    await Promise.all([start('logto'), start('oidc'), start('google'), start('acme'), start('newcomer')]);
    const plain = (id: Id) => ({ issuer: at(id).issuer, clientId: at(id).clientId, clientSecret: at(id).clientSecret });
    const { clientId, clientSecret, origin } = at('logto');
    const logto = { endpoint: origin, clientId, clientSecret };
    const further = (id: Id) => ({ type: 'oidc', ...plain(id) });
    config = {
      storeProviderTokens: true,
      providers: {
        logto,
        oidc: plain('oidc'),
        google: { ...plain('google'), scope: 'profile email' },
        acme: further('acme'),
        newcomer: further('newcomer'),
      },
    };
    server = await startServer({ port, config, env: { LOG_LEVEL: 'warn' } });
  });
  after(async () => {
    await server?.stop();
    await Promise.all([...providers.values()].map((provider) => provider.close()));
  });

  const client = () => new ApiClient(server.base);

  async function prepare({ by, id }: Pick<Asked, 'by' | 'id'>, linking = false): Promise<string> {
    const answer = await by.prepare(id, linking ? { linking } : {});
    expect(codeOf(answer), answer.text).to.equal(0);
    return String(answer.json?.data);
  }

  /** There and back; the finish carries `iss` as well, so that it is compared. */
  async function finish({ by, id, who }: Asked, authorizationUrl: string): Promise<HttpAnswer> {
    const back = await at(id).approve(authorizationUrl, who);
    expect(back.iss).to.equal(at(id).issuer);
    return by.finish(id, back, { iss: back.iss });
  }

  async function signIn(asked: Asked): Promise<Json | undefined> {
    const answer = await finish(asked, await prepare(asked));
    expect(codeOf(answer), answer.text + server.output().slice(-1000)).to.equal(0);
    const { token, user } = answer.json?.data ?? {};
    asked.by.token = String(token?.access_token);
    asked.by.refreshToken = String(token?.refresh_token);
    return user;
  }

  async function link(asked: Asked): Promise<void> {
    const answer = await finish(asked, await prepare(asked, true));
    expect(codeOf(answer), answer.text + server.output().slice(-1000)).to.equal(0);
  }

  async function isVerified(email: unknown): Promise<boolean | undefined> {
    const database = openDatabase(`sqlite:${join(server.dataDir, 'latchkey.sqlite')}`);
    try {
      const sql = 'SELECT email_verified AS verified FROM users WHERE email = :email';
      const [row] = await database.query<{ verified: number }>(sql, { type: QueryTypes.SELECT, replacements: { email } });
      return row === undefined ? undefined : row.verified === 1;
    } finally {
      await database.close();
    }
  }

  for (const id of ['logto', 'oidc', 'google', 'acme'] as const) {
    it(`a person is new the first time and known the second, by ${CAST[id].alg} (${id})`, async () => {
      const who = person();
      const user = await signIn({ by: client(), id, who });
      expect(user).to.include({ email: who.email, nickname: who.name });
      expect(await isVerified(who.email)).to.equal(true);
      expect((await signIn({ by: client(), id, who }))?.id).to.equal(user?.id);
      expect((await signIn({ by: client(), id, who: person() }))?.id).not.to.equal(user?.id);
    });
  }

  it('an address that the provider did not verify is not verified here', async () => {
    const who = { ...person(), email_verified: false };
    expect(await signIn({ by: client(), id: 'oidc', who })).to.include({ email: who.email });
    expect(await isVerified(who.email)).to.equal(false);
  });

  for (const [first, second] of [
    ['logto', 'oidc'],
    ['oidc', 'logto'],
  ] as const) {
    it(`a person who came by ${first} links ${second}, sees both, and keeps one of them`, async () => {
      const by = client();
      const [one, other] = [person(), person()];
      const user = await signIn({ by, id: first, who: one });
      await link({ by, id: second, who: other });
      expect(await by.linked()).to.have.members([0, 2]);
      const identities: unknown = (await by.identities()).json?.data;
      expect(JSON.stringify(identities)).to.include(one.sub).and.to.include(other.sub).and.to.include(other.email);
      expect((await signIn({ by: client(), id: second, who: other }))?.id).to.equal(user?.id);

      expect(codeOf(await by.unlink(second))).to.equal(0);
      expect(await by.linked()).to.deep.equal([providerNumber(first)]);
      expect(codeOf(await by.unlink(first))).to.equal(LAST_METHOD);
      expect(await by.linked()).to.deep.equal([providerNumber(first)]);
      expect((await signIn({ by: client(), id: first, who: one }))?.id).to.equal(user?.id);
      expect((await signIn({ by: client(), id: second, who: other }))?.id).not.to.equal(user?.id);

      await until('the token was revoked', () => at(second).revoked.includes(other.sub));
      expect(at(first).revoked).not.to.include(one.sub);
    });
  }

  it('a person who signs out is signed out at Logto too, and comes back here', async () => {
    const by = client();
    const who = person();
    await signIn({ by, id: 'logto', who });
    expect(await at('logto').isSignedIn(who)).to.equal(true);
    const answer = await by.call('DELETE', '/session/token', { refresh_token: by.refreshToken });
    const back = await at('logto').signOut(String(answer.json?.data), who);
    expect(new URL(back).href).to.equal(`${server.base}/`);
    expect(await at('logto').isSignedIn(who)).to.equal(false);
  });

  describe('that changes its key while somebody is there', () => {
    const keyIds = async (id: Id): Promise<readonly unknown[]> => {
      const keys: unknown = (await request(`${at(id).issuer}/jwks`, { method: 'GET' })).json?.keys;
      return Array.isArray(keys) ? keys.map(({ kid }) => kid) : [];
    };

    async function rotate(id: Id): Promise<void> {
      const [old] = await keyIds(id);
      await at(id).rotateKey();
      expect(await keyIds(id))
        .to.have.length(1)
        .and.not.include(old);
    }

    /** On the same data and under the same address, as after a deployment. */
    async function withFreshProcess(play: (by: ApiClient) => Promise<void>): Promise<void> {
      const fresh = await startServer({ dataDir: server.dataDir, config, env: { BASE_URL: server.base, LOG_LEVEL: 'warn' } });
      try {
        await play(new ApiClient(fresh.base));
      } finally {
        await fresh.stop();
      }
    }

    it('a process that has seen no key yet signs the person in', async () => {
      const asked = { by: client(), id: 'newcomer', who: person() } as const;
      const url = await prepare(asked);
      await rotate(asked.id);
      const answer = await finish(asked, url);
      expect([answer.status, codeOf(answer)], answer.text).to.deep.equal([200, 0]);
    });

    it('a process that knows the old key fails in the documented way at most, and a fresh one signs the person in', async () => {
      const asked = { by: client(), id: 'acme', who: person() } as const;
      const user = await signIn(asked);
      const url = await prepare(asked);
      await rotate(asked.id);
      const answer = await finish(asked, url);
      expect(answer.status, answer.text).to.equal(200);
      expect(codeOf(answer), answer.text).to.be.oneOf([0, PROVIDER_FAILED]);
      await withFreshProcess(async (by) => {
        expect((await signIn({ ...asked, by }))?.id).to.equal(user?.id);
      });
    });
  });
});
