// The one-time stores there are, held to the port; and what only Redis does: to be away.

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { LatchkeyError } from '../../lib/accounts/errors.js';
import type { OneTimeStore } from '../../lib/accounts/one-time-store.js';
import { connectRedis } from '../../lib/server/connect-redis-client.js';
import { redisOneTimeStore } from '../../lib/stores/redis-one-time-store.js';
import { silentLogger } from '../../lib/support/logger.js';
import { redis as recipe } from '../support/server-recipes.js';
import { Service } from '../support/service.js';
import { databases, describeOn, describeWith, describeWithRedis, redisUrl } from '../support/services.js';
import { openStorageStage, type StorageStage } from '../support/storage-stage.js';
import { oneTimeStoreContract } from './one-time-store.contract.js';

/** Its own server, because it is broken on purpose. */
const fragile = new Service('redis', recipe, 'TEST_FRAGILE_REDIS_URL');

describeOn(databases, 'In the SQL database', (kind) => {
  let stage: StorageStage;
  before(async () => {
    stage = await openStorageStage(kind);
  });
  after(() => stage.close());

  oneTimeStoreContract(kind, async () => ({ store: stage.open().oneTime, close: async () => undefined }));
});

describeWithRedis('With Redis', () => {
  const prefix = `test-${randomUUID()}:`;

  oneTimeStoreContract('Redis', async () => {
    const redis = new Redis(await redisUrl());
    return { store: redisOneTimeStore(redis, prefix), close: async () => void (await redis.quit()) };
  });

  it('keeps every key under its prefix, with a life', async () => {
    const redis = new Redis(await redisUrl());
    await redisOneTimeStore(redis).put('flow:prefix-test', {}, 5000);
    expect(await redis.pttl('latchkey:flow:prefix-test')).to.be.within(4000, 5000);
    await redis.del('latchkey:flow:prefix-test');
    redis.disconnect();
  });
});

/** How a call failed, and after how long. */
async function failureOf(call: Promise<unknown>): Promise<{ readonly error: unknown; readonly ms: number }> {
  const begin = performance.now();
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, ms: performance.now() - begin };
}

async function expectUnavailable(store: OneTimeStore): Promise<void> {
  const failures = await Promise.all([failureOf(store.put('k', {}, 5000)), failureOf(store.peek('k')), failureOf(store.take('k'))]);
  for (const { error, ms } of failures) {
    expect(error).to.be.instanceOf(LatchkeyError).with.property('code', 'unavailable');
    expect(error).to.have.property('cause').that.is.instanceOf(Error);
    expect(ms).to.be.below(1200);
  }
}

/** How long until the store answers again. */
async function healed(store: OneTimeStore): Promise<number> {
  const begin = performance.now();
  while ((await failureOf(store.peek('k'))).error !== undefined) await setTimeout(50);
  return performance.now() - begin;
}

describeWith(fragile, 'While Redis is away', () => {
  const clients: Readonly<Record<string, (url: string) => Redis>> = {
    "the server's own client": (url) => connectRedis(url, silentLogger),
    "a host's client with ioredis' defaults": (url) => new Redis(url).on('error', () => undefined),
  };

  afterEach(async () => {
    await fragile.stop();
    await fragile.start();
  });
  after(() => fragile.end());

  for (const [name, connect] of Object.entries(clients)) {
    describe(`a one-time store on ${name}`, () => {
      let redis: Redis;
      let store: OneTimeStore;

      beforeEach(async () => {
        redis = connect(await fragile.url());
        store = redisOneTimeStore(redis);
      });
      afterEach(() => redis.disconnect());

      it('is unavailable while Redis is down, and heals', async () => {
        await healed(store);
        await fragile.stop();
        await setTimeout(100);
        await expectUnavailable(store);
        await fragile.start();
        expect(await healed(store)).to.be.below(3000);
      });

      it('is unavailable while Redis is frozen, and heals', async function () {
        this.timeout(30_000);
        await healed(store);
        await fragile.pause();
        await expectUnavailable(store);
        await setTimeout(2200); // Longer than our own client keeps a silent connection.
        await expectUnavailable(store);
        await fragile.resume();
        expect(await healed(store)).to.be.below(3000);
      });

      it('may be made while Redis is down', async () => {
        await fragile.stop();
        const early = connect(await fragile.url());
        try {
          const itsStore = redisOneTimeStore(early);
          await expectUnavailable(itsStore);
          await fragile.start();
          expect(await healed(itsStore)).to.be.below(3000);
        } finally {
          early.disconnect();
        }
      });
    });
  }

  it('is told to the log once per outage', async () => {
    const lines: string[] = [];
    const note = (level: string) => (fields: object, message: string) => void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    await fragile.stop();
    const redis = connectRedis(await fragile.url(), { info: note('info'), warn: note('warn'), error: note('error') });
    try {
      await setTimeout(700);
      await fragile.start();
      await healed(redisOneTimeStore(redis));
      expect(lines.map((line) => line.replace(/ \{.*/, ''))).to.deep.equal(['error Redis is out of reach', 'info Redis is back']);
    } finally {
      redis.disconnect();
    }
  });
});
