// The calls that an app serves: every route of its routers, with its description.

import type { ServedOperation } from '../../lib/openapi/document.js';
import type { Operation, OperationFamily, Operations } from '../../lib/openapi/operation.js';
import { bioreOperations, bioreSignInOperations } from './biore.js';
import { bioreAccountOperations, bioreSubmissionOperations } from './biore-accounts.js';
import { browserOperations } from './browser.js';
import { callbackOperations } from './callback.js';
import { cloudreveOperations } from './cloudreve.js';
import { cloudreveAccountOperations } from './cloudreve-accounts.js';
import { genauthOperations } from './genauth.js';
import { operatorOperations } from './operations.js';
import { recoveryPageOperations, startPageOperation } from './recovery-pages.js';

const START_PAGE = 'GET start page';

/** All descriptions, by family, method and path without a prefix. */
export const OPERATIONS: Readonly<Record<OperationFamily, Operations>> = {
  cloudreve: { ...cloudreveOperations, ...cloudreveAccountOperations },
  biore: { ...bioreOperations, ...bioreSignInOperations, ...bioreAccountOperations, ...bioreSubmissionOperations },
  genauth: genauthOperations,
  browser: { ...browserOperations, ...callbackOperations, ...recoveryPageOperations, [START_PAGE]: startPageOperation },
  operations: operatorOperations,
};

/** One of our routes. */
export interface ServedRoute {
  readonly family: OperationFamily;
  /** In lower case. */
  readonly method: string;
  /** The paths in the router, one for each prefix. */
  readonly paths: readonly string[];
}

export interface Placing {
  /** The app's prefixes of each family's paths. */
  readonly prefixes: Readonly<Record<OperationFamily, readonly string[]>>;
  /** The path of the redirect URIs. */
  readonly callback: string;
  readonly startPage: string | undefined;
}

const CALLBACK = '/callback/openid';

function keyOf({ family, method, paths: [path = ''] }: ServedRoute, { prefixes, callback, startPage }: Placing): string {
  if (family === 'browser' && path === startPage) return START_PAGE;
  const own = family === 'browser' && path.startsWith(`${callback}/`) ? CALLBACK + path.slice(callback.length) : undefined;
  return `${method.toUpperCase()} ${own ?? path.slice(prefixes[family][0]?.length ?? 0)}`;
}

/** @throws TypeError for a route without a description */
function operationOf(route: ServedRoute, placing: Placing): Operation {
  const key = keyOf(route, placing);
  const operation = OPERATIONS[route.family][key];
  if (operation === undefined) throw new TypeError(`routes/openapi tells nothing of ${route.family}'s ${key}`);
  return operation;
}

/** Preflight requests are described once for all calls. */
export function servedOperations(routes: readonly ServedRoute[], placing: Placing): readonly ServedOperation[] {
  return routes
    .filter(({ method, paths }) => method !== 'options' && paths.length > 0)
    .map((route) => ({ ...route, operation: operationOf(route, placing) }));
}
