// OpenTelemetry spans, for a host that has an SDK: what was done, with which provider and how it ended, but nothing about any person.

import type { Attributes, Span, SpanOptions } from '@opentelemetry/api';
import type { Addresses } from '../accounts/addresses.js';
import type { Permit } from '../accounts/anti-lockout.js';
import type { Authorizations } from '../accounts/authorizations.js';
import { LatchkeyError } from '../accounts/errors.js';
import type { Joins } from '../accounts/joins.js';
import type { Links } from '../accounts/links.js';
import type { Moves } from '../accounts/moves.js';
import type { Passwords } from '../accounts/passwords.js';
import type { Recovery } from '../accounts/recovery.js';
import type { SignUps } from '../accounts/sign-ups.js';
import type { Submissions } from '../accounts/submissions.js';
import { packageIfThere } from '../support/optional-package.js';
import { packageVersion } from '../support/package-version.js';

type OpenTelemetry = typeof import('@opentelemetry/api');

/** The names there are: none is made of what somebody sends. */
export type SpanName =
  | 'prepare'
  | 'finish'
  | 'link'
  | 'unlink'
  | 'guard'
  | 'import'
  | 'access_token'
  | 'password_sign_in'
  | 'password_set'
  | 'password_remove'
  | 'password_reset'
  | 'sign_up'
  | 'verify_email'
  | 'refresh'
  | 'submit'
  | 'deliver';

export interface SpanFacts {
  /** A provider id; one that is not configured is told of as `other`. */
  readonly provider?: string | undefined;
  /** Of a message: `mail`, `webhook` or `revocation`. */
  readonly message?: string;
  /** Begins a trace: what it is for ended long ago. Default false. */
  readonly apart?: boolean;
}

/** Nothing is told of anything. */
export const noSpans: Spans = { within: (_name, _facts, work) => work() };

export interface Spans {
  /** Does the work in a span of its own, which what it calls belongs to. Where the host has no SDK, just does the work. */
  within<T>(name: SpanName, facts: SpanFacts, work: () => Promise<T>): Promise<T>;
}

/** Nobody's refusal: what an operator is to look at. */
const FAULTS: ReadonlySet<string> = new Set(['internal', 'failed', 'unavailable', 'provider_failed']);

const SCOPE = 'express-latchkey';

/** No message and no stack: they may name somebody. */
function fail(span: Span, error: unknown, { SpanStatusCode }: OpenTelemetry): void {
  const code = error instanceof LatchkeyError ? error.code : 'failed';
  span.setAttribute('latchkey.outcome', code);
  if (!FAULTS.has(code)) return;
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** @param configured the providers by their ids: those in requests are anybody's to make up */
export function createSpans(configured: { has(provider: string): boolean }): Spans {
  const api = packageIfThere<OpenTelemetry>('@opentelemetry/api');
  if (api === undefined) return noSpans;
  const version = packageVersion();

  function attributesOf({ provider, message }: SpanFacts): Attributes {
    return {
      ...(provider === undefined ? {} : { 'latchkey.provider': configured.has(provider) ? provider : 'other' }),
      ...(message === undefined ? {} : { 'latchkey.message': message }),
    };
  }

  return {
    within(name, facts, work) {
      const options: SpanOptions = { attributes: attributesOf(facts), root: facts.apart === true };
      // Asked for each time: a host may start its SDK after us.
      return api.trace.getTracer(SCOPE, version).startActiveSpan(`latchkey.${name}`, options, async (span) => {
        try {
          const result = await work();
          span.setAttribute('latchkey.outcome', 'ok');
          return result;
        } catch (error) {
          fail(span, error, api);
          throw error;
        } finally {
          span.end();
        }
      });
    },
  };
}

/** What is done without a provider. */
export const NONE: SpanFacts = {};

const providerOf = ({ removing }: Permit): SpanFacts => (removing.kind === 'link' ? { provider: removing.provider } : NONE);

/** Gives the same call, in a span. */
export const aroundBy =
  ({ within }: Spans) =>
  <A extends readonly unknown[], T>(name: SpanName, call: (...args: A) => Promise<T>, factsOf: (...args: A) => SpanFacts = () => NONE) =>
  (...args: A): Promise<T> =>
    within(name, factsOf(...args), () => call(...args));

/** What of the rules somebody waits for. */
export interface TracedRules {
  readonly addresses: Addresses;
  readonly authorizations: Authorizations;
  readonly joins: Joins;
  readonly links: Links;
  readonly moves: Moves;
  readonly passwords: Passwords;
  readonly recovery: Recovery;
  readonly signUps: SignUps;
  readonly submissions: Submissions;
  readonly tokens: { refresh(...args: never[]): Promise<unknown> };
}

/** The rules with a span around each of what somebody waits for. */
export function tracedCore<Core extends TracedRules>(core: Core, spans: Spans): Core {
  const { addresses, authorizations, joins, links, moves, passwords, recovery, signUps, submissions, tokens } = core;
  const around = aroundBy(spans);
  const byProvider = (provider: string): SpanFacts => ({ provider });
  return {
    ...core,
    addresses: { ...addresses, verify: around('verify_email', addresses.verify) },
    authorizations: {
      ...authorizations,
      prepare: around('prepare', authorizations.prepare, ({ provider }) => ({ provider })),
      finish: around('finish', authorizations.finish, ({ provider }) => ({ provider })),
    },
    joins: { ...joins, finish: around('link', joins.finish) },
    links: { ...links, unlink: around('unlink', links.unlink, providerOf) },
    moves: { ...moves, move: around('link', moves.move) },
    passwords: {
      ...passwords,
      signIn: around('password_sign_in', passwords.signIn),
      signUp: around('sign_up', passwords.signUp),
      set: around('password_set', passwords.set),
      remove: around('password_remove', passwords.remove),
      removePermitted: around('password_remove', passwords.removePermitted),
    },
    recovery: { ...recovery, reset: around('password_reset', recovery.reset) },
    signUps: { ...signUps, signUp: around('sign_up', signUps.signUp) },
    submissions: {
      ...submissions,
      signIn: around('submit', submissions.signIn, byProvider),
      link: around('submit', submissions.link, byProvider),
    },
    tokens: { ...tokens, refresh: around('refresh', tokens.refresh) },
  };
}
