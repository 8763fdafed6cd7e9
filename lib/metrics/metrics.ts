// The metrics, on a registry of our own: nothing is added to the host's.

import type * as PromClient from 'prom-client';
import type { Sequelize } from 'sequelize';
import type { Authorizations } from '../accounts/authorizations.js';
import type { FailureCode } from '../accounts/errors.js';
import type { Passwords } from '../accounts/passwords.js';
import type { Submissions } from '../accounts/submissions.js';
import type { Dialect } from '../dialects/dialect.js';
import { optionalPackage } from '../support/optional-package.js';

/** Seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Whose paths these are. */
export type RouteFamily = Dialect['name'] | 'browser';

export interface ServedRequest {
  readonly family: RouteFamily;
  readonly method: string;
  /** The pattern, never the path that was asked for. */
  readonly route: string;
  /** `ok`, or what failed. */
  readonly outcome: FailureCode | 'ok';
  readonly seconds: number;
}

export interface OutboxState {
  readonly kind: string;
  readonly waiting: number;
  readonly givenUp: number;
  readonly oldest: Date | undefined;
}

export interface MetricsSources {
  /** Whose waits for a connection are counted. */
  readonly sequelize: Sequelize;
  /** Asked at each scrape. */
  outbox(): Promise<readonly OutboxState[]>;
  /** Undefined without Redis. */
  readonly pingRedis: (() => Promise<unknown>) | undefined;
}

export interface Metrics {
  request(served: ServedRequest): void;
  signedIn(by: string): void;
  linked(provider: string): void;
  unlinked(provider: string): void;
  /** In Prometheus' text format. @throws what a store says that is away */
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Counts no more waits. */
  close(): void;
}

/** Sequelize gives both hooks of one wait the same object. */
function hearWaits(sequelize: Sequelize, told: (seconds: number) => void): () => void {
  const began = new WeakMap<object, number>();
  const before = (options: unknown) => {
    if (typeof options === 'object' && options !== null) began.set(options, performance.now());
  };
  const after = (_connection: unknown, options: unknown) => {
    const from = typeof options === 'object' && options !== null ? began.get(options) : undefined;
    if (from !== undefined) told((performance.now() - from) / 1000);
  };
  const hooks = sequelize as unknown as Record<'addHook' | 'removeHook', (name: string, hook: unknown) => void>;
  hooks.addHook('beforePoolAcquire', before);
  hooks.addHook('afterPoolAcquire', after);
  return () => {
    hooks.removeHook('beforePoolAcquire', before);
    hooks.removeHook('afterPoolAcquire', after);
  };
}

/** @throws Error that says what to install where the library is not there */
export function createMetrics({ sequelize, outbox, pingRedis }: MetricsSources): Metrics {
  const { Counter, Gauge, Histogram, Registry } = optionalPackage<typeof PromClient>('prom-client', 'The option `metrics`', '15');
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `latchkey_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `latchkey_${name}`, help, labelNames: [...labelNames], registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({ name: `latchkey_${name}`, help, labelNames: [...labelNames], buckets: BUCKETS, registers });

  const requests = counter('requests_total', 'Requests answered', ['dialect', 'method', 'route', 'outcome']);
  const durations = histogram('request_duration_seconds', 'How long requests took', ['dialect', 'method', 'route']);
  const refusals = counter('refusals_total', 'Requests refused, by failure', ['code']);
  const signIns = counter('sign_ins_total', 'Sign-ins, by provider id or password', ['by']);
  const links = counter('links_total', 'Identities linked to a user', ['provider']);
  const unlinks = counter('unlinks_total', 'Identities unlinked', ['provider']);
  const waits = histogram('database_wait_seconds', 'Waits for a connection of the pool, including the host’s', []);
  const depth = gauge('outbox_messages', 'Messages not sent', ['kind', 'state']);
  const age = gauge('outbox_oldest_seconds', 'Age of the oldest message that waits; 0 if none waits', ['kind']);
  const redisWait = pingRedis === undefined ? undefined : gauge('redis_wait_seconds', 'Round trip to Redis at this scrape', []);

  async function look(): Promise<void> {
    for (const { kind, waiting, givenUp, oldest } of await outbox()) {
      depth.set({ kind, state: 'waiting' }, waiting);
      depth.set({ kind, state: 'given_up' }, givenUp);
      age.set({ kind }, oldest === undefined ? 0 : Math.max(0, (Date.now() - oldest.getTime()) / 1000));
    }
    const from = performance.now();
    await pingRedis?.();
    redisWait?.set((performance.now() - from) / 1000);
  }

  return {
    request({ family: dialect, method, route, outcome, seconds }) {
      requests.inc({ dialect, method, route, outcome });
      durations.observe({ dialect, method, route }, seconds);
      if (outcome !== 'ok') refusals.inc({ code: outcome });
    },
    signedIn: (by) => signIns.inc({ by }),
    linked: (provider) => links.inc({ provider }),
    unlinked: (provider) => unlinks.inc({ provider }),
    async scrape() {
      await look();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    close: hearWaits(sequelize, (seconds) => waits.observe(seconds)),
  };
}

interface CountedRules {
  readonly authorizations: Authorizations;
  readonly passwords: Passwords;
  readonly submissions: Submissions;
}

/**
 * The rules with a counter beside them: what has signed somebody in, after it was committed. Providers are those of the configuration,
 * so there are as many labels as are configured.
 */
export function countedCore<Core extends CountedRules>(core: Core, metrics: Metrics): Core {
  const { authorizations, passwords, submissions } = core;
  return {
    ...core,
    authorizations: {
      ...authorizations,
      async finish(request, context) {
        const finished = await authorizations.finish(request, context);
        if (finished.kind === 'signed-in') metrics.signedIn(request.provider);
        return finished;
      },
    },
    passwords: {
      ...passwords,
      async signIn(...args) {
        const signedIn = await passwords.signIn(...args);
        metrics.signedIn('password');
        return signedIn;
      },
    },
    submissions: {
      ...submissions,
      async signIn(provider, proof, context) {
        const signedIn = await submissions.signIn(provider, proof, context);
        metrics.signedIn(provider);
        return signedIn;
      },
    },
  };
}
