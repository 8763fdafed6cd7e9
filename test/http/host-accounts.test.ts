// Proof of address and recovery in an app of somebody else's, with members of its own.

import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { DataTypes, type ModelAttributes } from 'sequelize';
import type { HostUsers, LatchkeyOptions, Mail } from '../../lib/index.js';
import { ConfigurationError } from '../../lib/support/configuration-error.js';
import { ApiClient } from '../support/client.js';
import type { HttpAnswer } from '../support/http-request.js';
import { FREE } from '../support/no-limits.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { quickHasher } from '../support/quick-hasher.js';
import { databases, describeOn } from '../support/services.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

const PASSWORD = 'Correct horse battery 9';
const OTHER = 'Another correct horse 8';

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

/** As strict as a host can be: every member has an address, and nobody another's. */
const COLUMNS: ModelAttributes = {
  email: { type: DataTypes.STRING(254), unique: true, allowNull: false },
  state: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'active' },
  proven: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
};
const PROVABLE: Partial<HostUsers> = { status: 'state', emailVerified: 'proven' };

describeOn(databases, 'Members of a host', (kind) => {
  let providers: { readonly oidc: OpenIdProvider; readonly google: OpenIdProvider };
  let host: TestHost;
  const sent: Mail[] = [];
  const mail: LatchkeyOptions['mail'] = {
    from: 'club@example.test',
    transport: {
      async send(each) {
        sent.push(each);
      },
      close: () => undefined,
    },
  };
  const plugin = { localAccounts: true, passwordHasher: quickHasher, mail } satisfies Partial<LatchkeyOptions>;

  before(async () => {
    const [oidc, google] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
    providers = { oidc, google };
    const biore = { verifyEmail: FREE, resendVerification: FREE, forgotPassword: FREE, resetPassword: FREE };
    const rateLimits = { password: FREE, biore };
    const options = { providers, plugin: { ...plugin, rateLimits }, users: PROVABLE, attributes: COLUMNS };
    host = await openTestHost({ ...options, database: kind });
  });
  after(async () => {
    await host.close();
    await Promise.all(Object.values(providers).map((provider) => provider.close()));
  });

  const client = () => new ApiClient(host.base);
  const post = (path: string, body: object) => client().call('POST', `/api/v1/auth/${path}`, body);
  const enter = (email: string, password: string) => client().call('POST', '/session/token', { email, password });
  const stateOf = async (email: string) => {
    const member = await host.Members.findOne({ where: { email } });
    return member && [member.get('state'), Boolean(member.get('proven'))];
  };

  async function tokenTo(address: string, page: 'verify' | 'reset'): Promise<string> {
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(30)) {
      const found = sent.flatMap(({ to, text }) =>
        to === address ? [new RegExp(`/auth/${page}\\?token=([\\w-]{43})`).exec(text)?.[1]] : [],
      );
      const token = found.findLast((each) => each !== undefined);
      if (token !== undefined) return token;
    }
    throw new Error(`No link came to ${address}`);
  }

  it('sign up, wait for the proof in the column of their state, and come in after it', async () => {
    const { email } = person();
    expect(codeOf(await client().signUp(email, PASSWORD))).to.equal(203);
    expect(await stateOf(email)).to.deep.equal(['inactive', false]);
    expect(codeOf(await enter(email, PASSWORD))).to.equal(40018);
    expect((await post('verify-email', { token: await tokenTo(email, 'verify') })).json).to.deep.equal({ success: true });
    expect(await stateOf(email)).to.deep.equal(['active', true]);
    expect(codeOf(await enter(email, PASSWORD))).to.equal(0);
  });

  it('get back in by a link in a mail', async () => {
    const { email } = person();
    await host.Members.create({ email, nickname: 'Ann', plan: 'gold', passwordHash: null, proven: true } as never);
    expect((await post('forgot-password', { email })).status).to.equal(200);
    const token = await tokenTo(email, 'reset');
    expect((await post('reset-password', { token, newPassword: OTHER })).json).to.deep.equal({ success: true });
    expect(codeOf(await enter(email, OTHER))).to.equal(0);
  });

  it('are not kept out by somebody who signed up with their address, though the table holds it once', async () => {
    const verified = person();
    await client().signUp(verified.email, PASSWORD);
    const by = await client().signIn('google', providers.google, verified);
    expect(by.user).to.include({ email: verified.email });
    expect(await stateOf(verified.email)).to.deep.equal(['active', true]);

    const unverified = { ...person(), email_verified: false };
    await client().signUp(unverified.email, PASSWORD);
    const token = await tokenTo(unverified.email, 'verify');
    const typed = await client().signIn('oidc', providers.oidc, unverified);
    expect(await stateOf(unverified.email)).to.deep.equal(['active', false]);
    expect((await post('verify-email', { token })).json).to.deep.equal({ success: true });
    const owner = await client().signInWithPassword(unverified.email, PASSWORD);
    expect(owner.user?.id).not.to.equal(typed.user?.id);
    expect((await client().signIn('oidc', providers.oidc, unverified)).user?.id).to.equal(typed.user?.id);
  });

  it('that the host had before lose no address that it knows to be proven', async () => {
    const { email, sub } = person();
    await host.Members.create({
      email,
      nickname: 'Ann',
      plan: 'gold',
      passwordHash: await quickHasher.hash(PASSWORD),
      proven: true,
    } as never);
    const back = await client().visit('google', providers.google, { sub, email, email_verified: true });
    expect(codeOf(await client().finish('google', back))).to.equal(40032);
    expect(codeOf(await client().signUp(email, OTHER))).to.equal(40032);
    expect(codeOf(await enter(email, PASSWORD))).to.equal(0);
  });

  it('whose table says nothing of proof sign up at once, as before', async () => {
    const other = await openTestHost({ providers, plugin, database: kind });
    try {
      const by = new ApiClient(other.base);
      const who = person();
      expect(codeOf(await by.signUp(who.email, PASSWORD))).to.equal(0);
      await by.signInWithPassword(who.email, PASSWORD);
      const back = await by.visit('google', providers.google, who);
      expect(codeOf(await new ApiClient(other.base).finish('google', back)), 'nobody takes it').to.equal(40032);
    } finally {
      await other.close();
    }
  });
});

describeOn(['sqlite'], 'Proof of address that cannot be had', (kind) => {
  const mail = { from: 'a@b.test', transport: { send: async () => undefined, close: () => undefined } };
  for (const [why, options] of Object.entries({
    'without mail': { plugin: { localAccounts: true }, users: PROVABLE },
    'without local accounts': { plugin: { mail }, users: PROVABLE },
    'of members who have no state': { plugin: { localAccounts: true, mail }, users: { emailVerified: 'proven' } },
    'of members of whom no proof is known': { plugin: { localAccounts: true, mail }, users: { status: 'state' } },
  } satisfies Record<string, { readonly plugin: Partial<LatchkeyOptions>; readonly users: Partial<HostUsers> }>)) {
    it(`is refused at start, ${why}`, async () => {
      const [oidc, google] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
      try {
        const open = openTestHost({
          ...{ providers: { oidc, google }, database: kind, attributes: COLUMNS, users: options.users },
          plugin: { ...options.plugin, verifyEmail: true },
        });
        const error: unknown = await open.then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(String(error)).to.match(/verifyEmail: expected false/);
      } finally {
        await Promise.all([oidc.close(), google.close()]);
      }
    });
  }

  it('leaves the calls that need mail to the host', async () => {
    const [oidc, google] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
    const host = await openTestHost({
      providers: { oidc, google },
      database: kind,
      plugin: { localAccounts: true, passwordHasher: quickHasher },
    });
    try {
      const by = new ApiClient(host.base);
      for (const path of ['/api/v1/auth/forgot-password', '/api/v1/auth/verify-email', '/user/reset', '/auth/forgot']) {
        expect((await by.call('POST', path, {})).status, path).to.equal(404);
      }
      expect((await host.browser().open('/account/connections')).text).not.to.include('/auth/forgot');
    } finally {
      await host.close();
      await Promise.all([oidc.close(), google.close()]);
    }
  });
});
