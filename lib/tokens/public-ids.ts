// Ids as clients see them: hashids of [id, type], as Cloudreve makes them.

import Hashids from 'hashids';
import { deriveKey } from './keys.js';

const TYPE = { user: 1, group: 7 } as const;

export interface PublicIds {
  user(id: string): string;
  /** Undefined for anything that is no user's public id. */
  userId(publicId: string): string | undefined;
  group(id: number): string;
}

/** As a number is written: `007` is a text, and another person than `7`. */
const WHOLE = /^(?:0|[1-9]\d{0,14})$/;

/** A host whose users have other than whole numbers as ids shows them as they are. */
export function createPublicIds(secret: string): PublicIds {
  const hashids = new Hashids(Buffer.from(deriveKey(secret, 'public ids')).toString('hex'));
  const user = (id: string) => (WHOLE.test(id) ? hashids.encode([Number(id), TYPE.user]) : `~${id}`);

  function read(publicId: string): string | undefined {
    if (publicId.startsWith('~')) return publicId.slice(1);
    const [id, type, ...rest] = hashids.isValidId(publicId) ? hashids.decode(publicId) : [];
    return type === TYPE.user && rest.length === 0 ? String(id) : undefined;
  }

  return {
    user,
    userId(publicId) {
      const id = read(publicId);
      // One id has one public form: no other text may lead to it.
      return id !== undefined && user(id) === publicId ? id : undefined;
    },
    group: (id) => hashids.encode([id, TYPE.group]),
  };
}
