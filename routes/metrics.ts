// `GET /metrics` for Prometheus: for anyone who has the token, or, without one, for this machine only.

import { createHash, timingSafeEqual } from 'node:crypto';
import { type Request, Router } from 'express';
import type { MetricsAccess } from '../config/config.js';
import type { Metrics } from '../lib/metrics/metrics.js';
import { handleAsync } from '../lib/middleware/respond.js';
import { describeError, type Logger } from '../lib/support/logger.js';

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const digest = (text: string) => createHash('sha256').update(text).digest();

/** A proxy on this machine connects from it too, and says that it stands between. */
function isFromHere(req: Request): boolean {
  const proxied = Object.keys(req.headers).some(
    (name) => name === 'forwarded' || name === 'via' || name.startsWith('x-forwarded-') || name === 'x-real-ip',
  );
  // A page in a browser here, on whatever site, may not read it either.
  const byBrowser = req.get('sec-fetch-site') !== undefined || req.get('origin') !== undefined;
  return !proxied && !byBrowser && LOOPBACK.test(req.socket.remoteAddress ?? '');
}

function mayScrape(req: Request, access: MetricsAccess): boolean {
  if (access.token === undefined) return isFromHere(req);
  const [, given] = /^Bearer +(\S+) *$/i.exec(req.get('authorization') ?? '') ?? [];
  return given !== undefined && timingSafeEqual(digest(given), digest(access.token));
}

export interface MetricsRouterOptions {
  readonly metrics: Metrics;
  readonly access: MetricsAccess;
  readonly logger: Logger;
}

/** Whoever may not read it is answered like any path that is not there. */
export function metricsRouter({ metrics, access, logger }: MetricsRouterOptions): Router {
  const router = Router();
  router.get(
    '/metrics',
    handleAsync(async (req, res, next) => {
      if (!mayScrape(req, access)) return next();
      res.set('Cache-Control', 'no-store');
      try {
        const { contentType, text } = await metrics.scrape();
        res.set('Content-Type', contentType).send(text);
      } catch (error) {
        logger.warn({ err: describeError(error) }, 'the metrics for a scrape could not be read');
        res.status(503).end();
      }
    }),
  );
  return router;
}
