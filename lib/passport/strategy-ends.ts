// How a flow ends for Passport, the same for every kind of strategy: what `verify` gets, and what follows from its answer.

import { LatchkeyError } from '../accounts/errors.js';
import type { VerifiedIdentity } from '../accounts/types.js';
import type { StrategyContext, StrategyProfile } from './strategy-types.js';

/** What Passport adds to a strategy for one request. */
export interface StrategyEnds {
  success(user: object, info?: object): void;
  fail(challenge?: unknown, status?: number): void;
  error(error: unknown): void;
}

/** That the person said no, or that nobody knows the flow, is an answer; anything else that goes wrong is an error. */
export function endWith(ends: StrategyEnds, thrown: unknown): void {
  const isAnswer = thrown instanceof LatchkeyError && (thrown.code === 'denied' || thrown.code === 'flow_expired');
  if (isAnswer) ends.fail(thrown, 403);
  else ends.error(thrown);
}

export interface VerifyCall {
  readonly ends: StrategyEnds;
  /** The host's. */
  readonly verify: (...args: never[]) => unknown;
  /** All but `done`. */
  readonly args: readonly unknown[];
  /** What the app gave as `state` when the flow began: it comes back as `info.state`. */
  readonly state: unknown;
}

/** Calls the app's `verify`, which says by `done` who came. One that is async rejects to nobody but us, and would end the process. */
export function callVerify({ ends, verify, args, state }: VerifyCall): void {
  let isDone = false;
  const done = (error?: unknown, user?: object | false | null, info?: object) => {
    if (isDone) return;
    isDone = true;
    if (error) ends.error(error);
    else if (!user) ends.fail(info);
    else ends.success(user, state === undefined ? info : { ...info, state });
  };
  const call = async () => await Reflect.apply(verify, undefined, [...args, done]);
  // As the family has it: also what Passport's own end throws goes to the app's error handler.
  call().catch((error: unknown) => ends.error(error ?? new Error('verify failed')));
}

type Claims = Readonly<Record<string, unknown>>;

/** @param claims of an ID token and of userinfo, checked; `undefined` for OAuth 2.0 */
export function profileOf({ tokens, ...identity }: VerifiedIdentity, claims?: Claims): StrategyProfile {
  const { provider, subject: id, profile } = identity;
  const { name, email, emailVerified, picture } = profile;
  return {
    provider,
    id,
    identity,
    ...(tokens?.expiresAt === undefined ? {} : { expiresAt: tokens.expiresAt }),
    ...(name === undefined ? {} : { displayName: name }),
    ...(email === undefined ? {} : { emails: [{ value: email, verified: emailVerified }] }),
    ...(picture === undefined ? {} : { photos: [{ value: picture }] }),
    ...(claims === undefined ? {} : { _json: claims }),
  };
}

/** @param idToken its claims, checked */
export function contextOf({ auth_time, acr, amr }: Claims): StrategyContext {
  const timestamp = typeof auth_time === 'number' && Number.isFinite(auth_time) ? new Date(auth_time * 1000) : undefined;
  return {
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(typeof acr === 'string' ? { class: acr } : {}),
    ...(Array.isArray(amr) ? { methods: amr.filter((method) => typeof method === 'string') } : {}),
  };
}
