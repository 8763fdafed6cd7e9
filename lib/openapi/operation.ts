// The description of one call: who may make it, its input, and every way it may end.

import type { z } from 'zod';
import type { FailureCode } from '../accounts/errors.js';
import type { RouteFamily } from '../metrics/metrics.js';

/** The family of paths; `operations` are for the operators of the app. */
export type OperationFamily = RouteFamily | 'operations';

/** How a failure is expressed: in a dialect's envelope, or on a page. */
export type FailureForm = RouteFamily | 'page';

/** Names of the document's security schemes. */
export type SecurityScheme = 'bearer' | 'session' | 'refreshCookie' | 'idToken' | 'metricsToken';

/** One way in which a call succeeds. */
export type Outcome =
  /** The family's envelope; without a schema it has no data. */
  | { readonly kind: 'data'; readonly status: 200; readonly schema: z.ZodType | undefined; readonly says: string }
  /** JSON without an envelope. */
  | { readonly kind: 'json'; readonly status: 200 | 503; readonly schema: z.ZodType; readonly says: string }
  | { readonly kind: 'page'; readonly status: 200 | 404; readonly says: string }
  | { readonly kind: 'text'; readonly status: 200; readonly type: string; readonly says: string }
  | { readonly kind: 'redirect'; readonly status: 302 | 303; readonly says: string }
  | { readonly kind: 'nothing'; readonly status: 204 | 503; readonly says: string };

export interface Operation {
  /** `operationId`: unique in the whole document. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** Any of these may sign the call. Default none: the call needs no sign-in. */
  readonly signedBy?: readonly SecurityScheme[];
  /** The call may also be made without signing in. Default false. */
  readonly orNobody?: boolean;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly json?: z.ZodType;
  readonly form?: z.ZodType;
  /** The body may be left out. Default false. */
  readonly bodyIsOptional?: boolean;
  readonly outcomes: readonly Outcome[];
  readonly failures: readonly FailureCode[];
  /** Default: the family's envelope; for the browser paths JSON, or a page if the client asks for one. */
  readonly failsAs?: readonly FailureForm[];
}

/** Descriptions by method and path as in the router, without the family's prefix: `DELETE /session/openid/:provider_id`. */
export type Operations = Readonly<Record<string, Operation>>;

export const data = (schema?: z.ZodType, says = 'Done.'): Outcome => ({ kind: 'data', status: 200, schema, says });
export const json = (schema: z.ZodType, says: string, status: 200 | 503 = 200): Outcome => ({ kind: 'json', status, schema, says });
export const page = (says: string): Outcome => ({ kind: 'page', status: 200, says });
export const redirect = (status: 302 | 303, says: string): Outcome => ({ kind: 'redirect', status, says });
export const nothing = (says: string, status: 204 | 503 = 204): Outcome => ({ kind: 'nothing', status, says });
export const text = (type: string, says: string): Outcome => ({ kind: 'text', status: 200, type, says });

/** For a path that works only when a person navigates to it. */
export const tooEarly = nothing('A browser prefetched the page: nothing was done.', 503);
