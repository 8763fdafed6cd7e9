// Smoke test of what all other tests stand on.

import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createDatabase, databases, describeOn, describeWithRedis, redisUrl } from '../support/services.js';

describeOn(databases, 'A test database', (kind) => {
  it('is fresh, and can be dropped', async () => {
    const [one, other] = await Promise.all([createDatabase(kind), createDatabase(kind)]);
    expect(one.url).to.match({ sqlite: /^sqlite:\//, mariadb: /^mysql:\/\//, postgres: /^postgres:\/\// }[kind]);
    expect(one.url).not.to.equal(other.url);
    await Promise.all([one.drop(), other.drop()]);
  });
});

describeWithRedis('The test Redis', () => {
  it('answers', async () => {
    const redis = new Redis(await redisUrl());
    expect(await redis.ping()).to.equal('PONG');
    redis.disconnect();
  });
});
