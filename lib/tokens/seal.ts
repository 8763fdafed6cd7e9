// Tokens of providers at rest: AES-256-GCM under a key derived from the secret, tied to the identity they belong to.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { subjectKey } from '../accounts/keys.js';
import type { Identity, ProviderTokens } from '../accounts/types.js';
import { deriveKey } from './keys.js';

export interface TokenSeal {
  /** Text for a column: key id, nonce, ciphertext and tag. */
  seal(identity: Identity, tokens: ProviderTokens): string;
  /** Undefined when no key of ours fits, or the text was sealed for another identity. */
  open(identity: Identity, sealed: string): ProviderTokens | undefined;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface Key {
  readonly id: string;
  readonly bytes: Uint8Array;
}

function keyOf(secret: string): Key {
  const bytes = deriveKey(secret, 'provider tokens');
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes };
}

function decrypt(key: Key, identity: Identity, packed: Buffer): ProviderTokens | undefined {
  try {
    const decipher = createDecipheriv(CIPHER, key.bytes, packed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(subjectKey(identity)));
    decipher.setAuthTag(packed.subarray(packed.length - TAG_BYTES));
    const text = Buffer.concat([decipher.update(packed.subarray(NONCE_BYTES, packed.length - TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8')) as ProviderTokens;
  } catch {
    return undefined;
  }
}

/**
 * @param secret what new tokens are sealed under
 * @param previousSecrets what older ones may still be sealed under: the key id kept with each tells which
 */
export function createTokenSeal(secret: string, previousSecrets: readonly string[] = []): TokenSeal {
  const current = keyOf(secret);
  const keys = [current, ...previousSecrets.map(keyOf)];
  return {
    seal(identity, tokens) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, current.bytes, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(subjectKey(identity)));
      const text = Buffer.concat([cipher.update(JSON.stringify(tokens), 'utf8'), cipher.final()]);
      return `${current.id}.${Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')}`;
    },
    open(identity, sealed) {
      const [id, packed = ''] = sealed.split('.');
      const key = keys.find((one) => one.id === id);
      return key === undefined ? undefined : decrypt(key, identity, Buffer.from(packed, 'base64url'));
    },
  };
}
