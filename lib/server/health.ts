// Whether the process lives, and whether the services it needs answer; and the description of both paths in the OpenAPI document.

import { Router } from 'express';
import type { Redis } from 'ioredis';
import type { Sequelize } from 'sequelize';
import { createTransactions } from '../../models/transactions.js';
import { inTime } from '../support/deadline.js';

/** Milliseconds that a part has to answer. */
const PATIENCE_MS = 1_500;

const answers = (ask: () => Promise<unknown>): Promise<boolean> =>
  inTime(PATIENCE_MS, ask, { holds: false }).then(
    () => true,
    () => false,
  );

function asking(sequelize: Sequelize): () => Promise<unknown> {
  const { read } = createTransactions(sequelize);
  return () => read(() => sequelize.query('SELECT 1'));
}

const waiting = () => Promise.reject(new Error('The server is waiting for the database'));

/** @param sequelize undefined while the start waits for the database: whatever it answers, nothing is served yet */
export function healthRouter(sequelize: Sequelize | undefined, redis: Redis | undefined): Router {
  const router = Router();
  const askDatabase = sequelize === undefined ? waiting : asking(sequelize);
  router.get('/healthz', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const parts = await Promise.all([
      answers(askDatabase).then((up) => ({ name: 'database', up })),
      ...(redis === undefined ? [] : [answers(() => redis.ping()).then((up) => ({ name: 'redis', up }))]),
    ]);
    const failing = parts.filter(({ up }) => !up).map(({ name }) => name);
    res.status(failing.length === 0 ? 200 : 503).set('Cache-Control', 'no-store');
    res.json(failing.length === 0 ? { status: 'ok' } : { status: 'unavailable', failing });
  });
  return router;
}

const answer = (description: string, properties: object) => ({
  description,
  content: {
    'application/json': { schema: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false } },
  },
});

const OK = answer('Yes.', { status: { const: 'ok' } });
const AWAY = answer('Something does not answer.', {
  status: { const: 'unavailable' },
  failing: { type: 'array', items: { enum: ['database', 'redis'] } },
});

const tags = ['Operations'];

export const HEALTH_PATHS = {
  '/healthz': { get: { operationId: 'getHealth', tags, summary: 'Does the process live?', security: [], responses: { 200: OK } } },
  '/readyz': {
    get: {
      operationId: 'getReadiness',
      tags,
      summary: 'Does everything it needs answer?',
      security: [],
      responses: { 200: OK, 503: AWAY },
    },
  },
} as const;
