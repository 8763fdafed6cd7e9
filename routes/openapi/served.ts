// Which calls an app serves: every route of its routers, with what is told of it.

import type { ServedOperation } from '../../lib/openapi/document.js';
import type { Operation, OperationFamily, Operations } from '../../lib/openapi/operation.js';
import { bioreOperations, bioreSignInOperations } from './biore.js';
import { bioreAccountOperations, bioreSubmissionOperations } from './biore-accounts.js';
import { browserOperations, callbackOperations } from './browser.js';
import { cloudreveOperations } from './cloudreve.js';
import { cloudreveAccountOperations } from './cloudreve-accounts.js';
import { genauthOperations } from './genauth.js';
import { operatorOperations } from './operations.js';
import { recoveryPageOperations, startPageOperation } from './recovery-pages.js';

const START_PAGE = 'GET start page';

/** Everything that there is to tell of, by family, method and path without a prefix. */
export const OPERATIONS: Readonly<Record<OperationFamily, Operations>> = {
  cloudreve: { ...cloudreveOperations, ...cloudreveAccountOperations },
  biore: { ...bioreOperations, ...bioreSignInOperations, ...bioreAccountOperations, ...bioreSubmissionOperations },
  genauth: genauthOperations,
  browser: { ...browserOperations, ...callbackOperations, ...recoveryPageOperations, [START_PAGE]: startPageOperation },
  operations: operatorOperations,
};

/** A route of ours, wherever it stands. */
export interface ServedRoute {
  readonly family: OperationFamily;
  /** In lower case. */
  readonly method: string;
  /** As they stand in the router, one for each prefix. */
  readonly paths: readonly string[];
}

export interface Placing {
  /** What stands before a family's paths, as the app has it. */
  readonly prefixes: Readonly<Record<OperationFamily, readonly string[]>>;
  /** Of the redirect URIs. */
  readonly callback: string;
  readonly startPage: string | undefined;
}

const CALLBACK = '/callback/openid';

function keyOf({ family, method, paths: [path = ''] }: ServedRoute, { prefixes, callback, startPage }: Placing): string {
  if (family === 'browser' && path === startPage) return START_PAGE;
  const own = family === 'browser' && path.startsWith(`${callback}/`) ? CALLBACK + path.slice(callback.length) : undefined;
  return `${method.toUpperCase()} ${own ?? path.slice(prefixes[family][0]?.length ?? 0)}`;
}

/** @throws TypeError for a route that nothing is told of */
function operationOf(route: ServedRoute, placing: Placing): Operation {
  const key = keyOf(route, placing);
  const operation = OPERATIONS[route.family][key];
  if (operation === undefined) throw new TypeError(`routes/openapi tells nothing of ${route.family}'s ${key}`);
  return operation;
}

/** Preflight requests are told of once for all. */
export function servedOperations(routes: readonly ServedRoute[], placing: Placing): readonly ServedOperation[] {
  return routes
    .filter(({ method, paths }) => method !== 'options' && paths.length > 0)
    .map((route) => ({ ...route, operation: operationOf(route, placing) }));
}
