// What a host writes as settings, in code or in a JSON file.

import type { WebhookEvent } from '../lib/outbox/webhook-events.js';
import type { ProvidersOptions } from '../lib/providers/index.js';
import type { BioreLimitName } from './biore-limits.js';

/** How many calls are allowed in a window of time; a member that is left out keeps its default. */
export interface RateLimitOptions {
  /** Number of calls within the window, a positive whole number. */
  readonly limit?: number;
  /** Duration with unit, at most `"24d"`. */
  readonly window?: string;
}

/** Who may sign up; if both are given, either one is enough. Others get the documented failure `sign_up_not_allowed`. */
export interface SignUpOptions {
  /**
   * Admits people whose address is in one of these domains, subdomains not included. The address must be verified by the provider, or, for
   * a sign-up by password, be about to be proven (`verifyEmail`); without that proof the domain admits nobody. Default: any.
   */
  readonly domains?: readonly string[];
  /** Admits people who have a one-time invitation (`keys.invites.create`). Default false. */
  readonly invites?: boolean;
}

export interface WebhookOptions {
  /** Where events are posted; https, or http to a loopback host. Each URL may be used once. Required. */
  readonly url: string;
  /** The key that signs events: `whsec_` and the base64 of 24 to 64 random bytes. Required. */
  readonly secret: string;
  /** The events to send. Default: all of them. */
  readonly events?: readonly WebhookEvent[];
}

/** Everything that the JSON file can contain, plus `baseUrl` and `secret`. A mistake in any option is a `ConfigurationError` at start-up. */
export interface LatchkeySettings {
  /** The public http(s) origin, without a path; redirect URIs and cookies come from it, never from a header. Must be https in production, unless the host is loopback. Required. */
  readonly baseUrl: string;
  /** At least 32 characters, known to every process and to nobody else; every key is derived from it. Required. */
  readonly secret: string;
  /** The app's name in mails and on pages, 1 to 100 characters. Default: they say "this app"; for the standalone server `"BIO.RE"`. */
  readonly appName?: string;
  /** Whether new people may sign up, with a provider or a password; an object says which of them may. Default true. */
  readonly signUp?: boolean | SignUpOptions;
  /** Whether a password signs in, and so counts as a sign-in method. Default true. */
  readonly passwordSignIn?: boolean;
  /**
   * Whether a person who signs up must first prove the address, by a link in a mail. If so, a person who proves an address also gets it
   * from an account that merely typed it. Needs local accounts, `mail`, and users that have `status` and `emailVerified`. Default
   * true if all of these are there.
   */
  readonly verifyEmail?: boolean;
  /**
   * Whether a proven address counts as a sign-in method, because a link in a mail can set a new password. If so, people may unlink
   * everything else, and lose the account if they then lose the mailbox. Default false for that reason.
   */
  readonly recoveryCounts?: boolean;
  /** Ids of configured providers whose identities may be attached to an existing user by an e-mail address that is verified on both sides. Default none. */
  readonly linkByVerifiedEmail?: readonly string[];
  /**
   * Link, unlink and password changes require a sign-in that is at most this old: a duration with unit, such as `"10m"`. If a provider
   * says when the person signed in (`auth_time`, OpenID Connect Core 1.0, section 2), that is believed. Default null: any age.
   */
  readonly reauthenticateWithin?: string | null;
  /** Other http(s) origins that may call with credentials (Fetch, CORS protocol); exact, without wildcards. Default none. */
  readonly allowedOrigins?: readonly string[];
  /** How long tokens live: durations with unit, at least one second. */
  readonly tokens?: {
    /** Default `"1h"`. */
    readonly accessTtl?: string;
    /** Default `"180d"`. */
    readonly refreshTtl?: string;
  };
  /** How long a browser stays signed in by its cookie: durations with unit, at least one second. */
  readonly sessions?: {
    /** Ends a session that long after its last request (OWASP ASVS 5.0, 7.3.1). Default `"7d"`. */
    readonly idleTtl?: string;
    /** Ends a session that long after the sign-in, whatever happens in it (OWASP ASVS 5.0, 7.3.2). Default `"30d"`. */
    readonly absoluteTtl?: string;
  };
  /** Limits of calls; further calls get 429 (RFC 6585, section 4). */
  readonly rateLimits?: {
    /** Per user, across all dialects. Default 20 in `"1h"`. */
    readonly unlink?: RateLimitOptions;
    /** Per token family. Default 60 in `"1h"`. */
    readonly refresh?: RateLimitOptions;
    /** Per address and e-mail address. Default 10 in `"15m"`. */
    readonly password?: RateLimitOptions;
    /** Per address. Default 60 in `"1m"`. */
    readonly prepare?: RateLimitOptions;
    /** Per address. Default 60 in `"1m"`. */
    readonly finish?: RateLimitOptions;
    /** Mails with a link to one e-mail address; beyond the limit none is sent, and the answer does not say so. Default 5 in `"1h"`. */
    readonly mail?: RateLimitOptions;
    /** For BIO.RE's calls: per user if the call is signed in, else per address. Default: the limits of its documents. */
    readonly biore?: Readonly<Partial<Record<BioreLimitName, RateLimitOptions>>>;
  };
  /** True: tokens of providers are kept, encrypted, and revoked at the provider on unlink (RFC 7009). Default false. */
  readonly storeProviderTokens?: boolean;
  /**
   * How long audit rows are kept: a duration with unit, at least one day, such as `"365d"`; older ones are removed, a thousand at a
   * time. Default null: they are kept for ever.
   */
  readonly auditRetention?: string | null;
  /** Services that get signed events about changes (Standard Webhooks); each event commits with its change, and is sent until it is accepted. Default none. */
  readonly webhooks?: readonly WebhookOptions[];
  /** True: failure envelopes carry the internal `error` text. Never in public service. Default false. */
  readonly debug?: boolean;
  /**
   * Counts requests, sign-ins, links, refusals and waits, and serves the numbers at `GET /metrics` (Prometheus' text format). True: only to
   * connections from this machine that come through no proxy and from no browser; `{ token }` (16 characters or more): to anyone who sends
   * it as a Bearer token. Needs the package `prom-client`. Default false.
   */
  readonly metrics?: boolean | { readonly token: string };
  /**
   * Serves a description of the plugin's calls as OpenAPI 3.1: `GET /openapi.json`, and `GET /openapi` for people. `{ paths }` adds your
   * own Path Items (OpenAPI 3.1, section 4.8.9). Default false.
   */
  readonly openApi?: boolean | { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  /** The providers that people can sign in with. Default none. */
  readonly providers?: ProvidersOptions;
}
