// Which of our routes answered a request: recognized by the route object itself, so that a host's routes are never taken for ours.

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

/** A route of a router, as Express has it. */
export interface RouterRoute {
  readonly path: string | readonly string[];
  /** In lower case. */
  readonly methods: Readonly<Record<string, boolean>>;
}

interface Layer {
  readonly route?: RouterRoute;
  readonly handle: { readonly stack?: readonly Layer[] };
}

function* routesIn(stack: readonly Layer[]): Generator<RouterRoute> {
  for (const { route, handle } of stack) {
    if (route !== undefined) yield route;
    else if (handle.stack !== undefined) yield* routesIn(handle.stack);
  }
}

/** Every route of a router and of those in it, in the order in which they are asked. */
export function routesOf(router: Router): readonly RouterRoute[] {
  return [...routesIn(router.stack as unknown as readonly Layer[])];
}

export function createRouteTable<F extends string>(): RouteTable<F> {
  const known = new WeakMap<object, KnownRoute<F>>();
  return {
    enter(family, router) {
      for (const route of routesOf(router)) {
        const [pattern = ''] = [route.path].flat();
        known.set(route, { family, pattern });
      }
      return router;
    },
    find: (route) => (typeof route === 'object' && route !== null ? known.get(route) : undefined),
  };
}
