// The input of BIO.RE's calls.

import { z } from 'zod';
import { isEmailAddress } from '../lib/accounts/keys.js';
import { BIORE_PROVIDERS, knownProvider } from '../lib/providers/index.js';

/** Of their documents: 8 to 128 characters, with an upper-case letter, a lower-case one and a digit. */
const newPassword = z
  .string()
  .min(8)
  .max(128)
  .regex(/\p{Lu}/u)
  .regex(/\p{Ll}/u)
  .regex(/\d/);

const captcha = z.string().max(4096).nullish();

export const loginInput = z.object({
  email: z.string().trim().toLowerCase().min(1).refine(isEmailAddress),
  password: z.string().min(1).max(128),
  /** Sent by clients whose app shows one; there is none here. */
  captchaToken: captcha,
  turnstileToken: captcha,
});

/** The cookie comes first. */
export const refreshInput = z.object({ refreshToken: z.string().min(1).max(4096).nullish() });

export const changePasswordInput = z.object({ currentPassword: z.string().min(1).max(128), newPassword });

const optional = (length: number) => z.string().min(1).max(length).nullish();

/** What an app holds of a provider: an ID token of those that have them, or a code. Of the others the documents demand the verifier. */
export const submissionInput = z
  .object({
    provider: z.enum(BIORE_PROVIDERS),
    idToken: optional(5000),
    code: optional(2000),
    codeVerifier: optional(256),
    /** Ours beside the documented ones: checked where it is given. */
    nonce: optional(256),
    referralCode: z.string().max(256).nullish(),
  })
  .superRefine(({ provider, idToken, code, codeVerifier }, context) => {
    const needed = (path: string) => context.addIssue({ code: 'custom', path: [path], input: undefined });
    const hasTokens = knownProvider(provider)?.protocol === 'openid';
    if (hasTokens && typeof idToken === 'string') return;
    if (typeof code !== 'string') needed(hasTokens ? 'idToken' : 'code');
    else if (!hasTokens && typeof codeVerifier !== 'string') needed('codeVerifier');
  });

export const sessionInput = z.object({ id: z.guid() });
