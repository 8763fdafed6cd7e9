// The numbers of this plugin, where they are switched on: their library is loaded only then.

import type { Redis } from 'ioredis';
import type { Sequelize } from 'sequelize';
import type { Metrics } from '../metrics/metrics.js';
import type { Storage } from './storage.js';

export interface MetricsOptions {
  readonly sequelize: Sequelize;
  readonly redis: Redis | undefined;
  readonly storage: Storage;
}

/** Sequelize gives both hooks of one wait the same object. */
function hearWaits(sequelize: Sequelize, told: (seconds: number) => void): () => void {
  const began = new WeakMap<object, number>();
  const before = (options: unknown) => {
    if (typeof options === 'object' && options !== null) began.set(options, performance.now());
  };
  const after = (_connection: unknown, options: unknown) => {
    const from = typeof options === 'object' && options !== null ? began.get(options) : undefined;
    if (from !== undefined) told((performance.now() - from) / 1000);
  };
  const hooks = sequelize as unknown as Record<'addHook' | 'removeHook', (name: string, hook: unknown) => void>;
  hooks.addHook('beforePoolAcquire', before);
  hooks.addHook('afterPoolAcquire', after);
  return () => {
    hooks.removeHook('beforePoolAcquire', before);
    hooks.removeHook('afterPoolAcquire', after);
  };
}

export async function openMetrics({ sequelize, redis, storage }: MetricsOptions): Promise<Metrics & { close(): void }> {
  const { createMetrics } = await import('../metrics/metrics.js');
  const metrics = createMetrics({
    outbox: () => storage.outboxDesk.depth(),
    pingRedis: redis === undefined ? undefined : () => redis.ping(),
  });
  return { ...metrics, close: hearWaits(sequelize, metrics.databaseWait) };
}
