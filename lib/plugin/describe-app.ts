// The OpenAPI document of this app: the calls that its router serves, and their paths.

import type { Router } from 'express';
import { servedOperations } from '../../routes/openapi/served.js';
import type { Parts } from '../../routes/parts.js';
import { ownCookie } from '../http/own-cookie.js';
import { type RouteTable, routesOf } from '../http/route-table.js';
import type { RouteFamily } from '../metrics/metrics.js';
import { type OpenApiDocument, openApiDocument } from '../openapi/document.js';
import type { JsonObject } from '../openapi/schemas.js';
import { packageVersion } from '../support/package-version.js';

export interface DescribedApp {
  readonly router: Router;
  /** What is not in it is for whoever runs the app. */
  readonly routes: RouteTable<RouteFamily>;
  readonly parts: Pick<Parts, 'config' | 'mount' | 'startPage'>;
  readonly prefixes: Readonly<Record<RouteFamily, readonly string[]>>;
  readonly tablePrefix: string | undefined;
  /** Paths of the app's own. */
  readonly paths: JsonObject;
}

export function describeApp({ router, routes, parts, prefixes, tablePrefix, paths }: DescribedApp): OpenApiDocument {
  const { config, mount, startPage } = parts;
  const served = routesOf(router).flatMap((route) =>
    Object.keys(route.methods).map((method) => ({
      family: routes.find(route)?.family ?? ('operations' as const),
      method,
      paths: [route.path].flat(),
    })),
  );
  return openApiDocument(servedOperations(served, { prefixes: { ...prefixes, operations: [''] }, callback: mount.callback, startPage }), {
    title: config.appName || 'Latchkey',
    version: packageVersion(),
    serverUrl: `${config.baseUrl}${mount.prefix}`,
    sessionCookie: ownCookie(config.baseUrl, 'session', tablePrefix).name,
    paths,
  });
}
