// What the floor keeps, with the fewest statements that do it.

export interface Provider {
  readonly provider: string;
}

/** Values that end: flows and sessions. */
export interface Brief {
  put(key: string, value: object, seconds: number): Promise<void>;
  get(key: string): Promise<Record<string, unknown> | undefined>;
  /** Gives it once. */
  take(key: string): Promise<Record<string, unknown> | undefined>;
}

export interface Store extends Brief {
  userOf(identity: Buffer): Promise<number | undefined>;
  addUser(who: { readonly email: string; readonly name: string }): Promise<number>;
  link(user: number, provider: string, identity: Buffer): Promise<void>;
  links(user: number): Promise<readonly Provider[]>;
  /** False where it is the last one. */
  unlink(user: number, provider: string): Promise<boolean>;
}

const ID = 'INTEGER PRIMARY KEY';

/** @param id how the database spells a key that counts by itself */
export const tables = (id = ID, identity = 'BLOB'): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS users (id ${id}, email VARCHAR(254) UNIQUE, name VARCHAR(255), version INT NOT NULL DEFAULT 0)`,
  `CREATE TABLE IF NOT EXISTS links (id ${id}, user_id BIGINT, provider VARCHAR(64), identity ${identity} UNIQUE, UNIQUE (user_id, provider))`,
  `CREATE TABLE IF NOT EXISTS audit (id ${id}, user_id BIGINT, event VARCHAR(64), at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)`,
  `CREATE TABLE IF NOT EXISTS outbox (id ${id}, user_id BIGINT, message TEXT)`,
];
