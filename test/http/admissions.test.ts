// Who may become a user: what the host says of each newcomer, an allow-list of domains, and invitations.

import { expect } from 'chai';
import { DataTypes, type Model, type ModelStatic } from 'sequelize';
import type { BeforeSignUp, Latchkey, LatchkeyOptions } from '../../lib/index.js';
import { BioreClient, verdict } from '../support/biore-client.js';
import { ApiClient, BrowserClient } from '../support/client.js';
import { type HostScene, hostScene } from '../support/host-scene.js';
import { type Person, person } from '../support/person.js';
import { quickHasher } from '../support/quick-hasher.js';
import { databases, describeOn } from '../support/services.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

const PASSWORD = 'Correct horse battery 9';
const REFUSED = 40031;
const FORBIDDEN = '403 auth.oauth.sign_up_refused';

type Door = (host: TestHost, who: Person, headers?: Record<string, string>) => Promise<unknown>;

/** Every call that makes users, and what it answers to somebody it refuses. */
function doors(scene: HostScene): Readonly<Record<string, { readonly come: Door; readonly refusal: unknown; readonly success: unknown }>> {
  return {
    'Cloudreve sign-in by a provider': {
      async come({ base }, who, headers = {}) {
        const client = new ApiClient(base);
        client.headers = headers;
        return (await client.finish('google', await client.visit('google', scene.google, who))).json?.code;
      },
      refusal: REFUSED,
      success: 0,
    },
    'a browser': {
      async come({ base }, who, headers = {}) {
        const browser = new BrowserClient(base);
        const token = headers['latchkey-invitation'];
        if (token !== undefined) browser.cookies.set('latchkey-invitation', token);
        return (await browser.signIn('google', scene.google, who)).status;
      },
      refusal: 403,
      success: 302,
    },
    'Cloudreve POST /user': {
      come: async ({ base }, { email }, headers = {}) =>
        (await new ApiClient(base).call('POST', '/user', { email, password: PASSWORD }, { headers })).json?.code,
      refusal: REFUSED,
      success: 0,
    },
    'BIO.RE register': {
      async come({ base }, { email }, headers = {}) {
        const body = { email, password: PASSWORD, acceptedTerms: true, acceptedPrivacy: true };
        return verdict(await new BioreClient(base).call('POST', 'register', body, headers));
      },
      refusal: FORBIDDEN,
      success: '200',
    },
    'a native app': {
      come: async ({ base }, who, headers = {}) =>
        verdict(
          await new BioreClient(base).call(
            'POST',
            'oauth/login',
            { provider: 'google', idToken: await scene.google.idToken(who) },
            headers,
          ),
        ),
      refusal: FORBIDDEN,
      success: '200',
    },
  };
}

async function open(scene: HostScene, plugin: Partial<LatchkeyOptions>, more: object = {}): Promise<TestHost> {
  const nativeClientIds = ['an.app'];
  const google = { issuer: scene.google.issuer, clientId: scene.google.clientId, clientSecret: scene.google.clientSecret, nativeClientIds };
  return await scene.closing(
    openTestHost({
      providers: scene,
      plugin: { localAccounts: true, passwordHasher: quickHasher, providers: { google }, ...plugin },
      ...more,
    }),
  );
}

const count = ({ Members }: TestHost) => Members.count();

describe('Who may become a user', () => {
  const scene = hostScene();
  const ways = doors(scene);
  const invited = (token: string) => ({ 'latchkey-invitation': token });

  for (const [name, { come, refusal, success }] of Object.entries(doors(scene))) {
    it(`${name}: whom the host refuses is not made, and reads the documented failure; anybody else comes in`, async () => {
      const asked: Parameters<BeforeSignUp>[0][] = [];
      const host = await open(scene, {
        beforeSignUp(newcomer) {
          asked.push(newcomer);
          return newcomer.profile.email?.startsWith('bad') ? { refuse: true, message: 'Members only' } : undefined;
        },
      });
      expect(await come(host, person('bad'))).to.equal(refusal);
      expect(await count(host)).to.equal(0);
      expect(await come(host, person('good'))).to.equal(success);
      expect(await count(host)).to.equal(1);
      const [first] = asked;
      expect(first?.context).to.have.keys('correlationId', 'ip', 'userAgent');
      expect(first?.identity?.provider ?? 'by password').to.equal(/user|register/i.test(name) ? 'by password' : 'google');
    });

    it(`${name}: takes an invitation once, and no sign-up without one`, async () => {
      const host = await open(scene, { signUp: { invites: true } });
      const { token } = await host.keys.invites.create();
      expect(await come(host, person()), 'without').to.equal(refusal);
      expect(await come(host, person(), invited('A'.repeat(43))), 'an invented one').to.equal(refusal);
      expect(await come(host, person(), invited(token))).to.equal(success);
      expect(await come(host, person(), invited(token)), 'used').to.equal(refusal);
      expect(await count(host)).to.equal(1);
    });
  }

  it('a refusal carries the words of the host, in JSON and on the page', async () => {
    const host = await open(scene, { beforeSignUp: () => ({ refuse: true, message: 'Members <only>' }) });
    const client = new ApiClient(host.base);
    const answer = await client.finish('google', await client.visit('google', scene.google, person()));
    expect(answer.json?.msg).to.equal('Members <only>');
    const page = await host.browser().signIn('google', scene.google, person());
    expect(page.text).to.include('Members &lt;only&gt;');
  });

  it('writes the name, the language and the attributes that the host gives, and nothing that is not the host’s to give', async () => {
    let given: unknown = { nickname: 'Zoë', plan: 'gold' };
    const host = await open(scene, { beforeSignUp: () => given as { readonly nickname: string } });
    const come = ways['Cloudreve sign-in by a provider']?.come as Door;
    expect(await come(host, person())).to.equal(0);
    const member = await host.Members.findOne();
    expect([member?.nickname, member?.plan]).to.deep.equal(['Zoë', 'gold']);
    for (given of [
      { email: 'ceo@example.test' },
      { id: 7 },
      { passwordHash: 'x' },
      { unknown: 1 },
      { nickname: 7 },
      { refuse: 'yes' },
      [],
      'no',
    ])
      expect(await come(host, person()), JSON.stringify(given)).to.equal(-1);
    expect(await count(host)).to.equal(1);
  });

  it('makes nobody where the host throws, and asks nothing of somebody who is known', async () => {
    let isDown = false;
    const host = await open(scene, {
      beforeSignUp() {
        if (isDown) throw new RangeError('down');
      },
    });
    const come = ways['Cloudreve sign-in by a provider']?.come as Door;
    const known = person();
    expect(await come(host, known)).to.equal(0);
    isDown = true;
    expect(await come(host, person())).to.equal(-1);
    expect(await come(host, known)).to.equal(0);
    expect(await count(host)).to.equal(1);
  });

  it('lets in whose verified address is of a domain of the list, whatever its case, and no subdomain, typed or unverified one', async () => {
    const host = await open(scene, { signUp: { domains: ['Corp.test'] } });
    const byProvider = ways['Cloudreve sign-in by a provider']?.come as Door;
    const at = (domain: string, more: object = {}) => ({ ...person(), email: `${person().sub}@${domain}`, ...more });
    expect(await byProvider(host, at('CORP.test'))).to.equal(0);
    for (const who of [at('sub.corp.test'), at('notcorp.test'), at('corp.test', { email_verified: false }), at('corp.test.evil.test')])
      expect(await byProvider(host, who), who.email).to.equal(REFUSED);
    expect(await (ways['Cloudreve POST /user'] as { readonly come: Door }).come(host, at('corp.test')), 'nobody proves it here').to.equal(
      REFUSED,
    );
    expect(await count(host)).to.equal(1);
  });

  it('takes either an address of the list or an invitation where both are asked for', async () => {
    const host = await open(scene, { signUp: { domains: ['corp.test'], invites: true } });
    const come = ways['Cloudreve sign-in by a provider']?.come as Door;
    const { token } = await host.keys.invites.create();
    expect(await come(host, { ...person(), email: `${person().sub}@corp.test` }, invited(token))).to.equal(0);
    expect(await come(host, person(), invited(token)), 'the first one needed none').to.equal(0);
    expect(await come(host, person())).to.equal(REFUSED);
  });

  it('gives an invitation for an address to whoever has proven it, and not past its time', async () => {
    const host = await open(scene, { signUp: { invites: true } });
    const come = ways['Cloudreve sign-in by a provider']?.come as Door;
    const who = person();
    const { token } = await host.keys.invites.create({ email: who.email.toUpperCase() });
    expect(await come(host, person(), invited(token)), 'somebody else').to.equal(REFUSED);
    expect(await come(host, { ...who, sub: 'other', email_verified: false }, invited(token)), 'unproven').to.equal(REFUSED);
    expect(await come(host, who, invited(token))).to.equal(0);
    const { token: short } = await host.keys.invites.create({ expiresIn: '1ms' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await come(host, person(), invited(short))).to.equal(REFUSED);
  });

  it('leads a browser from the link to a sign-in that uses it, and says so of a link that is used', async () => {
    const host = await open(scene, { signUp: { invites: true } });
    const { url } = await host.keys.invites.create();
    const path = url.slice(host.base.length);
    const browser = host.browser();
    expect((await browser.open(path)).headers.get('location')).to.equal('/account/connections');
    expect(browser.setCookies.at(-1)).to.match(/HttpOnly; SameSite=Lax/);
    await browser.open(path);
    expect((await browser.signIn('google', scene.google, person())).status).to.equal(302);
    expect((await browser.me()).status).to.equal(200);
    expect((await host.browser().open(path)).status).to.equal(403);
  });

  it('keeps no token, only its hash', async () => {
    const host = await open(scene, { signUp: { invites: true } });
    const { token } = await host.keys.invites.create();
    const [rows] = await host.sequelize.query('SELECT * FROM sign_up_invitations');
    expect(rows).to.have.length(1);
    expect(JSON.stringify(rows)).not.to.include(token);
  });

  it('says at start what is wrong with the list', async () => {
    const wrong = async (signUp: unknown) =>
      open(scene, { signUp } as Partial<LatchkeyOptions>).then(
        () => 'started',
        (error: Error) => error.message,
      );
    expect(await wrong({ domains: [] })).to.include('signUp.domains');
    expect(await wrong({ domains: ['a b'] })).to.include('signUp.domains.0');
    expect(await wrong({ domain: ['a.test'] })).to.include('did you mean "domains"');
    const host = await open(scene, {});
    const refused = async (make: () => ReturnType<Latchkey['invites']['create']>) => make().catch((error: unknown) => error);
    expect(await refused(() => host.keys.invites.create())).to.be.instanceOf(TypeError);
  });
});

describeOn(databases, 'A new user, in the transaction that makes them', (kind) => {
  const scene = hostScene();

  it('commits or goes with what the host writes of them; of two who use one invitation at once one comes in', async () => {
    let profiles: ModelStatic<Model> | undefined;
    let fails = false;
    const host = await open(
      scene,
      {
        signUp: { invites: true },
        async userCreated(user, { transaction }) {
          await profiles?.create({ owner: Number(user.id), note: user.nickname }, { transaction });
          if (fails) throw new RangeError('the last step');
        },
      },
      { database: kind },
    );
    profiles = host.sequelize.define(
      'Profile',
      { owner: { type: DataTypes.INTEGER, primaryKey: true }, note: DataTypes.STRING(255) },
      { timestamps: false },
    );
    await profiles.sync();
    const come = doors(scene)['Cloudreve sign-in by a provider']?.come as Door;
    const { token } = await host.keys.invites.create();
    const headers = { 'latchkey-invitation': token };
    fails = true;
    expect(await come(host, person(), headers)).to.equal(-1);
    expect([await count(host), await profiles.count()]).to.deep.equal([0, 0]);
    fails = false;
    const codes = await Promise.all(Array.from({ length: 6 }, () => come(host, person(), headers)));
    expect(codes.sort()).to.deep.equal([0, ...Array.from({ length: 5 }, () => REFUSED)]);
    expect([await count(host), await profiles.count()]).to.deep.equal([1, 1]);
  });
});
