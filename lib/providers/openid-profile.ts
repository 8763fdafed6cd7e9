// A person's profile from OpenID Connect's standard claims, with every claim checked (OpenID Connect Core 1.0, section 5.1).

import { isEmailAddress, normalEmail } from '../accounts/keys.js';
import type { Profile } from '../accounts/types.js';

/** What the column of a link holds; an address may be longer as it is written than in its normal form. */
const MAX_EMAIL = 254;
const MAX_NAME = 255;
const MAX_URL = 2048;

/** Control characters end here: they break mail headers, log lines and, as NUL, PostgreSQL. */
function text(value: unknown, max: number): string | undefined {
  const trimmed = typeof value === 'string' ? value.trim() : '';
  return trimmed !== '' && trimmed.length <= max && !/\p{Cc}/u.test(trimmed) ? trimmed : undefined;
}

/** What cannot be stored, and so not be typed at the password door, is no address: a failure would keep the person out. */
function emailAddress(value: unknown): string | undefined {
  const address = typeof value === 'string' ? value.trim() : '';
  if (!isEmailAddress(address)) return undefined;
  return address.length <= MAX_EMAIL ? address : normalEmail(address);
}

function pictureUrl(value: unknown): string | undefined {
  const url = text(value, MAX_URL);
  return url !== undefined && /^https?:\/\//i.test(url) && URL.canParse(url) ? url : undefined;
}

/** BCP 47, section 2.1, in shape only; some providers write `_` for `-`. */
function languageTag(value: unknown): string | undefined {
  const tag = text(value, 35)?.replaceAll('_', '-');
  return tag !== undefined && /^[a-z]{2,8}(?:-[a-z\d]{1,8})*$/i.test(tag) ? tag : undefined;
}

/** What there is of a name, the whole one first. An address for a user name is cut: not everybody who sees the name may know it. */
function personName(claims: Readonly<Record<string, unknown>>): string | undefined {
  const parts = [text(claims.given_name, MAX_NAME), text(claims.family_name, MAX_NAME)].filter((part) => part !== undefined);
  const userName = text(claims.preferred_username, MAX_NAME)?.split('@')[0];
  return [claims.name, parts.join(' '), claims.nickname, userName].map((name) => text(name, MAX_NAME)).find((name) => name !== undefined);
}

/** Claims that are missing, too long or of the wrong type are left out; any other claim does nothing. */
export function openIdProfile(claims: Readonly<Record<string, unknown>>): Profile {
  const email = emailAddress(claims.email);
  const name = personName(claims);
  const picture = pictureUrl(claims.picture);
  const language = languageTag(claims.locale);
  return {
    emailVerified: email !== undefined && claims.email_verified === true,
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
    ...(picture === undefined ? {} : { picture }),
    ...(language === undefined ? {} : { language }),
  };
}
