// The common part of the providers' schemas; a provider's file adds its own options, and what they become.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { closedObject, mistakesOf } from '../support/closed-object.js';
import { flag, name, text } from '../support/scalars.js';
import { icon, issuer } from '../support/web-address.js';
import { clientProof } from './client-proof.js';
import type { Given, Named, OptionsSchema } from './provider.js';

/** A schema for each option, or it does not compile. */
export type Shape<Options> = Readonly<Record<keyof Options, z.ZodType>>;

type Loose = z.core.$ZodLooseShape;
type Read<Fields extends Loose> = z.output<z.ZodObject<Fields, z.core.$strict>>;

/** A schema of these options and no others. @param become what is made of them. Default: they stay as they are */
export function schemaOf<Fields extends Loose>(fields: Fields): OptionsSchema<Read<Fields>>;
export function schemaOf<Fields extends Loose, Config>(fields: Fields, become: (read: Read<Fields>) => Config): OptionsSchema<Config>;
export function schemaOf<Fields extends Loose>(fields: Fields, become = (read: Read<Fields>): unknown => read): OptionsSchema<unknown> {
  const schema = closedObject(fields);
  return {
    names: Object.keys(fields),
    check(given, path) {
      const parsed = schema.safeParse(given);
      return parsed.success
        ? { value: become(parsed.data), mistakes: [] }
        : { value: undefined, mistakes: mistakesOf(parsed.error.issues, path) };
    },
  };
}

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

const EXT_IDP_ID = 'expected 24 hexadecimal digits';

/** `NamedProviderOptions`. */
export function named({ id, displayName }: Named) {
  return {
    enabled: flag().default(true),
    unlinkable: flag().default(true),
    displayName: name().default(displayName),
    icon: icon().default(''),
    extIdpId: z
      .string({ error: EXT_IDP_ID })
      .regex(/^[0-9a-f]{24}$/i, { error: EXT_IDP_ID })
      .default(defaultExtIdpId(id)),
  };
}

/** An id of ours says the type already; it may be repeated but not contradicted. */
function typeOption({ id, type, typeExpected }: Given): z.ZodType<string | undefined> {
  if (typeExpected !== undefined) return z.literal(type, { error: typeExpected });
  return z.literal(type, { error: `expected "${id}" or no type at all: this id is built in` }).optional();
}

function common(given: Given) {
  return { ...named(given), scope: scope.optional(), clientId: text() };
}

/** `CommonProviderOptions`, and `type`. */
export function clientOptions(given: Given) {
  return { ...common(given), type: typeOption(given) };
}

const AUDIENCES = 'expected a list of further audiences, each a non-empty string';
const audiences = z.array(text(), { error: AUDIENCES }).optional();

/** `OpenIdClientOptions`, and `type`. */
export function openIdClientOptions(given: Given) {
  return { ...common(given), ...clientProof(given.options), audiences, subjectsOf: issuer().optional(), type: typeOption(given) };
}

const NATIVE = 'expected a list of client ids, each a non-empty string';

/** Of providers whose ID tokens native apps hand in. */
export const nativeClientIds = z.array(text(), { error: NATIVE }).optional();

/** 24 hex digits: the first of the SHA-256 of the provider id. */
export function defaultExtIdpId(provider: string): string {
  return createHash('sha256').update(provider).digest('hex').slice(0, 24);
}
