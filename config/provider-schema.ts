// The schema of each kind of provider, and what it becomes.

import { z } from 'zod';
import { defaultDisplayName } from '../lib/providers/catalogue.js';
import { assertionAlgorithms, clientProof, publicOrSecret } from '../lib/providers/client-proof.js';
import { defaultExtIdpId } from '../lib/providers/ext-idp-id.js';
import { whyImpossible } from '../lib/providers/impossible-strategy.js';
import type { HostProviderConfig, PassportStrategy, ProviderConfig } from '../lib/providers/provider-config.js';
import { tenantIds, tenantsIssuer } from '../lib/providers/tenants.js';
import { closedObject, isRecord } from '../lib/support/closed-object.js';
import { flag, name, text } from '../lib/support/scalars.js';
import { endpoint, icon, issuer } from '../lib/support/web-address.js';

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

const isP256Key = (pem: string) => assertionAlgorithms(pem).includes('ES256');

const PRIVATE_KEY = 'expected a PKCS #8 PEM ("-----BEGIN PRIVATE KEY-----") of an elliptic curve P-256 key';
const EXT_IDP_ID = 'expected 24 hexadecimal digits';

/** Options before they are checked: some of them choose what is asked of the others. */
type Given = Readonly<Record<string, unknown>>;

function named(id: string) {
  return {
    enabled: flag().default(true),
    unlinkable: flag().default(true),
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

const AUDIENCES = 'expected a list of further audiences, each a non-empty string';

const NATIVE = 'expected a list of client ids, each a non-empty string';

const nativeClientIds = z.array(text(), { error: NATIVE }).optional();

const audiences = z.array(text(), { error: AUDIENCES }).optional();

/** What every provider takes that is asked by OpenID Connect, Apple apart. */
function openId(id: string, given: Given) {
  return { ...common(id), ...clientProof(given), audiences, subjectsOf: issuer().optional() };
}

function logto(id: string, given: Given) {
  return closedObject({ ...openId(id, given), type: sameType(id), endpoint: issuer() }).transform(
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

function x(id: string, given: Given) {
  const { clientSecret, tokenEndpointAuthMethod } = publicOrSecret(given);
  const endpoints = closedObject({
    authorization: endpoint().default('https://x.com/i/oauth2/authorize'),
    token: endpoint().default('https://api.x.com/2/oauth2/token'),
    userInfo: endpoint().default('https://api.x.com/2/users/me'),
    revocation: endpoint().default('https://api.x.com/2/oauth2/revoke'),
  }).prefault({});
  return closedObject({ ...common(id), type: sameType(id), clientSecret, tokenEndpointAuthMethod, endpoints }).transform(
    ({ tokenEndpointAuthMethod: _, ...options }): ProviderConfig => ({ ...options, id, type: 'x', scope: options.scope }),
  );
}

const DOMAIN = 'expected a domain name, such as "example.com"';
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

/** RFC 1035, section 2.3.1 as relaxed by RFC 1123, section 2.1, in lower case; at least two labels. */
export const domainName = z
  .string({ error: DOMAIN })
  .regex(new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`, 'i'), { error: DOMAIN })
  .transform((name) => name.toLowerCase());

function google(id: string, given: Given) {
  const service = issuer().default('https://accounts.google.com');
  const hd = domainName.optional();
  return closedObject({ ...openId(id, given), type: sameType(id), issuer: service, hd, nativeClientIds }).transform(
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
    nativeClientIds,
  }).transform((options): ProviderConfig => ({ ...options, id, type: 'apple', scope: options.scope }));
}

function oidc(id: string, given: Given, type: z.ZodType<string | undefined>) {
  const shape = { ...openId(id, given), type, issuer: tenantsIssuer(given.tenants), tenants: tenantIds() };
  return closedObject(shape).transform((options): ProviderConfig => ({ ...options, id, type: 'oidc', scope: options.scope }));
}

export interface ProviderSchemaOptions {
  readonly id: string;
  /** The options as given, unchecked. */
  readonly options: unknown;
  /** What to say where an id of the host's own has not `type: "oidc"`. */
  readonly typeExpected: string;
}

/** The schema of the provider with this id. */
export function providerSchema({ id, options, typeExpected }: ProviderSchemaOptions): z.ZodType<ProviderConfig> {
  const given: Given = isRecord(options) ? options : {};
  switch (id) {
    case 'logto':
      return logto(id, given);
    case 'qq':
      return qq(id);
    case 'oidc':
      return oidc(id, given, sameType(id));
    case 'google':
      return google(id, given);
    case 'apple':
      return apple(id);
    case 'x':
      return x(id, given);
    default:
      return oidc(id, given, z.literal('oidc', { error: typeExpected }));
  }
}

const STRATEGY = 'expected an instance of a Passport strategy, which only code can give';
const PROFILE = 'expected a function that makes a profile, which only code can give';

function isStrategy(value: unknown): value is PassportStrategy {
  return isRecord(value) && typeof value.authenticate === 'function';
}

/** What is ours to say: where people come back to, that nobody is signed in by it, and how a flow is found again. */
const OURS: readonly string[] = ['callbackURL', 'session', 'state'];
const AUTHENTICATE_OPTIONS = `expected an object of options that the strategy takes in authenticate(), without ${OURS.join(', ')}`;

const authenticateOptions = z.custom<Readonly<Record<string, unknown>>>(
  (value) => isRecord(value) && !OURS.some((name) => Object.hasOwn(value, name)),
  { error: AUTHENTICATE_OPTIONS },
);

/** The schema of a strategy of the host's own; no JSON meets it, for want of functions. */
export function hostProviderSchema(id: string): z.ZodType<ProviderConfig> {
  return closedObject({
    ...named(id),
    strategy: z.custom<PassportStrategy>(isStrategy, { error: STRATEGY }).superRefine((strategy, context) => {
      const message = whyImpossible(strategy);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    }),
    authenticateOptions: authenticateOptions.optional(),
    profile: z.custom<HostProviderConfig['profile']>((value) => typeof value === 'function', { error: PROFILE }),
  }).transform((options): ProviderConfig => ({ ...options, id, type: 'host' }));
}
