/**
 * `auth-server unlock` and `recover`: help for whoever can't sign in, straight on the data folder, also while a server runs on
 * it. They need nobody's permission: whoever can read the data folder is the host.
 */
import { ERRORS, isFailure, type ErrorCode } from '../../protocol/index.js';
import { loadConfig } from '../config.js';
import { tokenHash } from '../crypto/index.js';
import { systemClock, systemRandom } from '../runtime/index.js';
import type { Store } from '../store/index.js';
import { type Who } from '../store/index.js';
import type { Flags } from './command_line.js';
import { EXIT, type ExitCode } from './exit_codes.js';
import { storeBeside } from './store_beside.js';
import { amount, json, type Terminal } from './terminal.js';

const HOUR_MS = 3_600_000;
/** Whoever asked for it waits for it: a day, and a code that is found in an old mail is dead. */
const CODE_HOURS = 24;

export type AccountCommand = {
  readonly command: 'unlock' | 'recover';
  readonly positionals: readonly string[];
  readonly flags: Flags;
  readonly json: boolean;
};

type Job = {
  readonly asked: AccountCommand;
  readonly store: Store;
  readonly who: Who;
  readonly terminal: Terminal;
};

/** Runs a command about one account. Returns its exit code. Throws ConfigError, StoreOpenError and their like. */
export async function runAccount(
  asked: AccountCommand,
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<ExitCode> {
  const config = loadConfig(asked.flags, environment);
  const store = await storeBeside(config);
  try {
    const who: Who = { at: systemClock.now(), actor: { kind: 'host' }, address: 'console' };
    const job = { asked, store, who, terminal };
    const [name = ''] = asked.positionals;
    const account = await store.read.accounts.credentialByName(name);
    if (account === null) return refused(job, 'not_found');
    return await (asked.command === 'unlock' ? unlock : recover)(job, account);
  } finally {
    await store.close();
  }
}

type Account = { readonly account_id: string; readonly account_name: string };

async function unlock(job: Job, { account_id, account_name }: Account): Promise<ExitCode> {
  const { store, who, asked, terminal } = job;
  const cleared = await store.run('clear_throttle', { who, account_id });
  if (isFailure(cleared)) return refused(job, cleared.failed);
  const { failures } = cleared;
  terminal.out(
    asked.json
      ? json({ account_id, account_name, failures })
      : `Forgot ${amount(failures, 'wrong guess', 'wrong guesses')} at ${account_name}. Who knows the password can sign in now.`,
  );
  return EXIT.ok;
}

async function recover(job: Job, { account_id, account_name }: Account): Promise<ExitCode> {
  const { store, who, asked, terminal } = job;
  const code = systemRandom.token('pcc');
  const code_expires_at = who.at + CODE_HOURS * HOUR_MS;
  const code_hash = tokenHash(code);
  const made = await store.run('create_recovery_code', { who, account_id, code_hash, code_expires_at });
  if (isFailure(made)) return refused(job, made.failed);
  if (asked.json) {
    terminal.out(json({ account_id, account_name, code, code_expires_at }));
    return EXIT.ok;
  }
  terminal.complain(
    `With this code the owner of ${account_name} chooses a new password, once, within ${CODE_HOURS} hours: auth-tui redeem ${account_name}`,
  );
  terminal.complain('Until then nothing changes. It is shown this once; hand it over like a password.');
  // Alone, so that it can be piped to where it is needed.
  terminal.out(code);
  return EXIT.ok;
}

const SENTENCES: Partial<Record<ErrorCode, string>> = {
  not_found: 'There is no account of this name or address.',
  wrong_status: 'This account is suspended: resume it first, then its code will be taken.',
};

function refused({ asked, terminal }: Job, code: ErrorCode): ExitCode {
  const sentence = SENTENCES[code] ?? ERRORS[code].error;
  if (asked.json) terminal.out(json({ code, error: sentence }));
  terminal.complain(sentence);
  return EXIT.refused;
}
