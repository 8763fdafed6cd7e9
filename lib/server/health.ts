// Whether the process lives, and whether what it needs answers.

import { setTimeout as pause } from 'node:timers/promises';
import { Router } from 'express';
import type { Redis } from 'ioredis';
import type { Sequelize } from 'sequelize';
import { createTransactions } from '../../models/transactions.js';

/** Milliseconds that a part has to answer. */
const PATIENCE_MS = 1_500;

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  const asked = ask().then(
    () => true,
    () => false,
  );
  return await Promise.race([asked, pause(PATIENCE_MS, false, { ref: false })]);
}

export function healthRouter(sequelize: Sequelize, redis: Redis | undefined): Router {
  const router = Router();
  const { read } = createTransactions(sequelize);
  router.get('/healthz', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const parts = await Promise.all([
      answers(() => read(() => sequelize.query('SELECT 1'))).then((up) => ({ name: 'database', up })),
      ...(redis === undefined ? [] : [answers(() => redis.ping()).then((up) => ({ name: 'redis', up }))]),
    ]);
    const failing = parts.filter(({ up }) => !up).map(({ name }) => name);
    res.status(failing.length === 0 ? 200 : 503).set('Cache-Control', 'no-store');
    res.json(failing.length === 0 ? { status: 'ok' } : { status: 'unavailable', failing });
  });
  return router;
}
