// Proof Key for Code Exchange (RFC 7636, section 4.2), from the verifier that the flow keeps.

import { createHash } from 'node:crypto';

export function codeChallenge({ codeVerifier }: { readonly codeVerifier: string }) {
  return { code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'), code_challenge_method: 'S256' };
}
