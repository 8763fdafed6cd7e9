// What the answers of providers have in common: empty members, the life of a token, a refused code; and the JSON answers of plain OAuth 2.0
// (RFC 6749, sections 5.1 and 5.2).

import type { ProviderTokens } from '../accounts/types.js';
import { isRecord } from '../support/closed-object.js';
import type { ProviderAnswer } from './oauth-service.js';

/** A code that the token endpoint does not take (RFC 6749, section 5.2): who sent it is wrong, and the provider works. */
export class GrantRefused extends Error {}

/** Of `expires_in` (RFC 6749, section 5.1), which some send as a text; nothing for what is no number of seconds. */
export function expiryOf(expiresIn: unknown): { readonly expiresAt?: number } {
  const seconds = typeof expiresIn === 'string' && expiresIn !== '' ? Number(expiresIn) : expiresIn;
  const isOne = typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 && seconds < 1e10;
  return isOne ? { expiresAt: Date.now() + Math.round(seconds * 1000) } : {};
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** The value, or `undefined` where it is null or empty. Only for what is optional: what is checked is never forgiven for being empty. */
export function optional(value: unknown): unknown {
  return isEmpty(value) ? undefined : value;
}

/** The members that say something. */
export function withoutEmpty(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => optional(value) !== undefined));
}

export type Fields = Readonly<Record<string, unknown>>;

export interface JsonAnswersOptions {
  /** What the provider is called in the log. */
  readonly name: string;
  /** What it calls a code, or a refresh token, that it does not take. */
  readonly refusals: readonly string[];
}

export interface JsonAnswers {
  /** Whatever is not an error; each function throws an Error, free of secrets. */
  jsonOf(answer: ProviderAnswer): unknown;
  fieldsOf(answer: ProviderAnswer): Fields;
  /** Of a token request. */
  tokensOf(answer: ProviderAnswer): ProviderTokens;
}

function optionalText(fields: Fields, name: string): string | undefined {
  const value = optional(fields[name]);
  if (value !== undefined && typeof value !== 'string') throw new Error(`${name} is not a string`);
  return value;
}

export function createJsonAnswers({ name, refusals }: JsonAnswersOptions): JsonAnswers {
  /** A status other than 200 may come with an error code, and 200 with one beside the rest. */
  function jsonOf({ status, isJson, text }: ProviderAnswer): unknown {
    if (!isJson) throw new Error(`${name} answered status ${status} without JSON`);
    const body: unknown = JSON.parse(text);
    const error = isRecord(body) ? optional(body.error) : undefined;
    if (status === 200 && error === undefined) return body;
    const named = typeof error === 'string' && /^[a-z_]{1,64}$/.test(error) ? error : 'an unknown error';
    const said = `${name} answered status ${status} (${named})`;
    throw refusals.includes(named) ? new GrantRefused(said) : new Error(said);
  }

  function fieldsOf(answer: ProviderAnswer): Fields {
    const body = jsonOf(answer);
    if (!isRecord(body)) throw new Error('the answer is not an object');
    return body;
  }

  return {
    jsonOf,
    fieldsOf,
    tokensOf(answer) {
      const fields = fieldsOf(answer);
      const accessToken = optionalText(fields, 'access_token');
      if (accessToken === undefined) throw new Error('access_token is missing');
      // RFC 6749, section 7.1: a token of a type we do not know is not to be used.
      if (optionalText(fields, 'token_type')?.toLowerCase() !== 'bearer') throw new Error('the token is not a bearer token');
      return { accessToken, refreshToken: optionalText(fields, 'refresh_token'), ...expiryOf(fields.expires_in) };
    },
  };
}
