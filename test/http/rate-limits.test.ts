// How often a person, a token family or an address may ask, and that nothing gets around it.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { Redis } from 'ioredis';
import type { Config } from '../../config/config.js';
import { LatchkeyError } from '../../lib/accounts/errors.js';
import { createDeviceCookie } from '../../lib/http/browser-marks.js';
import { factsOf, type SignedInUser } from '../../lib/http/request-facts.js';
import { createPasswordDoors } from '../../lib/middleware/password-doors.js';
import { createRateLimits, type RateLimitOptions, type RateLimits } from '../../lib/middleware/rate-limits.js';
import { connectRedis } from '../../lib/server/connect-redis-client.js';
import { silentLogger } from '../../lib/support/logger.js';
import { redis as recipe } from '../support/server-recipes.js';
import { Service } from '../support/service.js';
import { describeWith, describeWithRedis, redisUrl } from '../support/services.js';

const WINDOW_MS = 60_000;
const NAMES: readonly (keyof RateLimits)[] = ['unlink', 'refresh', 'signUp', 'passwordChange', 'prepare', 'finish', 'recovery'];

function limitsOf(limit: number, windowMs = WINDOW_MS): Config['rateLimits'] {
  const each = { limit, windowMs };
  return { unlink: each, refresh: each, password: each, prepare: each, finish: each, mail: each };
}

const STATUSES: Readonly<Record<string, number>> = { rate_limited: 429, unavailable: 503 };

const answerFailure: ErrorRequestHandler = (thrown: unknown, _req, res, _next) => {
  const code = thrown instanceof LatchkeyError ? thrown.code : 'unexpected';
  res.status(STATUSES[code] ?? 500).json({ code });
};

/** Each name on two routes in two routers, as two dialects have it. */
function appWith(options: Partial<RateLimitOptions>, trustProxy: number | boolean = 1): express.Express {
  const limits = createRateLimits({
    limits: limitsOf(3),
    familyOf: async (req) => req.get('x-family'),
    ...options,
  });
  const app = express().set('trust proxy', trustProxy).use(express.json());
  const doors = createPasswordDoors({
    ...{ limit: limitsOf(1000).password, redis: options.redis, logger: silentLogger },
    devices: createDeviceCookie('http://127.0.0.1', 'a-secret-for-tests-that-is-long-enough-0123456789'),
  });
  const tryPassword: RequestHandler = (req, res, next) => {
    const attempt = doors.of(req, res).try({ address: 'ann@example.com', accounts: [] });
    attempt.count().then(() => res.json({ code: 'ok' }), next);
  };
  app.post('/counted', tryPassword);
  app.post('/guarded', doors.signIn, (_req, res) => void res.json({ code: 'ok' }));
  app.use((req, _res, next) => {
    const id = req.get('x-user');
    if (id !== undefined) factsOf(req).signedIn = { account: { user: { id } } } as SignedInUser;
    next();
  });
  for (const prefix of ['/one', '/other']) {
    const router = express.Router();
    for (const name of NAMES) router.post(`/${name}`, limits[name], (_req, res) => void res.json({ code: 'ok' }));
    app.use(prefix, router);
  }
  return app.use(answerFailure);
}

interface Call {
  readonly name: keyof RateLimits;
  readonly path?: string;
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Answer {
  readonly code: string;
  readonly headers: Headers;
  readonly ms: number;
}

describe('Rate limits', () => {
  let servers: Server[] = [];

  /** Serves the app on a port of its own. */
  async function serve(
    options: Partial<RateLimitOptions> = {},
    trustProxy: number | boolean = 1,
  ): Promise<(call: Call) => Promise<Answer>> {
    const server = createServer(appWith(options, trustProxy)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    const { port } = server.address() as AddressInfo;
    return async ({ name, path = `/one/${name}`, from = '192.0.2.1', headers = {}, body = {} }) => {
      const begin = performance.now();
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': from, ...headers },
        body: JSON.stringify(body),
      });
      const { code } = (await answer.json()) as { code: string };
      return { code, headers: answer.headers, ms: performance.now() - begin };
    };
  }

  async function codes(ask: (call: Call) => Promise<Answer>, calls: readonly Call[]): Promise<readonly string[]> {
    const seen: string[] = [];
    for (const call of calls) seen.push((await ask(call)).code);
    return seen;
  }

  const times = (count: number, call: Call): readonly Call[] => Array.from({ length: count }, () => call);

  afterEach(async () => {
    for (const server of servers) server.close();
    await Promise.all(servers.map((server) => once(server, 'close')));
    servers = [];
  });

  describe('in one process', () => {
    for (const name of NAMES) {
      it(`lets a person do "${name}" as often as the limit says, and then no more`, async () => {
        const ask = await serve();
        expect(await codes(ask, times(5, { name }))).to.deep.equal(['ok', 'ok', 'ok', 'rate_limited', 'rate_limited']);
      });
    }

    it('tells a person what is left and when to come back', async () => {
      const ask = await serve();
      const [first] = [await ask({ name: 'prepare' })];
      expect(first.headers.get('ratelimit')).to.match(/^"prepare"; r=2; t=(60|59)$/);
      expect(first.headers.get('ratelimit-policy')).to.match(/^"prepare"; q=3; w=60; pk=:[\w+/=]+:$/);
      expect(first.headers.get('retry-after')).to.equal(null);
      expect([...first.headers.keys()].filter((key) => key.startsWith('x-ratelimit'))).to.deep.equal([]);
      await codes(ask, times(2, { name: 'prepare' }));
      const refused = await ask({ name: 'prepare' });
      expect(refused.code).to.equal('rate_limited');
      expect(refused.headers.get('ratelimit')).to.match(/^"prepare"; r=0; t=(60|59)$/);
      expect(Number(refused.headers.get('retry-after'))).to.be.within(58, 60);
    });

    it('lets a person go on when the window is over', async () => {
      const ask = await serve({ limits: limitsOf(1, 600) });
      expect(await codes(ask, times(2, { name: 'finish' }))).to.deep.equal(['ok', 'rate_limited']);
      await setTimeout(700);
      expect(await codes(ask, times(2, { name: 'finish' }))).to.deep.equal(['ok', 'rate_limited']);
    });

    it('counts one name once over all routes and spellings of the path', async () => {
      const ask = await serve();
      const paths = ['/one/unlink', '/other/unlink', '/ONE/Unlink/', '/other/unlink'];
      const calls = paths.map((path): Call => ({ name: 'unlink', path, headers: { 'x-user': '7' } }));
      expect(await codes(ask, calls)).to.deep.equal(['ok', 'ok', 'ok', 'rate_limited']);
    });

    it('counts each name by itself', async () => {
      const ask = await serve({ limits: limitsOf(1) });
      const calls = NAMES.map((name): Call => ({ name }));
      expect(await codes(ask, calls)).to.deep.equal(NAMES.map(() => 'ok'));
    });

    it('counts unlinks by person wherever they are, and nobody else for them', async () => {
      const ask = await serve({ limits: limitsOf(2) });
      const by = (user: string, from: string): Call => ({ name: 'unlink', from, headers: { 'x-user': user } });
      expect(await codes(ask, [by('7', '192.0.2.1'), by('7', '192.0.2.2'), by('7', '192.0.2.3')])).to.deep.equal([
        'ok',
        'ok',
        'rate_limited',
      ]);
      expect((await ask(by('8', '192.0.2.1'))).code).to.equal('ok');
    });

    it('counts changes of a password by person, and sign-ups by address', async () => {
      const ask = await serve({ limits: limitsOf(1) });
      const by = (name: keyof RateLimits, user: string, from: string): Call => ({ name, from, headers: { 'x-user': user } });
      const changes = [
        by('passwordChange', '7', '192.0.2.1'),
        by('passwordChange', '7', '192.0.2.2'),
        by('passwordChange', '8', '192.0.2.1'),
      ];
      expect(await codes(ask, changes)).to.deep.equal(['ok', 'rate_limited', 'ok']);
      const signUps = [by('signUp', '7', '192.0.2.1'), by('signUp', '8', '192.0.2.1'), by('signUp', '7', '192.0.2.2')];
      expect(await codes(ask, signUps)).to.deep.equal(['ok', 'rate_limited', 'ok']);
    });

    it('counts refreshes by token family', async () => {
      const ask = await serve({ limits: limitsOf(1) });
      const by = (family: string): Call => ({ name: 'refresh', headers: { 'x-family': family } });
      expect(await codes(ask, [by('a'), by('b'), by('a')])).to.deep.equal(['ok', 'ok', 'rate_limited']);
    });

    it('counts whoever cannot be told apart by address, and no user id is an address', async () => {
      const ask = await serve({ limits: limitsOf(1) });
      const address = '192.0.2.9';
      expect(
        await codes(ask, [
          { name: 'unlink', from: address },
          { name: 'unlink', from: address },
          { name: 'unlink', headers: { 'x-user': address } },
          { name: 'unlink', headers: { 'x-user': `address:${address}` } },
        ]),
      ).to.deep.equal(['ok', 'rate_limited', 'ok', 'ok']);
    });

    it('passes on what goes wrong while it finds out who asks', async () => {
      const ask = await serve({ familyOf: () => Promise.reject(new LatchkeyError('unavailable')) });
      expect((await ask({ name: 'refresh' })).code).to.equal('unavailable');
    });
  });

  describe('by address', () => {
    const spellings = {
      'IPv6, in capitals, in full, and another host of its /56': [
        '2001:db8::1',
        '2001:DB8::1',
        '2001:0db8:0000:0000:0000:0000:0000:0001',
        '2001:db8:0:ff::1',
        '2001:db8::1%eth0',
        '[2001:db8::1]:4711',
      ],
      'IPv4, also within IPv6 and with a port': [
        '192.0.2.1',
        '::ffff:192.0.2.1',
        '::FFFF:c000:201',
        '0:0:0:0:0:ffff:192.0.2.1',
        '192.0.2.1:4711',
      ],
      'not an address at all': ['unknown', '_hidden', '127.1', '010.0.0.1', ''],
    };

    for (const [title, addresses] of Object.entries(spellings)) {
      it(`one client is one client: ${title}`, async () => {
        const ask = await serve({ limits: limitsOf(1) });
        const calls = addresses.map((from): Call => ({ name: 'prepare', from }));
        expect(await codes(ask, calls)).to.deep.equal(['ok', ...addresses.slice(1).map(() => 'rate_limited')]);
      });
    }

    it('other networks are other clients', async () => {
      const ask = await serve({ limits: limitsOf(1) });
      const calls = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8:0:100::1'].map((from): Call => ({ name: 'prepare', from }));
      expect(await codes(ask, calls)).to.deep.equal(['ok', 'ok', 'ok', 'ok']);
    });

    it('a made-up header makes nobody someone else', async () => {
      const ask = await serve({ limits: limitsOf(1) }, 0);
      const made = (from: string): Call => ({
        name: 'prepare',
        from,
        headers: { forwarded: `for=${from}`, 'x-real-ip': from, 'x-client-ip': from, 'cf-connecting-ip': from },
      });
      expect(await codes(ask, [made('192.0.2.1'), made('192.0.2.2')])).to.deep.equal(['ok', 'rate_limited']);
      const behindOne = await serve({ limits: limitsOf(1) }, 1);
      expect(await codes(behindOne, [made('192.0.2.1, 203.0.113.5'), made('192.0.2.2, 203.0.113.5')])).to.deep.equal([
        'ok',
        'rate_limited',
      ]);
    });
  });

  describe("in a host's app", () => {
    it('leave the console and the count of the host alone', async () => {
      const printed: unknown[] = [];
      const { warn, error } = console;
      console.warn = console.error = (...args: unknown[]) => void printed.push(args);
      try {
        let limits: RateLimits | undefined;
        const app = express().set('trust proxy', true);
        app.use(rateLimit({ limit: 5, legacyHeaders: false, validate: false }));
        // Some hosts build everything on the first request.
        app.post('/', (req, res, next) => {
          limits ??= createRateLimits({ limits: limitsOf(9), familyOf: async () => undefined });
          return limits.prepare(req, res, next);
        });
        app.post('/', (req, res) => {
          res.json({ code: (req as unknown as { rateLimit: { limit: number } }).rateLimit.limit });
        });
        const server = createServer(app).listen(0, '127.0.0.1');
        await once(server, 'listening');
        servers.push(server);
        const { port } = server.address() as AddressInfo;
        const headers = { 'x-forwarded-for': 'nonsense', forwarded: 'for=192.0.2.1' };
        const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers });
        expect(await answer.json()).to.deep.equal({ code: 5 });
        expect(printed).to.deep.equal([]);
      } finally {
        Object.assign(console, { warn, error });
      }
    });
  });

  describeWithRedis('in several processes on one Redis', () => {
    const clients: Redis[] = [];

    async function client(): Promise<Redis> {
      const redis = new Redis(await redisUrl());
      clients.push(redis);
      return redis;
    }

    afterEach(() => {
      for (const redis of clients.splice(0)) redis.disconnect();
    });

    for (const name of NAMES) {
      it(`count "${name}" together`, async () => {
        const prefix = `test-${randomUUID()}:`;
        const one = await serve({ redis: await client(), prefix });
        const other = await serve({ redis: await client(), prefix });
        const seen = [await one({ name }), await other({ name }), await one({ name }), await other({ name }), await one({ name })];
        expect(seen.map(({ code }) => code)).to.deep.equal(['ok', 'ok', 'ok', 'rate_limited', 'rate_limited']);
        expect(Number(seen[4]?.headers.get('retry-after'))).to.be.within(58, 60);
      });
    }

    it('let exactly the limit through however many ask at once', async () => {
      const prefix = `test-${randomUUID()}:`;
      const apps = [await serve({ redis: await client(), prefix }), await serve({ redis: await client(), prefix })];
      const answers = await Promise.all(apps.flatMap((ask) => times(20, { name: 'unlink', headers: { 'x-user': '7' } }).map(ask)));
      expect(answers.filter(({ code }) => code === 'ok')).to.have.length(3);
    });

    it('forget when the window is over', async () => {
      const prefix = `test-${randomUUID()}:`;
      const redis = await client();
      const ask = await serve({ redis, prefix, limits: limitsOf(1, 600) });
      expect(await codes(ask, times(2, { name: 'prepare' }))).to.deep.equal(['ok', 'rate_limited']);
      expect(await redis.keys(`${prefix}*`)).to.have.length(1);
      await setTimeout(700);
      expect(await redis.keys(`${prefix}*`)).to.deep.equal([]);
      expect((await ask({ name: 'prepare' })).code).to.equal('ok');
    });

    it('go on when Redis forgets its scripts', async () => {
      const redis = await client();
      const ask = await serve({ redis, prefix: `test-${randomUUID()}:` });
      expect((await ask({ name: 'prepare' })).code).to.equal('ok');
      await redis.script('FLUSH');
      expect((await ask({ name: 'prepare' })).headers.get('ratelimit')).to.include('r=1');
    });
  });

  /** Its own server, because it is broken on purpose. */
  const fragile = new Service('redis', recipe, 'TEST_FRAGILE_REDIS_URL');

  describeWith(fragile, 'while Redis is away', () => {
    const connections: Readonly<Record<string, (url: string) => Redis>> = {
      "the server's own client": (url) => connectRedis(url, silentLogger),
      "a host's client with ioredis' defaults": (url) => new Redis(url).on('error', () => undefined),
    };
    const clients: Redis[] = [];

    afterEach(async () => {
      for (const redis of clients.splice(0)) redis.disconnect();
      await fragile.stop();
      await fragile.start();
    });
    after(() => fragile.end());

    async function expectRefusal(ask: (call: Call) => Promise<Answer>): Promise<void> {
      const door: readonly Call[] = ['/counted', '/guarded'].map((path) => ({ name: 'signUp', path }));
      const answers = await Promise.all([...NAMES.map((name): Call => ({ name })), ...door].map(ask));
      for (const { code, ms } of answers) {
        expect(code).to.equal('unavailable');
        expect(ms).to.be.below(1200);
      }
    }

    /** Waits until all limits count again. */
    async function expectHealing(ask: (call: Call) => Promise<Answer>): Promise<void> {
      const begin = performance.now();
      for (const name of NAMES) while ((await ask({ name })).code === 'unavailable') await setTimeout(50);
      expect(performance.now() - begin).to.be.below(3000);
      for (const path of ['/counted', '/guarded']) expect((await ask({ name: 'signUp', path })).code, path).to.equal('ok');
      const { headers } = await ask({ name: 'prepare' });
      expect(headers.get('ratelimit')).to.match(/^"prepare"; r=\d+;/);
    }

    for (const [title, connect] of Object.entries(connections)) {
      describe(`on ${title}`, () => {
        async function open(): Promise<(call: Call) => Promise<Answer>> {
          const redis = connect(await fragile.url());
          clients.push(redis);
          return serve({ redis, limits: limitsOf(1000) });
        }

        it('nobody gets through when Redis is down, and everybody does when it is back', async () => {
          const ask = await open();
          await expectHealing(ask);
          await fragile.stop();
          await setTimeout(100);
          await expectRefusal(ask);
          await fragile.start();
          await expectHealing(ask);
        });

        it('nobody gets through when Redis is frozen, and everybody does when it goes on', async () => {
          const ask = await open();
          await expectHealing(ask);
          await fragile.pause();
          await expectRefusal(ask);
          await fragile.resume();
          await expectHealing(ask);
        });

        it('an app that started before Redis counts as soon as Redis is there', async () => {
          await fragile.stop();
          const ask = await open();
          await expectRefusal(ask);
          await fragile.start();
          await expectHealing(ask);
        });
      });
    }
  });
});
