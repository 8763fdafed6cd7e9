// The input of BIO.RE's calls about accounts.

import { z } from 'zod';
import { isEmailAddress } from '../lib/accounts/keys.js';
import { isComposed, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../lib/accounts/password-rule.js';

/** Compared in its normal form, so lower case is the repository's business. */
const email = z.string().trim().min(1).refine(isEmailAddress);
const newPassword = z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH).refine(isComposed);
/** The document asks for a UUID, and its own mails carry one; ours carry 256 random bits. Both are read, and only ours can be known. */
const verificationToken = z.union([z.guid(), z.string().regex(/^[\w-]{43}$/)]);
const optionalText = (length: number) => z.string().max(length).nullish();

export const registerInput = z.object({
  email,
  password: newPassword,
  acceptedTerms: z.literal(true),
  acceptedPrivacy: z.literal(true),
  username: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[a-z0-9._-]+$/)
    .nullish(),
  displayName: optionalText(100),
  intent: z.enum(['creator', 'fan']).nullish(),
  captchaToken: optionalText(4096),
  referralCode: optionalText(255),
  /** BCP 47, loosely. */
  locale: z
    .string()
    .regex(/^[A-Za-z0-9-]{0,35}$/)
    .nullish(),
});

export const addressInput = z.object({ email });
export const verifyEmailInput = z.object({ token: verificationToken });
export const resetPasswordInput = z.object({ token: z.string().min(1).max(1024), newPassword });
export const changeEmailInput = z.object({ newEmail: email, password: z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH) });
