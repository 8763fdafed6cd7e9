// The input of Cloudreve's calls.

import { z } from 'zod';
import { LatchkeyError } from '../lib/accounts/errors.js';
import { isEmailAddress } from '../lib/accounts/keys.js';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../lib/accounts/password-rule.js';
import { parseInput } from '../lib/http/input.js';
import { providerOfNumber } from '../lib/providers/index.js';

const PROVIDER_ID = /^[a-z][a-z0-9-]{0,63}$/;

/** A number of the document, or a provider id as a string; becomes the provider id. */
export const provider = z.union([
  z.literal([0, 1, 2]).transform((number) => providerOfNumber(number) ?? ''),
  z.string().regex(PROVIDER_ID),
]);
/** Exactly what can be stored: whoever has an address here can type it. */
const email = z.string().trim().min(1).refine(isEmailAddress);
export const newPassword = z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH);
const optionalText = (length: number) => z.string().max(length).nullish();

export const prepareInput = z.object({
  provider,
  linking: z.boolean().nullish(),
  hint: email.nullish(),
  binding: z
    .string()
    .regex(/^[\w-]{43}$/)
    .nullish(),
});

const code = z.string().min(1).max(4096);

const finishInput = z.object({
  code,
  /** RFC 6749, section 4.1.2.1: what came back in place of a code. */
  error: optionalText(256),
  session_id: z.guid(),
  provider_id: provider,
  iss: optionalText(1024),
  user: optionalText(2048),
  binding_secret: optionalText(1024),
});

/** With no code where the provider's redirect brought none. */
export const finishBody = finishInput.extend({ code: code.nullish() });

/** A code, or the error that came in its place. @throws LatchkeyError `validation_failed` */
export function finishInputOf(body: unknown): z.infer<typeof finishBody> {
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return parseInput(typeof error === 'string' && error !== '' ? finishBody : finishInput, body);
}

export const passwordSignInInput = z.object({ email, password: z.string().min(4).max(128) });

/** Of a query. */
export const emailInput = z.object({ email });

export const refreshTokenInput = z.object({ refresh_token: z.string().min(1).max(4096) });

/** BCP 47, loosely. */
const language = z.string().regex(/^[A-Za-z0-9-]{0,35}$/);

export const signUpInput = z.object({ email, password: newPassword, language: language.nullish() });

export const settingInput = z
  .object({
    new_password: newPassword.nullable(),
    current_password: z.string().max(128).nullable(),
    nick: z.string().trim().min(1).max(255),
    language,
    preferred_theme: z.string().regex(/^(?:#[0-9a-fA-F]{3,8})?$/),
  })
  .partial();

/** The forms of the connections page. */
export const newPasswordInput = z.object({ new_password: newPassword, current_password: z.string().max(128).optional() });
export const newAddressInput = z.object({ new_email: email, current_password: z.string().max(128).optional() });
export const removePasswordInput = z.object({ current_password: z.string().max(128).optional() });

/** The provider in a path: `2` or `google`. @throws LatchkeyError `validation_failed` */
export function providerOfPath(segment: unknown): string {
  if (typeof segment !== 'string' || segment === '')
    throw new LatchkeyError('validation_failed', { message: 'ProviderID cannot be empty' });
  return parseInput(z.object({ provider_id: provider }), { provider_id: /^\d{1,3}$/.test(segment) ? Number(segment) : segment })
    .provider_id;
}
