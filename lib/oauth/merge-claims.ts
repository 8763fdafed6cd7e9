// One set of claims out of two sources: the signed one wins.

import { withoutEmpty } from '../providers/optional.js';
import type { Claims } from './id-token-rules.js';

const EMAIL_CLAIMS = ['email', 'email_verified'] as const;

/**
 * Claims of the ID token, completed by userinfo where they are missing or say nothing. An address and its verified flag come from one source:
 * else a flag about one address could vouch for another.
 */
export function mergeClaims(signed: Claims, userInfo: Claims): Claims {
  const idToken = withoutEmpty(signed);
  const source = Object.hasOwn(idToken, 'email') ? idToken : userInfo;
  const email = EMAIL_CLAIMS.filter((name) => Object.hasOwn(source, name)).map((name) => [name, source[name]] as const);
  const others = Object.entries({ ...userInfo, ...idToken }).filter(([name]) => !EMAIL_CLAIMS.some((claim) => claim === name));
  return Object.fromEntries([...others, ...email]);
}
