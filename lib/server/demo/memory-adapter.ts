// The demo provider's state: in memory, bounded, gone with the process.

import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

/** Whoever keeps starting sign-ins without finishing them pushes out the oldest, not the process out of memory. */
const MAX_RECORDS = 2_000;

interface StoredRecord {
  readonly payload: AdapterPayload;
  readonly expiresAt: number;
}

/** One store for all kinds of record, each under `Kind:id`. */
export function memoryAdapter(): AdapterFactory {
  const records = new Map<string, StoredRecord>();

  function find(key: string): AdapterPayload | undefined {
    const record = records.get(key);
    if (record === undefined || record.expiresAt > Date.now()) return record?.payload;
    records.delete(key);
    return undefined;
  }

  function put(key: string, record: StoredRecord): void {
    records.delete(key);
    records.set(key, record);
    for (const oldest of records.keys()) {
      if (records.size <= MAX_RECORDS) break;
      records.delete(oldest);
    }
  }

  return (kind): Adapter => {
    const keyOf = (id: string) => `${kind}:${id}`;
    const firstOfKind = (matches: (payload: AdapterPayload) => boolean) => {
      for (const key of records.keys()) {
        const payload = key.startsWith(keyOf('')) ? find(key) : undefined;
        if (payload !== undefined && matches(payload)) return payload;
      }
      return undefined;
    };
    return {
      async upsert(id, payload, expiresIn) {
        put(keyOf(id), { payload, expiresAt: expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000 });
      },
      find: async (id) => find(keyOf(id)),
      findByUid: async (uid) => firstOfKind((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => firstOfKind((payload) => payload.userCode === userCode),
      async consume(id) {
        const payload = find(keyOf(id));
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        records.delete(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of records) if (payload.grantId === grantId) records.delete(key);
      },
    };
  };
}
