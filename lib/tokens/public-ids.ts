// Ids as clients see them: hashids of [id, type], as Cloudreve makes them.

import { createHmac } from 'node:crypto';
import Hashids from 'hashids';
import { deriveKey } from './keys.js';

/** RFC 9562, section 5.8: version 8 is free to mean something. */
function toUuid(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const TYPE = { user: 1, group: 7 } as const;

export interface PublicIds {
  user(id: string): string;
  /** The same person for a dialect whose ids are UUIDs; nothing leads back from it. */
  userUuid(id: string): string;
  /** Undefined for anything that is no user's public id. */
  userId(publicId: string): string | undefined;
  group(id: number): string;
}

/** As a number is written: `007` is a text, and another person than `7`. */
const WHOLE = /^(?:0|[1-9]\d{0,14})$/;

/** A host whose users have other than whole numbers as ids shows them as they are. */
export function createPublicIds(secret: string): PublicIds {
  const key = deriveKey(secret, 'public ids');
  const hashids = new Hashids(Buffer.from(key).toString('hex'));
  const user = (id: string) => (WHOLE.test(id) ? hashids.encode([Number(id), TYPE.user]) : `~${id}`);

  function read(publicId: string): string | undefined {
    if (publicId.startsWith('~')) return publicId.slice(1);
    const [id, type, ...rest] = hashids.isValidId(publicId) ? hashids.decode(publicId) : [];
    return type === TYPE.user && rest.length === 0 ? String(id) : undefined;
  }

  return {
    user,
    userUuid: (id) => toUuid(createHmac('sha256', key).update(`user ${id}`).digest()),
    userId(publicId) {
      const id = read(publicId);
      // One id has one public form: no other text may lead to it.
      return id !== undefined && user(id) === publicId ? id : undefined;
    },
    group: (id) => hashids.encode([id, TYPE.group]),
  };
}
