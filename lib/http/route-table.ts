// Which route of our routers answered a request: by the route's own identity, so that a host's routes are never taken for ours.

import type { Router } from 'express';

export interface KnownRoute<F extends string> {
  readonly family: F;
  /** Its first path, as it stands in the router: the same for every prefix. */
  readonly pattern: string;
}

export interface RouteTable<F extends string> {
  /** Enters every route of a router, and gives it back. */
  enter(family: F, router: Router): Router;
  /** Of `req.route`; undefined for what is none of ours. */
  find(route: unknown): KnownRoute<F> | undefined;
}

interface Layer {
  readonly route?: { readonly path: string | readonly string[] };
  readonly handle: { readonly stack?: readonly Layer[] };
}

function* routesIn(stack: readonly Layer[]): Generator<NonNullable<Layer['route']>> {
  for (const { route, handle } of stack) {
    if (route !== undefined) yield route;
    else if (handle.stack !== undefined) yield* routesIn(handle.stack);
  }
}

export function createRouteTable<F extends string>(): RouteTable<F> {
  const known = new WeakMap<object, KnownRoute<F>>();
  return {
    enter(family, router) {
      for (const route of routesIn(router.stack as unknown as readonly Layer[])) {
        const [pattern = ''] = [route.path].flat();
        known.set(route, { family, pattern });
      }
      return router;
    },
    find: (route) => (typeof route === 'object' && route !== null ? known.get(route) : undefined),
  };
}
