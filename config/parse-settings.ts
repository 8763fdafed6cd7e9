// The only function that turns a host's settings into the config: it checks each of them, and fills in every default.

import { z } from 'zod';
import { WEBHOOK_EVENTS } from '../lib/outbox/webhook-events.js';
import { closedObject, isRecord, mistakesOf } from '../lib/support/closed-object.js';
import { ConfigurationError, type Mistake, pathText } from '../lib/support/configuration-error.js';
import { type DurationBounds, duration } from '../lib/support/duration.js';
import { flag, name, positiveInteger } from '../lib/support/scalars.js';
import { domainName, endpoint, origin } from '../lib/support/web-address.js';
import { type BioreLimitName, DOCUMENTED } from './biore-limits.js';
import type { Config, RateLimit } from './config.js';
import type { LatchkeySettings, RateLimitOptions } from './options.js';
import { checkProviders } from './providers-check.js';

export interface SettingsContext {
  /** Requires https in `baseUrl`, except for loopback hosts. Default false. */
  readonly production?: boolean;
}

/** Counters in the process use a 32-bit timer: a longer window would end at once. */
const WINDOW: DurationBounds = { to: '24d' };

/** Tokens carry whole seconds (RFC 7519, section 2: NumericDate). */
const TOKEN_LIFE: DurationBounds = { from: '1s' };

/** Browsers forget a cookie after 400 days at the latest (RFC 6265bis, section 5.5). */
const SESSION_LIFE: DurationBounds = { from: '1s', to: '400d' };

/** An audit row is kept at least long enough for somebody who hears of the event a day later. */
const AUDIT_LIFE: DurationBounds = { from: '1d' };

const METRICS = 'expected true, false or { token } of at least 16 characters';
const OPEN_API = 'expected true, false or { paths } of OpenAPI path items';
const SECRET = 'expected at least 32 characters';
const LIST = 'expected a list of strings';

function rateLimit({ limit, window }: Required<RateLimitOptions>) {
  return closedObject({ limit: positiveInteger().default(limit), window: duration(WINDOW).prefault(window) })
    .transform((options) => ({ limit: options.limit, windowMs: options.window }))
    .prefault({});
}

/** The limits of BIO.RE's calls. */
function bioreLimits() {
  const shape: Readonly<Record<string, z.ZodType<RateLimit>>> = Object.fromEntries(
    Object.entries(DOCUMENTED).map(([name, documented]) => [name, rateLimit(documented)]),
  );
  return closedObject(shape as Readonly<Record<BioreLimitName, z.ZodType<RateLimit>>>).prefault(
    {} as Readonly<Record<BioreLimitName, RateLimit>>,
  );
}

const DOMAINS = 'expected a list of domain names, at least one';

/** @param given unchecked: its type decides which schema applies */
function signUpSchema(given: unknown) {
  if (!isRecord(given)) return flag().default(true);
  return closedObject({
    domains: z.array(domainName, { error: DOMAINS }).min(1, { error: DOMAINS }).optional(),
    invites: flag().default(false),
  });
}

const WHSEC = 'expected "whsec_" and the base64 of 24 to 64 random bytes';
const EVENTS = `expected a list of events, of ${WEBHOOK_EVENTS.join(', ')}`;
const WEBHOOKS = 'expected a list of webhooks, no two with the same url';

function isSigningSecret(text: string): boolean {
  const [, encoded = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const { length } = Buffer.from(encoded, 'base64');
  return length >= 24 && length <= 64;
}

function webhooks() {
  const webhook = closedObject({
    url: endpoint(),
    secret: z.string({ error: WHSEC }).refine(isSigningSecret, { error: WHSEC }),
    events: z
      .array(z.enum(WEBHOOK_EVENTS, { error: EVENTS }), { error: EVENTS })
      .min(1, { error: EVENTS })
      .default([...WEBHOOK_EVENTS]),
  });
  const differ = (all: readonly { readonly url: string }[]) => new Set(all.map(({ url }) => url)).size === all.length;
  return z.array(webhook, { error: WEBHOOKS }).refine(differ, { error: WEBHOOKS }).default([]);
}

function settingsSchema({ production = false }: SettingsContext, given: Readonly<Record<string, unknown>>) {
  return closedObject({
    baseUrl: origin({ secureOnly: production }),
    secret: z.string({ error: SECRET }).min(32, { error: SECRET }),
    appName: name().default(''),
    signUp: signUpSchema(given.signUp),
    passwordSignIn: flag().default(true),
    verifyEmail: flag().optional(),
    recoveryCounts: flag().default(false),
    linkByVerifiedEmail: z.array(z.string({ error: LIST }), { error: LIST }).default([]),
    reauthenticateWithin: duration().nullable().default(null),
    allowedOrigins: z.array(origin({ secureOnly: false }), { error: LIST }).default([]),
    tokens: closedObject({
      accessTtl: duration(TOKEN_LIFE).prefault('1h'),
      refreshTtl: duration(TOKEN_LIFE).prefault('180d'),
    }).prefault({}),
    sessions: closedObject({
      idleTtl: duration(SESSION_LIFE).prefault('7d'),
      absoluteTtl: duration(SESSION_LIFE).prefault('30d'),
    }).prefault({}),
    rateLimits: closedObject({
      unlink: rateLimit({ limit: 20, window: '1h' }),
      refresh: rateLimit({ limit: 60, window: '1h' }),
      password: rateLimit({ limit: 10, window: '15m' }),
      prepare: rateLimit({ limit: 60, window: '1m' }),
      finish: rateLimit({ limit: 60, window: '1m' }),
      mail: rateLimit({ limit: 5, window: '1h' }),
      biore: bioreLimits(),
    }).prefault({}),
    storeProviderTokens: flag().default(false),
    auditRetention: duration(AUDIT_LIFE).nullable().default(null),
    webhooks: webhooks(),
    debug: flag().default(false),
    metrics: z
      .union([z.boolean(), z.strictObject({ token: z.string().regex(/^[\x21-\x7e]{16,1024}$/) })], { error: METRICS })
      .default(false)
      .transform((on) => (typeof on === 'object' ? on : on ? { token: undefined } : undefined)),
    openApi: z
      .union([z.boolean(), z.strictObject({ paths: z.record(z.string().startsWith('/'), z.record(z.string(), z.unknown())) })], {
        error: OPEN_API,
      })
      .default(false)
      .transform((on) => (typeof on === 'object' ? on : on ? { paths: {} } : undefined)),
    // Checked on its own: its shape depends on its keys.
    providers: z.unknown().optional(),
  } satisfies Record<keyof LatchkeySettings, z.ZodType>);
}

/** Checks the raw settings, so that a mistake elsewhere does not hide this one. */
function untrustedNames(settings: Readonly<Record<string, unknown>>): readonly Mistake[] {
  const trusted: readonly unknown[] = Array.isArray(settings.linkByVerifiedEmail) ? settings.linkByVerifiedEmail : [];
  const configured = isRecord(settings.providers) ? Object.keys(settings.providers) : [];
  return trusted.flatMap((id, index) =>
    typeof id !== 'string' || configured.includes(id)
      ? []
      : [{ path: pathText(['linkByVerifiedEmail', index]), expected: 'expected the id of a configured provider' }],
  );
}

/** The config, or the list of mistakes that `parseSettings` throws, for a caller that has more mistakes to add. */
export function checkSettings(input: unknown, context: SettingsContext = {}): Config | readonly Mistake[] {
  const settings = isRecord(input) ? input : {};
  const parsed = settingsSchema(context, settings).safeParse(input);
  const providers = checkProviders(settings.providers);
  const mistakes = [...(parsed.success ? [] : mistakesOf(parsed.error.issues)), ...untrustedNames(settings), ...providers.mistakes];
  if (!parsed.success || mistakes.length > 0) return mistakes;
  const { tokens, sessions, reauthenticateWithin, auditRetention, allowedOrigins, verifyEmail, signUp, ...plain } = parsed.data;
  const { biore, ...rateLimits } = plain.rateLimits;
  return {
    ...plain,
    verifyEmail,
    signUp: signUp !== false,
    admission: typeof signUp === 'boolean' ? { domains: undefined, invites: false } : { domains: signUp.domains, invites: signUp.invites },
    rateLimits,
    bioreLimits: biore,
    reauthenticateWithinMs: reauthenticateWithin ?? undefined,
    auditRetentionMs: auditRetention ?? undefined,
    allowedOrigins: [...new Set(allowedOrigins)],
    tokens: { accessTtlMs: tokens.accessTtl, refreshTtlMs: tokens.refreshTtl },
    sessions: { idleTtlMs: sessions.idleTtl, absoluteTtlMs: sessions.absoluteTtl },
    providers: providers.value,
  };
}

/**
 * Checks the settings and fills in every default.
 * @throws ConfigurationError with every mistake at once, by its path and without values
 */
export function parseSettings(input: unknown, context: SettingsContext = {}): Config {
  const checked = checkSettings(input, context);
  if (isMistakes(checked)) throw new ConfigurationError(checked);
  return checked;
}

/** `Array.isArray` does not narrow a readonly list. */
export function isMistakes(checked: Config | readonly Mistake[]): checked is readonly Mistake[] {
  return Array.isArray(checked);
}
