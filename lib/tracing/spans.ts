// OpenTelemetry spans, for a host that has an SDK: what is done, by which provider and how it ended; nothing of any person.

import type { Attributes, Span, SpanOptions } from '@opentelemetry/api';
import { LatchkeyError } from '../accounts/errors.js';
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

/** @param isConfigured whether there is such a provider: ids in requests are anybody's to make up */
export function createSpans(isConfigured: (provider: string) => boolean): Spans {
  const api = packageIfThere<OpenTelemetry>('@opentelemetry/api');
  if (api === undefined) return noSpans;
  const version = packageVersion();

  function attributesOf({ provider, message }: SpanFacts): Attributes {
    return {
      ...(provider === undefined ? {} : { 'latchkey.provider': isConfigured(provider) ? provider : 'other' }),
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
