// The host's options after they were checked: every default filled in, durations in milliseconds.

import type { WebhookConfig } from '../lib/outbox/webhook-events.js';
import type { ProviderConfig } from '../lib/providers/provider-config.js';
import type { BioreLimitName } from './biore-limits.js';

export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
}

export type RateLimitName = 'unlink' | 'refresh' | 'password' | 'prepare' | 'finish' | 'mail';

/** Who may read the metrics. */
export interface MetricsAccess {
  /** `undefined`: connections from this machine alone. */
  readonly token: string | undefined;
}

/** Everything that can be written in a JSON file, checked and complete; the host's own strategies come from code. */
export interface Config {
  /** The public origin, without a trailing slash. */
  readonly baseUrl: string;
  /** At least 32 characters; every key is derived from it. */
  readonly secret: string;
  /** Empty: the app has given no name. */
  readonly appName: string;
  readonly signUp: boolean;
  /** `domains` in lower case; undefined: of any. */
  readonly admission: { readonly domains: readonly string[] | undefined; readonly invites: boolean };
  readonly passwordSignIn: boolean;
  /** `undefined`: wherever mail can be sent. */
  readonly verifyEmail: boolean | undefined;
  readonly recoveryCounts: boolean;
  readonly linkByVerifiedEmail: readonly string[];
  /** `undefined`: a sign-in of any age will do. */
  readonly reauthenticateWithinMs: number | undefined;
  readonly allowedOrigins: readonly string[];
  readonly tokens: { readonly accessTtlMs: number; readonly refreshTtlMs: number };
  readonly sessions: { readonly idleTtlMs: number; readonly absoluteTtlMs: number };
  readonly rateLimits: Readonly<Record<RateLimitName, RateLimit>>;
  readonly bioreLimits: Readonly<Record<BioreLimitName, RateLimit>>;
  readonly storeProviderTokens: boolean;
  /** `undefined`: audit rows are kept for ever. */
  readonly auditRetentionMs: number | undefined;
  readonly webhooks: readonly WebhookConfig[];
  readonly debug: boolean;
  /** `undefined`: nothing is counted. */
  readonly metrics: MetricsAccess | undefined;
  /** `undefined`: no description is served. */
  readonly openApi: { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> } | undefined;
  /** By provider id, in the order of the configuration. */
  readonly providers: ReadonlyMap<string, ProviderConfig>;
}
