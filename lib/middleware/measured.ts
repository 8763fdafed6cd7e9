// Counts the answers of our own routes, by route pattern and outcome.

import type { RequestHandler } from 'express';
import { factsOf } from '../http/request-facts.js';
import type { RouteTable } from '../http/route-table.js';
import type { Metrics, RouteFamily } from '../metrics/metrics.js';

export function measured(metrics: Metrics, routes: RouteTable<RouteFamily>): RequestHandler {
  return (req, res, next) => {
    const from = performance.now();
    res.once('finish', () => {
      const route = routes.find(req.route);
      if (route === undefined) return;
      const outcome = factsOf(req).failure ?? 'ok';
      // Node's parser takes known methods only, and a route is matched by its own.
      metrics.request({
        family: route.family,
        method: req.method,
        route: route.pattern,
        outcome,
        seconds: (performance.now() - from) / 1000,
      });
    });
    next();
  };
}
