// What each server of the comparison is told, by environment variables.

export interface Setting {
  readonly port: number;
  readonly baseUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  /** By the provider's id. */
  readonly issuers: Readonly<Record<string, string>>;
}

export function setting(): Setting {
  const { PORT, BASE_URL = '', DATABASE_URL = '', REDIS_URL, ISSUERS = '{}' } = process.env;
  return { port: Number(PORT), baseUrl: BASE_URL, databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, issuers: JSON.parse(ISSUERS) };
}
