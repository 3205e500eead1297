/**
 * `auth-server doctor`: looks at everything that an installation rests on, says what is wrong and what to do. Changes
 * nothing that lasts, and never shows what a key file holds.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig, OPTIONS, placesIn, type Config, type Places } from '../config.js';
import { ACCESS_TOKEN_MINUTES, LONG_ACCESS_TOKENS } from '../crypto/index.js';
import { descriptorLimit, systemClock } from '../runtime/index.js';
import { DATABASE_FILE, inspectDatabase, type Inspection } from '../store/index.js';
import { checkCertificate } from './check_certificate.js';
import { checkDatabase, checkAdministrator, checkClock } from './check_database.js';
import { checkFolder, checkLeftovers, checkSpace, checkWriting } from './check_folder.js';
import { checkClientKey, checkFormerKeys, checkMasterKey, keysIn } from './check_keys.js';
import { checkPort } from './check_port.js';
import { checkPostgres } from './check_postgres.js';
import { checkDescriptors, checkNode } from './check_machine.js';
import type { Flags } from './command_line.js';
import { EXIT, type ExitCode } from './exit_codes.js';
import { failed, ok, warning, type Finding } from './finding.js';
import { runningServer } from './running_server.js';
import { json, type Terminal } from './terminal.js';

export type DoctorCommand = { readonly flags: Flags; readonly json: boolean; readonly thorough: boolean };

type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration of what is looked at; where the accounts are may not be known. */
type Examined = Omit<Config, keyof Places> & Places;

/** Returns the configuration, or as much of it as the rest needs when it can't be used. */
function readConfig(flags: Flags, environment: Environment): { config: Examined; finding: Finding } {
  try {
    const config = loadConfig(flags, environment);
    return { config, finding: ok('config', 'The settings can be used.') };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fallbacks = Object.entries(OPTIONS).map(([name, { fallback }]) => [name, fallback]);
    // The fallbacks of the very table that Config is derived from.
    const defaults = Object.fromEntries(fallbacks) as Config;
    const finding = failed(
      'config',
      error.message,
      'Correct the setting; the other checks use the defaults.',
    );
    return { config: { ...defaults, ...placesIn(flags, environment) }, finding };
  }
}

async function examine(asked: DoctorCommand, environment: Environment): Promise<readonly Finding[]> {
  const { config, finding } = readConfig(asked.flags, environment);
  const now = systemClock.now();
  const folder = checkFolder(config.data);
  const before = [checkNode(), finding, ...checkAccessTokens(config), ...folder.findings];
  const server = folder.readable ? runningServer(config.data) : null;
  const after = [await checkPort(config), checkDescriptors(descriptorLimit(server?.pid), server?.pid)];
  // Without a folder that can be read, the rest would say the same thing eight times.
  if (!folder.readable) {
    if (config.database === null) return [...before, UNKNOWN_PLACE, ...after];
    if (config.database.kind === 'sqlite') return [...before, ...after];
    const { findings, content } = await checkPostgres(config.database.address, systemClock);
    return [...before, ...findings, checkClock(now, content), ...after, ...checkAdministrator(now, content)];
  }
  const database = await lookAtDatabase(config, asked.thorough);
  return [
    ...before,
    checkWriting(config.data),
    checkSpace(config.data),
    checkLeftovers(config.data, now),
    ...database.findings,
    await checkClientKey(config.data, server),
    checkMasterKey(config.data, database.content?.ring_keys ?? null),
    ...checkFormerKeys(config.data),
    await checkCertificate(config, server, now),
    checkClock(now, database.content),
    ...after,
    ...checkAdministrator(now, database.content),
  ];
}

type LookedAt = {
  readonly findings: readonly Finding[];
  /** What its rows tell, where they could be read. */
  readonly content: (NonNullable<Parameters<typeof checkClock>[1]> & Pick<Inspection, 'ring_keys'>) | null;
};

/** A file that isn't there is no fault of somebody whose accounts may be elsewhere. */
const UNKNOWN_PLACE = warning(
  'database',
  'Where the accounts are can not be told from settings that can not be used.',
  'Correct the setting, then run doctor again.',
);

async function lookAtDatabase({ data, database }: Examined, thorough: boolean): Promise<LookedAt> {
  if (database?.kind === 'postgres') return checkPostgres(database.address, systemClock);
  const path = join(data, DATABASE_FILE);
  if (database === null && !existsSync(path)) return { findings: [UNKNOWN_PLACE], content: null };
  const { findings, inspection } = checkDatabase(path, { thorough, has_keys: keysIn(data) }, inspectDatabase);
  return { findings, content: inspection };
}

/** Nothing when they are as short as they are unless told. */
function checkAccessTokens({ access_token_minutes: minutes }: Examined): readonly Finding[] {
  if (minutes <= ACCESS_TOKEN_MINUTES) return [];
  const says = `Access tokens are good for ${minutes} minutes: ${LONG_ACCESS_TOKENS}.`;
  return [
    warning('access_tokens', says, 'Shorten --access-token-minutes, or have services ask verify_token.'),
  ];
}

/** Of one width, and letters: what the server says is ASCII everywhere. */
const MARKS = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' } as const;

/** Runs all checks and shows them; the exit code is 0 when none has failed. */
export async function runDoctor(
  asked: DoctorCommand,
  environment: Environment,
  terminal: Terminal,
): Promise<ExitCode> {
  const checks = await examine(asked, environment);
  const healthy = checks.every(({ level }) => level !== 'failed');
  if (asked.json) terminal.out(json({ ok: healthy, checks }));
  else {
    for (const { level, says, remedy } of checks)
      terminal.out(`${MARKS[level]} ${says}${remedy === null ? '' : ` ${remedy}`}`);
  }
  return healthy ? EXIT.ok : EXIT.refused;
}
