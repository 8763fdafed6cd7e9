// What BIO.RE's clients may send.

import { z } from 'zod';
import { isEmailAddress } from '../lib/accounts/keys.js';

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

export const sessionInput = z.object({ id: z.guid() });
