// Checks the redirect back, before the provider is called.

import { LatchkeyError } from '../accounts/errors.js';
import { type AuthorizationAnswer, isRefusal, shownError } from '../accounts/provider-clients.js';
import { errorWord, Mismatch, providerFailed } from './provider-failure.js';

/**
 * RFC 9207, section 2.4. A missing `iss` is a mix-up only where the provider announces to send one, so only then it is asked.
 * @throws LatchkeyError `provider_failed`
 */
async function assertIssuer(answer: AuthorizationAnswer, issuer: string, announcesIss: () => Promise<boolean>): Promise<void> {
  const { iss } = answer;
  if (iss === undefined) {
    if (!answer.issMayBeMissing && (await announcesIss())) throw providerFailed('iss is missing in the redirect');
  } else if (iss !== issuer) {
    throw providerFailed('the redirect', new Mismatch('iss in the redirect is another issuer', { configured: issuer, found: iss }));
  }
}

/**
 * The code, if there is one to redeem. The issuer comes first: an error of who knows whom is not believed either.
 * @throws LatchkeyError `denied` when the person refused, else `provider_failed`
 */
export async function codeOf(answer: AuthorizationAnswer, issuer: string, announcesIss: () => Promise<boolean>): Promise<string> {
  await assertIssuer(answer, issuer, announcesIss);
  if (answer.error !== undefined) {
    if (isRefusal(answer.error)) throw new LatchkeyError('denied');
    throw new LatchkeyError('provider_failed', {
      detail: `the provider answered ${errorWord(answer.error)}`,
      said: shownError(answer.error),
    });
  }
  if (answer.code === undefined || answer.code === '') throw providerFailed('the redirect has no code');
  return answer.code;
}
