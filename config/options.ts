// What a host writes as settings, in code or in a JSON file.

import type { WebhookEvent } from '../lib/outbox/webhook-events.js';
import type { ProvidersOptions } from '../lib/providers/index.js';
import type { BioreLimitName } from './biore-limits.js';

/** How many calls within how long; what is left out keeps its default. */
export interface RateLimitOptions {
  /** Calls within the window, a positive whole number. */
  readonly limit?: number;
  /** Duration with unit, at most `"24d"`. */
  readonly window?: string;
}

/** Who may sign up; where both are given, either will do. Who is refused has the documented failure `sign_up_refused`. */
export interface SignUpOptions {
  /**
   * Whose verified address is of one of these domains, subdomains not included: as the provider has verified it, or as a sign-up by
   * password is to prove it (`verifyEmail`); without that proof nobody comes in by it. Default: any.
   */
  readonly domains?: readonly string[];
  /** Whoever shows a one-time invitation (`keys.invites.create`). Default false. */
  readonly invites?: boolean;
}

export interface WebhookOptions {
  /** Takes the POST; https, or http to a loopback host. No two alike. Required. */
  readonly url: string;
  /** What it is signed with: `whsec_` and the base64 of 24 to 64 random bytes. Required. */
  readonly secret: string;
  /** Default: all of them. */
  readonly events?: readonly WebhookEvent[];
}

/** Everything that can stand in the JSON file, plus `baseUrl` and `secret`. A mistake in any option is a `ConfigurationError` at start-up. */
export interface LatchkeySettings {
  /** The public http(s) origin, without path; redirect URIs and cookies come from it, never from a header. In production https, unless the host is loopback. Required. */
  readonly baseUrl: string;
  /** At least 32 characters, known to every process and to nobody else; every key is derived from it. Required. */
  readonly secret: string;
  /** How the app is called in mails and on pages, 1 to 100 characters. Default: they say "this app"; of the standalone server `"BIO.RE"`. */
  readonly appName?: string;
  /** Whether an identity nobody has creates a user, and whoever signs up by password is one; or who of them. Default true. */
  readonly signUp?: boolean | SignUpOptions;
  /** Whether a password signs in, and so counts as a sign-in method. Default true. */
  readonly passwordSignIn?: boolean;
  /**
   * Whether somebody who signs up must prove the address first, by a link in a mail; then whoever proves an address also gets it
   * from an account that merely typed it. Needs local accounts, `mail`, and users that tell `status` and `emailVerified`. Default
   * true wherever those are there.
   */
  readonly verifyEmail?: boolean;
  /**
   * Whether a proven address counts as a sign-in method, since a link in a mail sets a new password: then somebody may unlink
   * everything else. Whoever loses the mailbox has lost the account by then, so default false.
   */
  readonly recoveryCounts?: boolean;
  /** Ids of configured providers trusted to attach to an existing user whose e-mail address is verified here too. Default none. */
  readonly linkByVerifiedEmail?: readonly string[];
  /**
   * Link, unlink and password changes demand a sign-in that recent: a duration with unit, such as `"10m"`. What a provider says of
   * it (`auth_time`, OpenID Connect Core 1.0, section 2) is believed. Default null: of any age.
   */
  readonly reauthenticateWithin?: string | null;
  /** Other http(s) origins that may call with credentials (Fetch, CORS protocol); exact, no wildcard. Default none. */
  readonly allowedOrigins?: readonly string[];
  /** How long tokens live: durations with unit, of one second at least. */
  readonly tokens?: {
    /** Default `"1h"`. */
    readonly accessTtl?: string;
    /** Default `"180d"`. */
    readonly refreshTtl?: string;
  };
  /** How long a browser stays signed in by its cookie: durations with unit, of one second at least. */
  readonly sessions?: {
    /** Ends a session that long after its last request (OWASP ASVS 5.0, 7.3.1). Default `"7d"`. */
    readonly idleTtl?: string;
    /** Ends a session that long after the sign-in, whatever happens in it (OWASP ASVS 5.0, 7.3.2). Default `"30d"`. */
    readonly absoluteTtl?: string;
  };
  /** Limits of calls; 429 beyond (RFC 6585, section 4). */
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
    /** Mails with a link to one e-mail address; no more are sent, and nobody is told. Default 5 in `"1h"`. */
    readonly mail?: RateLimitOptions;
    /** Of BIO.RE's calls: per user where somebody is signed in, else per address. Default: what its documents say. */
    readonly biore?: Readonly<Partial<Record<BioreLimitName, RateLimitOptions>>>;
  };
  /** True: tokens of providers are kept, encrypted, and revoked at the provider on unlink (RFC 7009). Default false. */
  readonly storeProviderTokens?: boolean;
  /**
   * How old audit rows become: a duration with unit of one day at least, such as `"365d"`; older ones are removed, a thousand at a
   * time. Default null: they are kept for ever.
   */
  readonly auditRetention?: string | null;
  /** Services that are told of changes, signed by Standard Webhooks; each event commits with its change, and is sent until it is taken. Default none. */
  readonly webhooks?: readonly WebhookOptions[];
  /** True: failure envelopes carry the internal `error` text. Never in public service. Default false. */
  readonly debug?: boolean;
  /**
   * Counts requests, sign-ins, links, refusals and waits, and serves them at `GET /metrics` (Prometheus' text format). True: only to
   * connections from this machine that no proxy and no browser stands behind; `{ token }` (16 characters or more): to whoever sends
   * it as a Bearer token. Needs the package `prom-client`. Default false.
   */
  readonly metrics?: boolean | { readonly token: string };
  /**
   * Serves what the plugin answers here as OpenAPI 3.1: `GET /openapi.json`, and `GET /openapi` for people. `{ paths }`: Path Items
   * (OpenAPI 3.1, section 4.8.9) of your own stand in it, too. Default false.
   */
  readonly openApi?: boolean | { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  /** Where people can sign in. Default none. */
  readonly providers?: ProvidersOptions;
}
