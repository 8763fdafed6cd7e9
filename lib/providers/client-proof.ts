// How a client proves itself at the token endpoint: by a secret, by a key, or not at all (RFC 7591, section 2).

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { text } from '../support/scalars.js';
import { TOKEN_ENDPOINT_AUTH_METHODS } from './provider-options.js';

const SECRET_ALGORITHMS: readonly string[] = ['HS256', 'HS384', 'HS512'];
const RSA_ALGORITHMS: readonly string[] = ['RS256', 'PS256', 'RS384', 'PS384', 'RS512', 'PS512'];
const CURVE_ALGORITHMS: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ['prime256v1', ['ES256']],
  ['secp384r1', ['ES384']],
  ['secp521r1', ['ES512']],
]);

/** A PKCS #8 PEM, found out without ever quoting it; `undefined` where it is none. */
export function readPrivateKey(pem: unknown): KeyObject | undefined {
  if (typeof pem !== 'string' || !pem.trimStart().startsWith('-----BEGIN PRIVATE KEY-----')) return undefined;
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    return undefined;
  }
}

/** What a key signs with, best supported first (RFC 7518, section 3.1; RFC 8037, section 3.1); none for a key that is too weak or of another kind. */
function algorithmsOf(key: KeyObject | undefined): readonly string[] {
  const { modulusLength = 0, namedCurve } = key?.asymmetricKeyDetails ?? {};
  if (key?.asymmetricKeyType === 'rsa') return modulusLength >= 2048 ? RSA_ALGORITHMS : [];
  if (key?.asymmetricKeyType === 'ec') return CURVE_ALGORITHMS.get(namedCurve) ?? [];
  return key?.asymmetricKeyType === 'ed25519' ? ['EdDSA', 'Ed25519'] : [];
}

/** What a client's assertion may be signed with: by its key if it has one, else by its secret. */
export function assertionAlgorithms(privateKey: unknown): readonly string[] {
  return privateKey === undefined ? SECRET_ALGORITHMS : algorithmsOf(readPrivateKey(privateKey));
}

const METHOD = `expected one of ${TOKEN_ENDPOINT_AUTH_METHODS.join(', ')}`;
const SECRET =
  'expected the client secret, or tokenEndpointAuthMethod "none" for a public client or "private_key_jwt" for one with its own key';
const KEY =
  'expected a PKCS #8 PEM ("-----BEGIN PRIVATE KEY-----") of an RSA key with at least 2048 bits, or of a P-256, P-384, P-521 or Ed25519 key';

/** A member that has no place beside the chosen method, where a secret would lie about for nothing. */
function absent(why: string) {
  return z.undefined({ error: `expected none: ${why}` }).optional();
}

function secret() {
  return z.string({ error: SECRET }).pipe(text());
}

function signingAlg(algorithms: readonly string[]) {
  const error = `expected one of ${algorithms.join(', ')}, with which this client can sign`;
  return z
    .string({ error })
    .refine((alg) => algorithms.includes(alg), { error })
    .optional();
}

type Optional = z.ZodType<string | undefined>;

/** The members of a client that depend on how it proves itself. */
interface Proof {
  readonly clientSecret: Optional;
  readonly privateKey: Optional;
  readonly keyId: Optional;
  readonly tokenEndpointAuthSigningAlg: Optional;
}

const noKey = () => ({
  privateKey: absent('only "private_key_jwt" signs with a key'),
  keyId: absent('only "private_key_jwt" signs with a key'),
});
const noAlg = () => ({ tokenEndpointAuthSigningAlg: absent('this client signs nothing') });

function proof(method: unknown, privateKey: unknown): Proof {
  switch (method) {
    case 'none':
      return { clientSecret: absent('a public client ("none") has no secret'), ...noKey(), ...noAlg() };
    case 'private_key_jwt':
      return {
        clientSecret: absent('"private_key_jwt" uses a key, not a secret'),
        privateKey: z.string({ error: KEY }).refine((pem) => algorithmsOf(readPrivateKey(pem)).length > 0, { error: KEY }),
        keyId: text().optional(),
        tokenEndpointAuthSigningAlg: signingAlg(assertionAlgorithms(privateKey)),
      };
    case 'client_secret_jwt':
      return { clientSecret: secret(), ...noKey(), tokenEndpointAuthSigningAlg: signingAlg(SECRET_ALGORITHMS) };
    default:
      return { clientSecret: secret(), ...noKey(), ...noAlg() };
  }
}

/** @param options as given, unchecked: what it says chooses what is asked of the rest */
export function clientProof({ tokenEndpointAuthMethod, privateKey }: Readonly<Record<string, unknown>>) {
  return {
    ...proof(tokenEndpointAuthMethod, privateKey),
    tokenEndpointAuthMethod: z.enum(TOKEN_ENDPOINT_AUTH_METHODS, { error: METHOD }).optional(),
  };
}

const PUBLIC_OR_SECRET = ['client_secret_basic', 'none'] as const;

/** The same for a provider that knows a secret in Basic, or nothing. */
export function publicOrSecret({ tokenEndpointAuthMethod }: Readonly<Record<string, unknown>>) {
  const { clientSecret } = proof(tokenEndpointAuthMethod === 'none' ? 'none' : undefined, undefined);
  const error = `expected one of ${PUBLIC_OR_SECRET.join(', ')}`;
  return { clientSecret, tokenEndpointAuthMethod: z.enum(PUBLIC_OR_SECRET, { error }).optional() };
}
