// A flow to a provider: what is stored while the person is there, and what the callback stores in its place, so that a browser that comes
// again is sent on and nothing happens twice.

import type { SessionRef } from './sessions.js';

export const FLOW_TTL_MS = 10 * 60 * 1000;

/** Fixed when the flow is made and kept on the server: the callback never says whom to link to. */
export type Intent = { readonly kind: 'sign-in' } | OwnIntent;

/** What somebody who is signed in prepares; it is only as alive as the session it was prepared in. */
export interface OwnIntent {
  readonly kind: 'link' | 'reauthenticate';
  readonly userId: string;
  /** Absent where the host's own session signed: then whoever finishes must be signed in as this user. */
  readonly preparedIn?: SessionRef | undefined;
  /** When the user was made, in milliseconds since 1970: somebody who gets their id does not get the flow. */
  readonly userSince: number;
}

/** What a strategy of the host's own has to find again on the way back. At most 2 KiB of JSON. */
export interface StrategySession {
  /** The `state` it sent itself, whose place the flow's id took. */
  readonly state?: string;
  readonly session: Readonly<Record<string, unknown>>;
  /** The provider was asked to post its answer (OAuth 2.0 Form Post Response Mode). */
  readonly posted?: true;
}

/** Who finishes: a client with JSON, or the callback URL itself, in a browser's tab or in a popup that tells its opener. */
export type Entry = 'json' | 'browser' | 'popup';

export interface Flow {
  /** A UUID; the `state` of the authorization request. */
  readonly id: string;
  readonly provider: string;
  /** When it was made, in milliseconds since 1970. */
  readonly at: number;
  readonly intent: Intent;
  /** OpenID Connect Core 3.1.2.1. */
  readonly nonce: string;
  /** RFC 7636, section 4.1. */
  readonly codeVerifier: string;
  readonly entry: Entry;
  /** A path on this origin, checked when the flow was made. */
  readonly returnTo?: string;
  /** Only for a strategy of the host's own. */
  readonly strategySession?: StrategySession;
}

export type FlowEnd =
  /** Another request of this browser is at it. `goTo`: where its flow is to lead; undefined for a popup, which tells its opener. */
  { readonly state: 'under-way'; readonly goTo: string | undefined } | DoneFlow;

export interface DoneFlow {
  readonly state: 'done';
  /** Where the browser was sent; undefined for a popup. */
  readonly goTo: string | undefined;
  /** Whose account it linked to; undefined for a sign-in. */
  readonly linkedTo: string | undefined;
  /** What signs this browser in since, if it is a session of ours: the answer that set its cookie may never have been read. */
  readonly session: SessionOfFlow | undefined;
}

export interface SessionOfFlow {
  readonly userId: string;
  readonly sessionId: string;
  readonly proofOnly?: boolean;
  /** What the host keeps in the session stays. */
  readonly keep: boolean;
}

/** In a record, so that it is taken for no flow. */
interface Kept {
  readonly end: FlowEnd;
}

export const keepEnd = (end: FlowEnd): Kept => ({ end });

export function endIn(record: unknown): FlowEnd | undefined {
  return typeof record === 'object' && record !== null && 'end' in record ? (record as Kept).end : undefined;
}
