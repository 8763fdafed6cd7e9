// The schema of each kind of provider, and what it becomes.

import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { defaultDisplayName } from '../lib/providers/catalogue.js';
import { defaultExtIdpId } from '../lib/providers/ext-idp-id.js';
import { closedObject, isRecord } from './closed-object.js';
import type { HostProviderConfig, ProviderConfig } from './config.js';
import type { PassportStrategy } from './provider-options.js';
import { flag, name, text } from './scalars.js';
import { endpoint, icon, issuer } from './web-address.js';

const SCOPE = 'expected scopes as a list, or as text separated by spaces or commas';

/** RFC 6749, section 3.3: `scope-token`. */
const scopeToken = z.string({ error: SCOPE }).regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: SCOPE });

/** `openid` is what the protocol itself needs, and its file adds it. */
function withoutOpenId(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].filter((scope) => scope !== 'openid');
}

const scope = z
  .preprocess(
    (value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter((token) => token !== '') : value),
    z.array(scopeToken, { error: SCOPE }),
  )
  .transform(withoutOpenId);

/** Whether the text can be what it claims, found out without ever quoting it. */
function isP256Key(pem: string): boolean {
  if (!pem.trimStart().startsWith('-----BEGIN PRIVATE KEY-----')) return false;
  try {
    const key = createPrivateKey({ key: pem, format: 'pem' });
    return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

const PRIVATE_KEY = 'expected a PKCS #8 PEM ("-----BEGIN PRIVATE KEY-----") of an elliptic curve P-256 key';
const EXT_IDP_ID = 'expected 24 hexadecimal digits';

function named(id: string) {
  return {
    enabled: flag().default(true),
    displayName: name().default(defaultDisplayName(id)),
    icon: icon().default(''),
    extIdpId: z
      .string({ error: EXT_IDP_ID })
      .regex(/^[0-9a-f]{24}$/i, { error: EXT_IDP_ID })
      .default(defaultExtIdpId(id)),
  };
}

function common(id: string) {
  return { ...named(id), scope: scope.optional(), clientId: text() };
}

/** The id says the type already; it may be repeated but not contradicted. */
function sameType(id: string) {
  return z.literal(id, { error: `expected "${id}" or no type at all: this id has its own kind` }).optional();
}

function logto(id: string) {
  return closedObject({ ...common(id), type: sameType(id), endpoint: issuer(), clientSecret: text() }).transform(
    ({ endpoint: tenant, ...options }): ProviderConfig => ({
      ...options,
      id,
      type: 'logto',
      scope: options.scope,
      issuer: `${tenant.replace(/\/+$/, '')}/oidc`,
    }),
  );
}

function qq(id: string) {
  const endpoints = closedObject({
    authorization: endpoint().default('https://graph.qq.com/oauth2.0/authorize'),
    token: endpoint().default('https://graph.qq.com/oauth2.0/token'),
    openId: endpoint().default('https://graph.qq.com/oauth2.0/me'),
    userInfo: endpoint().default('https://graph.qq.com/user/get_user_info'),
  }).prefault({});
  return closedObject({ ...common(id), type: sameType(id), clientSecret: text(), useUnionId: flag().default(false), endpoints }).transform(
    (options): ProviderConfig => ({ ...options, id, type: 'qq', scope: options.scope }),
  );
}

function x(id: string) {
  const endpoints = closedObject({
    authorization: endpoint().default('https://x.com/i/oauth2/authorize'),
    token: endpoint().default('https://api.x.com/2/oauth2/token'),
    userInfo: endpoint().default('https://api.x.com/2/users/me'),
    revocation: endpoint().default('https://api.x.com/2/oauth2/revoke'),
  }).prefault({});
  return closedObject({ ...common(id), type: sameType(id), clientSecret: text(), endpoints }).transform(
    (options): ProviderConfig => ({ ...options, id, type: 'x', scope: options.scope }),
  );
}

const DOMAIN = 'expected a domain name, such as "example.com"';
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

/** RFC 1035, section 2.3.1 as relaxed by RFC 1123, section 2.1, in lower case; at least two labels. */
const domainName = z
  .string({ error: DOMAIN })
  .regex(new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`, 'i'), { error: DOMAIN })
  .transform((name) => name.toLowerCase());

function google(id: string) {
  const service = issuer().default('https://accounts.google.com');
  const hd = domainName.optional();
  return closedObject({ ...common(id), type: sameType(id), issuer: service, clientSecret: text(), hd }).transform(
    (options): ProviderConfig => ({ ...options, id, type: 'google', scope: options.scope }),
  );
}

function apple(id: string) {
  return closedObject({
    ...common(id),
    type: sameType(id),
    issuer: issuer().default('https://appleid.apple.com'),
    teamId: text(),
    keyId: text(),
    privateKey: z.string({ error: PRIVATE_KEY }).refine(isP256Key, { error: PRIVATE_KEY }),
  }).transform((options): ProviderConfig => ({ ...options, id, type: 'apple', scope: options.scope }));
}

function oidc(id: string, type: z.ZodType<string | undefined>) {
  return closedObject({ ...common(id), type, issuer: issuer(), clientSecret: text() }).transform(
    (options): ProviderConfig => ({ ...options, id, type: 'oidc', scope: options.scope }),
  );
}

/**
 * The schema of the provider with this id.
 * @param typeExpected what to say where an id of the host's own has not `type: "oidc"`
 */
export function providerSchema(id: string, typeExpected: string): z.ZodType<ProviderConfig> {
  switch (id) {
    case 'logto':
      return logto(id);
    case 'qq':
      return qq(id);
    case 'oidc':
      return oidc(id, sameType(id));
    case 'google':
      return google(id);
    case 'apple':
      return apple(id);
    case 'x':
      return x(id);
    default:
      return oidc(id, z.literal('oidc', { error: typeExpected }));
  }
}

const STRATEGY = 'expected an instance of a Passport strategy, which only code can give';
const PROFILE = 'expected a function that makes a profile, which only code can give';

function isStrategy(value: unknown): value is PassportStrategy {
  return isRecord(value) && typeof value.authenticate === 'function';
}

/** The schema of a strategy of the host's own; no JSON meets it, for want of functions. */
export function hostProviderSchema(id: string): z.ZodType<ProviderConfig> {
  return closedObject({
    ...named(id),
    strategy: z.custom<PassportStrategy>(isStrategy, { error: STRATEGY }),
    profile: z.custom<HostProviderConfig['profile']>((value) => typeof value === 'function', { error: PROFILE }),
  }).transform((options): ProviderConfig => ({ ...options, id, type: 'host' }));
}
