// Many passwords at once: they wait for one another, and nothing else waits for them.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import type { PasswordHasher } from '../../lib/accounts/password-hasher.js';
import { argon2Hasher } from '../../lib/accounts/password-hasher.js';
import { readEnvironment } from '../../lib/server/environment.js';
import { startServer as serve } from '../../lib/server/server.js';
import { ApiClient } from '../support/client.js';
import { type HttpAnswer, request } from '../support/http-request.js';
import { FREE } from '../support/no-limits.js';
import { type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { PASSWORD, PASSWORD_HASH } from '../support/passwords.js';
import { quickHasher } from '../support/quick-hasher.js';
import { newFolder } from '../support/run-folder.js';
import { settingOf } from '../support/server-setting.js';
import { openTestHost, type TestHost } from '../support/test-host.js';

const MINUTE_MS = 60_000;
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(5);
}

describe('While forty sign in by password at once', () => {
  /** Whoever opens it to read holds a thread of libuv's pool, as a hash does, until somebody opens it to write. */
  const pipe = join(newFolder('pipe'), 'hashing');
  let hashing = 0;
  let isSlow = false;

  const hasher: PasswordHasher = {
    ...quickHasher,
    async verify(stored, password) {
      if (isSlow) {
        hashing += 1;
        await (await open(pipe, 'r')).close();
      }
      return await quickHasher.verify(stored, password);
    },
  };

  /** Fails while nobody reads. */
  function letOneGo(): void {
    try {
      closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch {}
  }

  it('the server is ready, and answers from its SQLite file', async () => {
    execFileSync('mkfifo', [pipe]);
    const rateLimits = { password: FREE };
    const setting = settingOf(
      { config: { verifyEmail: false, rateLimits, providers: { x: { clientId: 'x', clientSecret: 'x' } } }, env: { TRUST_PROXY: '1' } },
      0,
    );
    const { url, close } = await serve(readEnvironment(setting.env), { log: { write: () => undefined }, passwordHasher: hasher });
    const client = new ApiClient(url);
    const email = 'ann@example.test';
    await client.signUp(email, PASSWORD);
    await client.signInWithPassword(email, PASSWORD);
    isSlow = true;
    let settled = 0;
    const flood = times(40, async (n) => {
      const headers = { 'x-forwarded-for': `10.0.0.${n}` };
      const answer = await new ApiClient(url).call('POST', '/session/token', { email, password: PASSWORD }, { headers });
      settled += 1;
      return codeOf(answer);
    });
    try {
      await until(() => hashing > 0);
      await pause(100);
      for (const _ of times(3, Number)) {
        expect((await request(`${url}/readyz`, { method: 'GET' })).status).to.equal(200);
        expect(codeOf(await client.setting())).to.equal(0);
      }
      expect([hashing, settled]).to.deep.equal([2, 0]);
    } finally {
      isSlow = false;
      await until(() => {
        letOneGo();
        return settled === 40;
      });
      expect(await Promise.all(flood)).to.deep.equal(times(40, () => 0));
      await close();
    }
  });
});

describe('Passwords that wait', () => {
  let providers: Readonly<Record<'oidc' | 'google', OpenIdProvider>>;
  let host: TestHost;
  /** Checks that are under way, each until it is let go. */
  const held: (() => void)[] = [];
  let mostAtOnce = 0;
  let isOpen = true;

  const hasher: PasswordHasher = {
    ...argon2Hasher,
    async verify(stored, password) {
      const right = await argon2Hasher.verify(stored, password);
      if (isOpen) return right;
      mostAtOnce = Math.max(mostAtOnce, held.length + 1);
      await new Promise<void>((resolve) => held.push(resolve));
      return right;
    },
  };

  before(async () => {
    const [oidc, google] = await Promise.all([startOpenIdProvider(), startOpenIdProvider()]);
    providers = { oidc, google };
    host = await openTestHost({
      providers,
      plugin: { passwordHasher: hasher, localAccounts: true },
      before: (app) => app.set('trust proxy', 1),
    });
    await host.Members.create({ email: 'ann@example.test', passwordHash: PASSWORD_HASH, nickname: 'Ann', plan: 'free' });
  });
  after(async () => {
    await host?.close();
    await Promise.all(Object.values(providers).map((provider) => provider.close()));
  });
  beforeEach(() => {
    isOpen = false;
    mostAtOnce = 0;
  });
  afterEach(() => letGo());

  /** Lets every check go, and whatever comes. */
  function letGo(): void {
    isOpen = true;
    for (const go of held.splice(0)) go();
  }

  const signIn = (ip: string) =>
    new ApiClient(host.base).call(
      'POST',
      '/session/token',
      { email: 'ann@example.test', password: PASSWORD },
      { headers: { 'x-forwarded-for': ip } },
    );

  it('are checked two at a time, and one of each client', async () => {
    const alone = times(6, () => signIn('10.0.0.1'));
    await until(() => held.length === 1);
    await pause(100);
    expect(held.length).to.equal(1);
    const more = ['10.0.0.2', '10.0.0.3', '10.0.0.4'].map(signIn);
    await until(() => held.length === 2);
    await pause(100);
    expect(mostAtOnce).to.equal(2);
    letGo();
    expect((await Promise.all([...alone, ...more])).map(codeOf)).to.deep.equal(times(9, () => 0));
  });

  it('wait no longer for one who sends many than for one who sends one', async () => {
    let settled = 0;
    const floods = ['10.0.1.1', '10.0.1.2'].flatMap((ip) => times(25, () => signIn(ip).finally(() => (settled += 1))));
    await until(() => held.length === 2);
    let isIn = false;
    const single = signIn('10.0.1.3').finally(() => (isIn = true));
    await pause(500); // Until it stands in line.
    while (!isIn) {
      held.shift()?.();
      await pause(5);
    }
    const wentBefore = settled;
    letGo();
    expect((await Promise.all([...floods, single])).map(codeOf)).to.deep.equal(times(51, () => 0));
    expect(wentBefore, 'of fifty').to.be.below(12);
  });

  it('are refused where there are too many, the latest of whoever sends most first, and not for good', async () => {
    let refused = 0;
    const flood = times(400, async () => {
      const answer = await signIn('10.0.2.1');
      if (codeOf(answer) === 429) refused += 1;
      return answer;
    });
    await until(() => refused === 400 - 257);
    const single = signIn('10.0.2.2');
    await until(() => held.length === 2);
    const other = signIn('10.0.2.3');
    await until(() => refused === 400 - 256);
    letGo();
    const answers = await Promise.all(flood);
    expect(codeOf(await single)).to.equal(0);
    expect(codeOf(await other)).to.equal(0);
    const [tooMany] = answers.filter((answer) => codeOf(answer) !== 0);
    expect([tooMany?.status, codeOf(tooMany as HttpAnswer), tooMany?.headers.get('retry-after')]).to.deep.equal([429, 429, '5']);
    expect(answers.filter((answer) => codeOf(answer) === 0)).to.have.length(256);
    expect(codeOf(await signIn('10.0.2.1'))).to.equal(0);
  }).timeout(MINUTE_MS);

  it('are sent away when the plugin closes', async () => {
    let sentAway = 0;
    const both = times(2, async () => {
      const { status } = await signIn('10.0.3.1');
      if (status === 503) sentAway += 1;
      return status;
    });
    await until(() => held.length === 1);
    await pause(50);
    const closed = host.keys.close();
    await until(() => sentAway === 1);
    letGo();
    expect((await Promise.all(both)).sort()).to.deep.equal([200, 503]);
    await closed;
  });
});
