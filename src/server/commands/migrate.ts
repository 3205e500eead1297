/**
 * `auth-server migrate plan`: which migrations a start of this release would apply to its database, by name. Changes nothing, holds
 * no lock, and makes neither folder nor file, so it may be asked before an update, also while a server of an older release runs.
 */
import { join } from 'node:path';
import { loadConfig } from '../config.js';
import {
  DATABASE_FILE,
  placeOf,
  planForFolder,
  planForPostgres,
  type MigrationPlan,
} from '../store/index.js';
import { keysIn } from './check_keys.js';
import type { Flags } from './command_line.js';
import { EXIT, type ExitCode } from './exit_codes.js';
import { json, type Terminal } from './terminal.js';

type MigrateCommand = { readonly flags: Flags; readonly json: boolean };

/** Runs the command. Returns its exit code. Throws ConfigError, DataFolderError, StoreOpenError: what a start would refuse. */
export async function runMigratePlan(
  { flags, json: asJson }: MigrateCommand,
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { data, database } = loadConfig(flags, environment);
  const { kind } = database;
  if (database.kind === 'postgres') {
    const { address } = database;
    const where = `the database '${address.database}' on ${placeOf(address)}`;
    const plan = await planForPostgres(address);
    terminal.out(asJson ? json({ engine: kind, database: where, ...plan }) : report(where, plan));
    return EXIT.ok;
  }
  const path = join(data, DATABASE_FILE);
  const plan = planForFolder(data, keysIn(data));
  terminal.out(asJson ? json({ engine: kind, database: path, ...plan }) : report(path, plan));
  return EXIT.ok;
}

function report(where: string, { schema_version, schema_version_known, pending }: MigrationPlan): string {
  if (pending.length === 0)
    return `The schema of ${where} is version ${schema_version} of ${schema_version_known}: nothing is pending.`;
  const width = String(schema_version_known).length;
  return [
    schema_version === 0
      ? `There is nothing in ${where} yet. A start applies, in one transaction:`
      : `The schema of ${where} is version ${schema_version} of ${schema_version_known}. A start applies, in one transaction:`,
    '',
    ...pending.map(({ version, name }) => `  ${String(version).padStart(width)}  ${name}`),
  ].join('\n');
}
