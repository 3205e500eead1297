/** The steps that brought the schema to what it is, the same on every engine: each says how it takes them. Never reordered. */
export const MIGRATION_NAMES = [
  'first',
  'tokens_and_throttles',
  'client_keys',
  'name_skeletons',
  'announcements',
  'shown_roles',
  'device_tokens',
  'session_places',
  'shown_orders',
  'plain_skeletons',
  'asked_statistics',
  'key_ring',
  'own_roles',
  'client_permissions',
] as const;

export type MigrationName = (typeof MIGRATION_NAMES)[number];
