/** Makes the server's tables in an empty PostgreSQL database. */
import { readDatabaseUrl } from '../../src/server/store/index.js';
import { connect } from '../../src/server/store/postgres/connect.js';
import { migrate } from '../../src/server/store/postgres/migrations/index.js';

/** `url`: of a database on this machine. */
export async function migrateDatabase(url: string): Promise<void> {
  const read = readDatabaseUrl(url);
  if ('fault' in read) throw new Error(read.fault);
  const client = await connect(read.address, { limited: false });
  try {
    await migrate(client, read.address, 1);
  } finally {
    await client.end();
  }
}
