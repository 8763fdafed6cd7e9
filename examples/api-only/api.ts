import express, { type NextFunction, type Request, type Response } from 'express';
import type { Latchkey } from 'express-latchkey';

/** Cloudreve's calls, and the callback for browsers that come back from a provider. */
export function api(keys: Latchkey) {
  const app = express();
  app.use(keys.routers.cloudreve, keys.routers.pages);
  app.get('/v1/orders', keys.requireUser, (req, res) => {
    res.json({ for: req.user, orders: [] });
  });
  // A request that is not signed in ends here, with status 401.
  app.use((error: Error & { readonly status?: number }, _req: Request, res: Response, _next: NextFunction) => {
    if (error.status === undefined) console.error(error);
    res.status(error.status ?? 500).json({ error: error.status === undefined ? 'internal' : error.message });
  });
  return app;
}
