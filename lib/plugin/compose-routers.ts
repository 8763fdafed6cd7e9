// Makes every router, at the paths that the host has chosen, and the one router that contains them all.

import { type RequestHandler, Router } from 'express';
import type { Config } from '../../config/config.js';
import { bioreRouter } from '../../routes/biore.js';
import { bioreAccountsRouter } from '../../routes/biore-accounts.js';
import { bioreSessionsRouter } from '../../routes/biore-sessions.js';
import { bioreSignInRouter } from '../../routes/biore-sign-in.js';
import { bioreSubmissionRouter } from '../../routes/biore-submission.js';
import { browserRouter } from '../../routes/browser.js';
import { pagesRouter } from '../../routes/callback.js';
import { cloudreveRouter } from '../../routes/cloudreve.js';
import { cloudreveAccountsRouter } from '../../routes/cloudreve-accounts.js';
import { connectionsRouter } from '../../routes/connections.js';
import { genauthRouter } from '../../routes/genauth.js';
import { localAccountsRouter } from '../../routes/local-accounts.js';
import { metricsRouter } from '../../routes/metrics.js';
import { openApiRouter } from '../../routes/openapi.js';
import type { Parts } from '../../routes/parts.js';
import { pendingIdentityRouter } from '../../routes/pending-identity-pages.js';
import { recoveryPagesRouter } from '../../routes/recovery-pages.js';
import { sessionsPageRouter } from '../../routes/sessions-page.js';
import { createRouteTable } from '../http/route-table.js';
import type { Metrics, RouteFamily } from '../metrics/metrics.js';
import { measured } from '../middleware/measured.js';
import { mountedAsTold, untrustedForwarding } from '../middleware/setup-warnings.js';
import type { Logger } from '../support/logger.js';
import { describeApp } from './describe-app.js';
import type { LatchkeyOptions, Routers } from './options.js';

export interface ComposeRoutersOptions {
  readonly config: Config;
  readonly options: Pick<LatchkeyOptions, 'paths' | 'localAccounts' | 'pages' | 'tablePrefix'>;
  readonly parts: Parts;
  readonly metrics: Metrics | undefined;
  readonly logger: Logger;
}

export interface ComposedRouters {
  readonly router: Router;
  readonly routers: Routers;
}

export function composeRouters({ config, options, parts, metrics, logger }: ComposeRoutersOptions): ComposedRouters {
  const { paths, localAccounts, pages, tablePrefix } = options;
  const { mount } = parts;
  const browserPrefixes = paths?.browser ?? [''];
  const biorePrefixes = paths?.biore ?? ['/api/v1'];
  const cloudrevePrefixes = paths?.cloudreve ?? ['', '/api/v4'];
  const genauthPrefixes = paths?.genauth ?? ['/api/v3'];
  const routes = createRouteTable<RouteFamily>();
  const asTold = mountedAsTold(mount.prefix, logger);
  const placed = (...inner: readonly RequestHandler[]) => Router().use(asTold, ...inner);
  const callbacks = placed(routes.enter('browser', pagesRouter(parts, cloudrevePrefixes)));
  const routers: Routers = {
    cloudreve: placed(routes.enter('cloudreve', cloudreveRouter(parts, cloudrevePrefixes))),
    localAccounts: placed(
      routes.enter('biore', bioreSignInRouter(parts, biorePrefixes)),
      routes.enter('biore', bioreSessionsRouter(parts, biorePrefixes)),
      routes.enter('biore', bioreSubmissionRouter(parts, biorePrefixes)),
      routes.enter('cloudreve', localAccountsRouter(parts, cloudrevePrefixes)),
      routes.enter('cloudreve', cloudreveAccountsRouter(parts, cloudrevePrefixes)),
      routes.enter('biore', bioreAccountsRouter(parts, biorePrefixes)),
      routes.enter('browser', recoveryPagesRouter(parts, browserPrefixes)),
    ),
    biore: placed(routes.enter('biore', bioreRouter(parts, biorePrefixes))),
    genauth: placed(routes.enter('genauth', genauthRouter(parts, genauthPrefixes))),
    browser: placed(
      routes.enter('browser', browserRouter(parts, browserPrefixes)),
      routes.enter('browser', connectionsRouter(parts, browserPrefixes)),
      ...(localAccounts === true
        ? [pendingIdentityRouter, sessionsPageRouter].map((make) => routes.enter('browser', make(parts, browserPrefixes)))
        : []),
      callbacks,
    ),
    pages: callbacks,
  };
  const router = Router();
  router.use(untrustedForwarding(logger));
  if (metrics !== undefined && config.metrics !== undefined)
    router.use(measured(metrics, routes), metricsRouter({ metrics, access: config.metrics, logger }));
  router.use(routers.cloudreve, routers.biore, routers.genauth, routers.browser);
  if (localAccounts === true) router.use(routers.localAccounts);
  if (config.openApi !== undefined) {
    const prefixes = { cloudreve: cloudrevePrefixes, biore: biorePrefixes, genauth: genauthPrefixes, browser: browserPrefixes };
    const app = { router, routes, parts, prefixes, tablePrefix, paths: config.openApi.paths };
    router.use(openApiRouter({ parts, stylesheet: pages?.stylesheet, document: () => describeApp(app) }));
  }
  return { router, routers };
}
