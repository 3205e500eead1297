// better-auth on better-sqlite3 behind node:http, as its own documents set it up, with the limits on guessing off as they
// are in the server that it is compared with. Tells its port and a session cookie over IPC.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import Database from 'better-sqlite3';

const [folder, email, password] = process.argv.slice(2);
const database = new Database(join(folder, 'better_auth.db'));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
const options = {
  database,
  secret: 'a secret of a benchmark, thirty-two characters and more',
  baseURL: 'http://127.0.0.1',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);
const { headers } = await auth.api.signUpEmail({
  body: { email, password, name: 'Anna Petrova' },
  returnHeaders: true,
});
const [cookie] = headers.getSetCookie()[0].split(';');
const server = createServer(toNodeHandler(auth));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send({ port: server.address().port, cookie });
});
process.on('disconnect', () => process.exit(0));
