/** The commands of `auth-server` besides serving. They open no listener, and but for `move` they hold no lock. */
import { runAccount } from './account.js';
import { runClient } from './client.js';
import type { CommandLine } from './command_line.js';
import { runDoctor } from './doctor.js';
import type { ExitCode } from './exit_codes.js';
import { runKeys } from './keys.js';
import { runMigratePlan } from './migrate.js';
import { runMove } from './move.js';
import type { Terminal } from './terminal.js';

export { readCommandLine, type CommandLine } from './command_line.js';
export { EXIT } from './exit_codes.js';
export type { Terminal } from './terminal.js';

type Command = Extract<CommandLine, { readonly json: boolean }>;

/** Runs a command. Returns its exit code. Throws ConfigError, DataFolderError, StoreOpenError, StorageUnavailableError. */
export async function runCommand(
  asked: Command,
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { command } = asked;
  switch (command) {
    case 'doctor':
      return runDoctor(asked, environment, terminal);
    case 'migrate plan':
      return runMigratePlan(asked, environment, terminal);
    case 'move':
      return runMove(asked, environment, terminal);
    case 'keys list':
    case 'keys rotate-master':
    case 'keys discard':
      return runKeys({ ...asked, command }, environment, terminal);
    case 'unlock':
    case 'recover':
      return runAccount({ ...asked, command }, environment, terminal);
    default:
      return runClient({ ...asked, command }, environment, terminal);
  }
}
