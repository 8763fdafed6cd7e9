// The product's tables, as they are called in the database.

/** In a host's database: its users are its own. */
export const TABLES_AT_HOST = [
  'address_proofs',
  'audit_events',
  'flows',
  'latchkey_migrations',
  'link_origins',
  'outbox_messages',
  'refresh_tokens',
  'sessions',
  'sign_in_guards',
  'sign_up_invitations',
  'social_links',
  'stranded_counts',
] as const;

/** With users of our own. */
export const OUR_TABLES: readonly string[] = [...TABLES_AT_HOST, 'groups', 'users'].toSorted();
