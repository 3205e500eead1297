/**
 * THE ONE PLACE that says no to a PostgreSQL that is named and not yet served: whoever writes the engine takes this file away, and
 * chooses the engine where it was asked. Until then nobody's accounts are looked for in a place that they did not name.
 */
import { ConfigError, type Config } from '../config.js';

/** Returns the settings, when accounts are to be kept in SQLite. Throws ConfigError otherwise. */
export function onSqlite(config: Config): Config {
  if (config.database.kind === 'sqlite') return config;
  throw new ConfigError(
    'This auth-server keeps accounts in SQLite only: take --database (AUTH_DATABASE) out. `auth-server doctor` looks at the ' +
      'PostgreSQL that it names all the same.',
  );
}
