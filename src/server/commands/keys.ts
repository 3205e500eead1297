/**
 * `auth-server keys …`: the keys of the server that are sealed in the database, straight on it, also while a server runs. What
 * they are is never shown.
 */
import { ConfigError, loadConfig, type Config } from '../config.js';
import { mastersIn, rotateMasterKey } from '../key_ring/index.js';
import { systemClock, systemRandom } from '../runtime/index.js';
import type { Store, Who } from '../store/index.js';
import type { Flags } from './command_line.js';
import { EXIT, type ExitCode } from './exit_codes.js';
import { storeBeside } from './store_beside.js';
import { aligned, amount, json, type Terminal } from './terminal.js';

export type KeysCommand = {
  readonly command: 'keys list' | 'keys rotate-master' | 'keys discard';
  readonly flags: Flags;
  readonly json: boolean;
};

/** What has to be said in words before keys are given up. */
export const DISCARD_WORDS = 'all-that-they-sealed-is-lost';

type Job = {
  readonly asked: KeysCommand;
  readonly config: Config;
  readonly store: Store;
  readonly who: Who;
  readonly terminal: Terminal;
};

/** Runs a command about the key ring. Returns its exit code. Throws ConfigError, DataFolderError, StoreOpenError and their like. */
export async function runKeys(
  asked: KeysCommand,
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<ExitCode> {
  const config = loadConfig(asked.flags, environment);
  if (asked.command === 'keys discard' && asked.flags['confirm'] !== DISCARD_WORDS)
    throw new ConfigError(
      'This takes all keys of the server out of the database: access tokens that are in use stop working, lists are read from their ' +
        'first page again, and whatever else they sealed is lost. Only for a master key that nobody has any more. If that is so, say ' +
        `--confirm ${DISCARD_WORDS}.`,
    );
  const store = await storeBeside(config);
  try {
    const who: Who = { at: systemClock.now(), actor: { kind: 'host' }, address: 'console' };
    const job = { asked, config, store, who, terminal };
    switch (asked.command) {
      case 'keys list':
        return await list(job);
      case 'keys rotate-master':
        return await rotate(job);
      case 'keys discard':
        return await discard(job);
    }
  } finally {
    await store.close();
  }
}

async function list({ asked, config, store, terminal }: Job): Promise<ExitCode> {
  const keys = (await store.read.key_ring.ofServer()).map(
    ({ key_id, purpose, state, created_at, master_id }) => ({
      key_id,
      purpose,
      state,
      created_at,
      master_id,
    }),
  );
  const { current, next } = mastersIn(config.data);
  const master_id = (next ?? current)?.master_id ?? null;
  if (asked.json) {
    terminal.out(json({ master_id, keys }));
    return EXIT.ok;
  }
  const rows = keys.map((key) => [
    key.key_id,
    key.purpose,
    key.state,
    new Date(key.created_at).toISOString().slice(0, 10),
    key.master_id,
  ]);
  const titles = ['KEY', 'PURPOSE', 'STATE', 'MADE', 'MASTER KEY'];
  for (const line of aligned([titles, ...rows])) terminal.out(line);
  terminal.complain(
    master_id === null
      ? 'There is no master key in the data folder.'
      : `The master key in the data folder is ${master_id}.`,
  );
  return EXIT.ok;
}

async function rotate({ asked, config, store, who, terminal }: Job): Promise<ExitCode> {
  const { master_id, keys } = await rotateMasterKey({
    store,
    folder: config.data,
    random: systemRandom,
    who,
    progress: (done, left) => terminal.progress?.(`${done} of ${done + left} keys are sealed anew`),
  });
  terminal.progress?.('');
  terminal.out(
    asked.json
      ? json({ master_id, keys })
      : `${amount(keys, 'key is', 'keys are')} sealed under the new master key ${master_id}. Copies of the old one open backups from before.`,
  );
  return EXIT.ok;
}

async function discard({ asked, store, who, terminal }: Job): Promise<ExitCode> {
  const keys = await store.run('discard_ring_keys', { who });
  terminal.out(
    asked.json
      ? json({ keys })
      : `${amount(keys, 'key was', 'keys were')} taken out of the database. The next start of auth-server makes new ones.`,
  );
  return EXIT.ok;
}
