// What a provider's outage, silence, flood, new key or lie costs the standalone server, and that it heals by itself.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { createHttpClient } from '../../lib/oauth/http-client.js';
import { createKeySet } from '../../lib/oauth/key-set.js';
import type { Keys } from '../../lib/oauth/signed-token.js';
import { expectAnswer } from '../support/answer-schema.js';
import { ApiClient, providerNumber } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { BROKEN_BODIES, BROKEN_DISCOVERIES, FORGED_ID_TOKENS, WRONG_CLAIMS } from '../support/hostile-answers.js';
import type { HttpAnswer } from '../support/http-request.js';
import { type Bend, type OpenIdProvider, startOpenIdProvider } from '../support/openid-provider.js';
import { person } from '../support/person.js';
import { type Server, startServer } from '../support/server.js';
import { openStage, type Stage } from '../support/stage.js';
import { startXEmulator, type XEmulator, xPerson } from '../support/x-emulator.js';

const FAILED = 50007;

const codeOf = ({ json }: HttpAnswer): unknown => json?.code;

const clientOf = ({ clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string }) => ({ clientId, clientSecret });
const oidcOf = (provider: OpenIdProvider) => ({ type: 'oidc', issuer: provider.issuer, ...clientOf(provider) });

function expectFailed(answer: HttpAnswer): void {
  expect([answer.status, codeOf(answer)], answer.text).to.deep.equal([200, FAILED]);
  expectAnswer('cloudreve-failure', answer.json);
}

/** Milliseconds until it settled, and its answer. */
async function timed<T>(work: Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const began = performance.now();
  const value = await work;
  return { ms: performance.now() - began, value };
}

function straighten(bend: Bend): void {
  for (const name of Object.keys(bend)) Reflect.deleteProperty(bend, name);
}

interface Door {
  readonly origin: string;
  /** Takes connections and says nothing on them, as a frozen process does. */
  beSilent(): Promise<void>;
  /** Leads to a provider on another port, also whoever waits. */
  leadTo(url: string): Promise<void>;
  close(): Promise<void>;
}

/** A port on which nobody listens until told. */
async function doorway(): Promise<Door> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const waiting = new Set<Socket>();
  let target: number | undefined;

  function keep(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket) && waiting.delete(socket));
  }

  function lead(near: Socket, to: number): void {
    const far = keep(connect(to, '127.0.0.1'));
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
  }

  const server = createServer((near) => {
    keep(near);
    if (target === undefined) waiting.add(near);
    else lead(near, target);
  });
  const open = async () => {
    if (server.listening) return;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    beSilent: open,
    async leadTo(url) {
      target = Number(new URL(url).port);
      for (const near of waiting) lead(near, target);
      waiting.clear();
      await open();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** As if the provider lived behind the door. */
function moveBehind({ origin }: Door, provider: OpenIdProvider): void {
  const moved = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll(provider.origin, origin));
  Object.assign(provider.bend, { discovery: moved, idTokenClaims: moved, redirect: moved } satisfies Bend);
}

describe('While every provider is down', () => {
  let doors: { readonly refusing: Door; readonly silent: Door; readonly x: Door };
  let oidc: OpenIdProvider;
  let google: OpenIdProvider;
  let x: XEmulator;
  let server: Server;
  let tookToServe: number;
  let usually: number;

  before(async function () {
    this.timeout(60_000); // Two processes start.
    [oidc, google, x] = await Promise.all([startOpenIdProvider({ alg: 'ES256' }), startOpenIdProvider({ alg: 'ES256' }), startXEmulator()]);
    const [refusing, silent, toX] = await Promise.all([doorway(), doorway(), doorway()]);
    doors = { refusing, silent, x: toX };
    moveBehind(refusing, oidc);
    moveBehind(silent, google);
    await silent.beSilent();
    const atDoor = (url: string) => url.replace(new URL(url).origin, toX.origin);
    const { authorization, token, userInfo, revocation } = x.endpoints;
    const endpoints = {
      ...{ authorization: atDoor(authorization), token: atDoor(token) },
      ...{ userInfo: atDoor(userInfo), revocation: atDoor(revocation) },
    };
    const providers = {
      oidc: { issuer: refusing.origin, ...clientOf(oidc) },
      google: { issuer: silent.origin, ...clientOf(google) },
      x: { endpoints, ...clientOf(x) },
    };
    const config = { appName: 'BIO.RE', verifyEmail: false };
    const usual = await timed(startServer({ config }));
    usually = usual.ms;
    await usual.value.stop();
    ({ ms: tookToServe, value: server } = await timed(startServer({ config: { ...config, providers } })));
  });
  after(async () => {
    await server?.stop();
    await Promise.all([...Object.values(doors), oidc, google, x].map((one) => one.close()));
  });

  const client = () => new ApiClient(server.base);

  it('the server starts within 3 s, and is ready', async () => {
    // A busy machine starts no process within 3 s, with or without providers.
    expect(tookToServe).to.be.below(Math.max(3_000, usually * 1.5));
    expect((await client().call('GET', '/healthz')).json).to.deep.equal({ status: 'ok' });
    expect((await client().call('GET', '/readyz')).status).to.equal(200);
  });

  it('a person signs up and in with a password', async () => {
    const { email } = person();
    expect(codeOf(await client().signUp(email, 'a long enough passphrase'))).to.equal(0);
    await client().signInWithPassword(email, 'a long enough passphrase');
  });

  it('a sign-in at one of them fails within 6 s, whether it refuses or says nothing', async function () {
    this.timeout(15_000);
    const asked = ['oidc', 'google'].map(async (id) => {
      const { ms, value } = await timed(client().prepare(id));
      expectFailed(value);
      expect(ms, id).to.be.below(6_000);
    });
    await Promise.all(asked);
    const back = await client().prepare('x');
    const state = new URL(String(back.json?.data)).searchParams.get('state') ?? '';
    expectFailed(await client().finish('x', { code: 'a-code', state }));
  });

  it('each heals once it is back, without a restart', async () => {
    await Promise.all([doors.refusing.leadTo(oidc.origin), doors.silent.leadTo(google.origin), doors.x.leadTo(x.endpoints.token)]);
    await client().signIn('oidc', oidc, person());
    await client().signIn('google', google, person());
    const prepared = await client().prepare('x');
    expect(codeOf(await client().finish('x', await x.approve(String(prepared.json?.data), xPerson())))).to.equal(0);
    expect((await client().call('GET', '/healthz')).json).to.deep.equal({ status: 'ok' });
  });
});

describe('While one provider never answers', () => {
  let stage: Stage;
  let silent: Door;
  /** Silent in the middle of a finish only. */
  let atToken: OpenIdProvider;
  let atUserInfo: OpenIdProvider;

  before(async function () {
    this.timeout(60_000); // A process starts.
    [silent, atToken, atUserInfo] = await Promise.all([
      doorway(),
      startOpenIdProvider({ alg: 'ES256' }),
      startOpenIdProvider({ alg: 'ES256' }),
    ]);
    await silent.beSilent();
    const providers = {
      silent: { type: 'oidc', issuer: silent.origin, clientId: 'latchkey', clientSecret: 'secret' },
      token: oidcOf(atToken),
      userinfo: oidcOf(atUserInfo),
    };
    stage = await openStage({ database: 'sqlite', config: { providers } });
    await stage.client().signIn('google', stage.providers.google, person());
  });
  after(() => Promise.all([stage?.close(), silent.close(), atToken.close(), atUserInfo.close()]));

  const never = () => new Promise(() => undefined);

  async function expectFiveSeconds(work: Promise<HttpAnswer>, what: string): Promise<void> {
    const { ms, value } = await timed(work);
    expectFailed(value);
    // Beside other suites an answer may take its time.
    expect(ms, what).to.be.within(4_500, 6_500);
  }

  /** So many people in the middle of a sign-in. */
  const visits = (id: string, provider: OpenIdProvider) =>
    Promise.all(Array.from({ length: 5 }, () => stage.client().visit(id, provider, person())));

  it('its people wait 5 s, everybody else waits for nothing, and it is used again once it speaks', async () => {
    const [tokens, infos] = [await visits('token', atToken), await visits('userinfo', atUserInfo)];
    atToken.bend.token = never;
    atUserInfo.bend.userinfo = never;
    const waiting = [
      ...tokens.map((back) => expectFiveSeconds(stage.client().finish('token', back), 'finish without a token')),
      ...infos.map((back) => expectFiveSeconds(stage.client().finish('userinfo', back), 'finish without userinfo')),
      ...tokens.map(() => expectFiveSeconds(stage.client().prepare('silent'), 'prepare')),
    ];
    let isOver = false;
    const allWaited = Promise.all(waiting).finally(() => {
      isOver = true;
    });
    const lanes = Array.from({ length: 4 }, async () => {
      for (let n = 0; n < 5; n += 1) {
        const { ms } = await timed(stage.client().signIn('google', stage.providers.google, person()));
        expect(ms, 'a sign-in elsewhere').to.be.below(2_000);
      }
    });
    await Promise.all(lanes);
    expect(isOver, 'whether anybody still waited when all twenty were in').to.equal(false);
    await allWaited;
    straighten(atToken.bend);
    straighten(atUserInfo.bend);
    await stage.client().signIn('token', atToken, person());
    await stage.client().signIn('userinfo', atUserInfo, person());
  });
});

const MIB = 1024 * 1024;

/** Resident memory of a process in bytes. */
function residentMemory(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

/** The most that a process had while something ran. */
async function peakMemory(pid: number, work: Promise<unknown>): Promise<number> {
  let peak = residentMemory(pid);
  const sampling = setInterval(() => {
    peak = Math.max(peak, residentMemory(pid));
  }, 50);
  await work.finally(() => clearInterval(sampling));
  return Math.max(peak, residentMemory(pid));
}

describe('While a provider sends 300 MB', () => {
  const SIZE = 300_000_000;
  let flood: ReturnType<typeof createHttpServer>;
  let floodOrigin: string;
  let stage: Stage;
  const endpoints = { token_endpoint: 'token', jwks_uri: 'keys', userinfo_endpoint: 'userinfo' } as const;
  const flooded = new Map<string, OpenIdProvider>();
  let floods = 0;
  /** Resident memory once it has done what honest people ask for. */
  let usual = 0;

  before(async function () {
    if (process.platform !== 'linux') this.skip(); // Only Linux tells the memory of another process by a file.
    this.timeout(60_000); // A process starts.
    const chunk = Buffer.alloc(64 * 1024, 'x');
    flood = createHttpServer((_incoming, response) => {
      floods += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"access_token":"');
      let sent = 0;
      const pour = () => {
        while (!response.destroyed && sent < SIZE) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', pour);
        }
        response.end('"}');
      };
      pour();
    });
    flood.listen(0, '127.0.0.1');
    await once(flood, 'listening');
    const address = flood.address();
    floodOrigin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    for (const [endpoint, id] of Object.entries(endpoints)) {
      const provider = await startOpenIdProvider({ alg: 'ES256' });
      provider.bend.discovery = (honest) => ({ ...honest, [endpoint]: `${floodOrigin}/${id}` });
      flooded.set(id, provider);
    }
    const providers = Object.fromEntries([...flooded].map(([id, provider]) => [id, oidcOf(provider)]));
    const discovery = { type: 'oidc', issuer: floodOrigin, clientId: 'latchkey', clientSecret: 'secret' };
    stage = await openStage({ database: 'sqlite', config: { providers: { ...providers, discovery } }, processes: 1 });
    for (let n = 0; n < 30; n += 1) await stage.client().signIn('google', stage.providers.google, person());
    usual = residentMemory(pid());
  });
  after(async () => {
    await stage?.close();
    await Promise.all([...flooded.values()].map((provider) => provider.close()));
    flood?.closeAllConnections();
    flood?.close();
  });

  function pid(): number {
    const [server] = stage.servers;
    if (server === undefined) throw new TypeError('The stage has a process');
    return server.pid;
  }

  async function attempt(id: string): Promise<HttpAnswer> {
    const provider = flooded.get(id);
    const by = stage.client();
    return provider === undefined ? by.prepare(id) : by.finish(id, await by.visit(id, provider, person()));
  }

  for (const id of ['token', 'keys', 'userinfo', 'discovery'])
    it(`as its ${id}, the server takes no more than 32 MiB for it, and honest people sign in`, async () => {
      const poured = floods;
      const peak = await peakMemory(pid(), attempt(id).then(expectFailed));
      expect(floods, 'the flood was asked for').to.equal(poured + 1);
      expect((peak - usual) / MIB, 'MiB more').to.be.at.most(32);
      await stage.client().signIn('google', stage.providers.google, person());
    });
});

describe('A provider that changes its key', () => {
  /** Moves the clock of the process on by a minute at each SIGUSR2. */
  const CLOCK = 'process.on("SIGUSR2",()=>{const/**/now=Date.now;Date.now=()=>now()+60000;process.stdout.write("clock/moved\\n")})';
  let stage: Stage;
  let provider: OpenIdProvider;

  before(async function () {
    this.timeout(60_000); // A process starts.
    provider = await startOpenIdProvider({ alg: 'ES256' });
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CLOCK)}` };
    stage = await openStage({ database: 'sqlite', config: { providers: { acme: oidcOf(provider) } }, env, processes: 1 });
  });
  after(() => Promise.all([stage?.close(), provider.close()]));

  async function aMinuteLater(): Promise<void> {
    const [server] = stage.servers;
    if (server === undefined) throw new TypeError('The stage has a process');
    const moves = () => server.output().split('clock/moved').length;
    const before = moves();
    process.kill(server.pid, 'SIGUSR2');
    while (moves() === before) await pause(10);
  }

  it('between the first prepare and its finish loses nobody', async () => {
    const by = stage.client();
    const back = await by.visit('acme', provider, person());
    await provider.rotateKey();
    expect(codeOf(await by.finish('acme', back))).to.equal(0);
  });

  it('later loses nobody for longer than a minute, and asks nothing of the provider meanwhile', async () => {
    const [by, before] = [stage.client(), provider.count('/jwks')];
    const back = await by.visit('acme', provider, person());
    await provider.rotateKey();
    expectFailed(await by.finish('acme', back));
    expectFailed(await by.finish('acme', await by.visit('acme', provider, person())));
    expect(provider.count('/jwks'), 'key sets').to.equal(before);
    await aMinuteLater();
    await by.signIn('acme', provider, person());
    expect(provider.count('/jwks'), 'key sets').to.equal(before + 1);
  });

  it('is believed by the age of the kept set, to the millisecond', async () => {
    const keySet = createKeySet(`${provider.issuer}/jwks`, createHttpClient());
    const { now } = Date;
    const start = now();
    const keysAfter = async (ms: number): Promise<Keys> => {
      Date.now = () => start + ms;
      return keySet.keys().finally(() => {
        Date.now = now;
      });
    };
    const old = await keysAfter(0);
    await provider.rotateKey();
    expect(await keysAfter(59_999)).to.equal(old);
    expect(await keysAfter(60_000)).not.to.equal(old);
  });
});

describe('After a provider has lied', () => {
  type Lie = (provider: OpenIdProvider) => Bend;
  /** One or more of each kind; every single one is tried where sign-in at an OpenID provider is. */
  const LIES: readonly (readonly [table: string, lies: Readonly<Record<string, Lie>>, names: readonly string[]])[] = [
    [
      'ID token',
      FORGED_ID_TOKENS,
      ['one bit of the signature flipped', 'a key id nobody knows', 'no signature, alg none', 'a payload of null'],
    ],
    ['ID token', FORGED_ID_TOKENS, ['HS256 with the client secret', 'a number for a token', 'signed by a key of its own header']],
    ['claims', WRONG_CLAIMS, ['another issuer', 'a stranger beside us in aud, azp ours', 'another nonce', 'sub a list']],
    ['body', BROKEN_BODIES, ['token: null', 'token: redirected', 'token: an access token with a line break', 'keys: HTML']],
    ['body', BROKEN_BODIES, ['userinfo: somebody else', 'userinfo: HTML', 'userinfo: null']],
    ['discovery', BROKEN_DISCOVERIES, ['another issuer', 'a token endpoint on plain http', 'HTML']],
  ];
  /** Each at a provider of its own: metadata and keys are kept, and would hide the next lie. */
  const cases = LIES.flatMap(([table, lies, names]) => names.map((name) => ({ table, title: `${table}: ${name}`, lie: lies[name] })));
  const id = (index: number) => `liar-${index}`;
  let liars: readonly OpenIdProvider[];
  let stage: Stage;

  before(async function () {
    this.timeout(60_000); // A process starts.
    liars = await Promise.all(cases.map(() => startOpenIdProvider({ alg: 'ES256' })));
    const providers = Object.fromEntries(liars.map((liar, index) => [id(index), oidcOf(liar)]));
    stage = await openStage({ database: 'sqlite', config: { providers }, env: { LOG_LEVEL: 'debug' } });
    await stage.client().signIn('google', stage.providers.google, person());
  });
  after(() => Promise.all([stage?.close(), ...liars.map((liar) => liar.close())]));

  const rows = async () => JSON.stringify([await stage.query('SELECT * FROM users'), await stage.query('SELECT * FROM social_links')]);

  cases.forEach(({ title, table, lie }, index) => {
    it(`nothing has changed, it is written down, and it is believed again when honest: ${title}`, async () => {
      const [by, liar, correlationId] = [stage.client(), liars[index], randomUUID()];
      if (liar === undefined || lie === undefined) throw new TypeError(`There is no ${title}`);
      const headers = { 'x-cr-correlation-id': correlationId };
      const before = await rows();
      Object.assign(liar.bend, lie(liar));

      let code = 'no code';
      let answer: HttpAnswer;
      if (table === 'discovery') {
        answer = await by.call('PUT', '/session/openid', { provider: id(index) }, { headers });
      } else {
        const back = await by.visit(id(index), liar, person());
        code = back.code;
        const body = { code, session_id: back.state, provider_id: providerNumber(id(index)) };
        answer = await by.call('POST', '/session/openid', body, { headers });
      }

      expectFailed(answer);
      expect(answer.json?.correlation_id).to.equal(correlationId);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      expect((await by.call('GET', '/healthz')).json).to.deep.equal({ status: 'ok' });
      expect(await rows(), 'users and links').to.equal(before);
      const audit = await stage.query('SELECT event, user_id, provider FROM audit_events WHERE correlation_id = :correlationId', {
        correlationId,
      });
      expect(audit).to.deep.equal([{ event: 'auth.oauth.sign_in.failure', user_id: null, provider: id(index) }]);
      for (const secret of [code, liar.clientSecret, 'eyJ'])
        for (const text of [answer.text, stage.servers[0]?.output()]) expect(text).not.to.include(secret);
      straighten(liar.bend);
      await stage.client().signIn(id(index), liar, person());
    });
  });
});
