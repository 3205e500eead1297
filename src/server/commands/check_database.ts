/** The doctor on the database: whether it opens, is whole, and of this release; and on what only its content tells. */
import { lstatSync } from 'node:fs';
import { durabilityFault, type Inspection } from '../store/index.js';
import { failed, ok, warning, type Finding } from './finding.js';
import { amount } from './terminal.js';

const MIB = 1024 * 1024;
/** A log so large was not checkpointed for long: something holds an old view of the database open. */
const WAL_LARGE = 64 * MIB;
/** This program was not written before. */
const YEAR_MIN = 2025;
const YEAR_MAX = 2100;
/** Clocks that are set by the network jump a little. */
const CLOCK_BACK_MS = 60_000;

/** Clocks this far apart are not set by the same time; the way of an answer is shorter. */
const CLOCKS_APART_MS = 2_000;

export const SCHEMA_BEHIND =
  'The next start of this auth-server brings it up to date; `auth-server migrate plan` lists what it would do.';

type Inspect = (path: string, options: { readonly thorough: boolean }) => Inspection;

/** `has_keys`: whether keys lie beside it, which are made after a database and never without one. */
export function checkDatabase(
  path: string,
  options: { readonly thorough: boolean; readonly has_keys: boolean },
  inspect: Inspect,
): { findings: readonly Finding[]; inspection: Inspection | null } {
  const { thorough, has_keys } = options;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() === false) {
    const finding = failed('database', `The database ${path} is no file.`, 'Put a backup in its place.');
    return { findings: [finding], inspection: null };
  }
  if (stats === undefined || stats.size === 0) {
    const what =
      stats === undefined ? `There is no database ${path}.` : `The database ${path} is an empty file.`;
    const finding = has_keys
      ? failed(
          'database',
          `${what} The keys beside it say that a server was here.`,
          'Put a backup in its place; for a new server choose another folder with --data.',
        )
      : failed('database', what, 'Start auth-server once: it makes one.');
    return { findings: [finding], inspection: null };
  }
  const inspection = inspect(path, { thorough });
  if (inspection.fault !== null) {
    const finding = failed('database', inspection.fault, 'Keep the damaged file for a rescue before you do.');
    return { findings: [finding], inspection: null };
  }
  return {
    inspection,
    findings: [
      integrity(path, thorough, inspection),
      references(inspection),
      schema(inspection),
      wal(inspection),
      durability(path, inspection),
      checkFormerForms(inspection),
    ],
  };
}

function integrity(path: string, thorough: boolean, { damage }: Inspection): Finding {
  const [first] = damage;
  if (first === undefined)
    return ok('database', `The database opens and is whole (${thorough ? 'every index' : 'quick check'}).`);
  return failed(
    'database',
    `The database ${path} is damaged in ${amount(damage.length, 'place', 'places')}: ${first}.`,
    'Stop the server, keep a copy of the file, and put a backup in its place.',
  );
}

function references({ orphans }: Inspection): Finding {
  if (orphans === 0) return ok('references', 'Every row belongs to something.');
  return failed(
    'references',
    `${amount(orphans, 'row belongs', 'rows belong')} to something that is not there.`,
    'Someone has changed the database by hand: put a backup in its place.',
  );
}

function schema({ schema_version, schema_version_known, schema_fault }: Inspection): Finding {
  if (schema_fault !== null) return failed('schema', schema_fault, 'Nothing was changed.');
  const says = `The schema is version ${schema_version} of ${schema_version_known}.`;
  if (schema_version === schema_version_known) return ok('schema', says);
  return warning('schema', says, SCHEMA_BEHIND);
}

function wal({ wal_bytes }: Inspection): Finding {
  const says = `The write-ahead log has ${Math.ceil(wal_bytes / MIB)} MiB.`;
  if (wal_bytes <= WAL_LARGE) return ok('wal', says);
  return warning('wal', says, 'End programs that read the database for long, or start the server again.');
}

/** So many are named; of the others the number is told. */
const NAMED_MAX = 20;

export function checkFormerForms({ former_forms }: Pick<Inspection, 'former_forms'>): Finding {
  if (former_forms.length === 0)
    return ok('names', 'Every name and e-mail address is in the form of this release.');
  const named = former_forms.slice(0, NAMED_MAX).map(({ account_id, what }) => `${account_id} (${what})`);
  const more = former_forms.length > NAMED_MAX ? ', ...' : '';
  return warning(
    'names',
    `${amount(former_forms.length, 'name or address is', 'names or addresses are')} in a form that nobody can choose any more: ${named.join(', ')}${more}.`,
    'They go on as before. Where one looks like another, ask its owner to choose another address, or make a new account.',
  );
}

function durability(path: string, { journal_mode }: Inspection): Finding {
  // Asking for the settings would change a file of another mode; a restored backup can be one.
  if (journal_mode !== 'wal')
    return warning(
      'durability',
      `The database is in journal mode ${journal_mode}.`,
      'The next start sets WAL.',
    );
  const fault = durabilityFault(path);
  return fault === null
    ? ok('durability', 'What is acknowledged is on disk (journal_mode=WAL, synchronous=FULL).')
    : failed('durability', fault, 'Put the data folder on a local disk.');
}

/** What the rows of a database tell, of either engine. */
type Content = Pick<Inspection, 'newest_audit_at' | 'administrators' | 'setup_code_expires_at'> & {
  /** How far the clock of a database that is a server of its own is ahead of this machine's. */
  readonly ahead_ms?: number;
};

export function checkClock(now: number, content: Content | null): Finding {
  const year = new Date(now).getUTCFullYear();
  const remedy = 'Set it, best by NTP: sessions and one-time codes end by it.';
  if (year < YEAR_MIN || year > YEAR_MAX)
    return failed('clock', `The clock says that it is the year ${year}.`, remedy);
  const newest = content?.newest_audit_at ?? null;
  if (newest !== null && newest > now + CLOCK_BACK_MS) {
    const at = new Date(newest).toISOString();
    return failed('clock', `The clock is behind the newest entry of the audit log (${at}).`, remedy);
  }
  const says = `The clock says ${new Date(now).toISOString().slice(0, 16)} UTC`;
  const ahead_ms = content?.ahead_ms ?? 0;
  if (Math.abs(ahead_ms) <= CLOCKS_APART_MS) return ok('clock', `${says}.`);
  const apart = `${(Math.abs(ahead_ms) / 1_000).toFixed(1)} s ${ahead_ms > 0 ? 'ahead' : 'behind'}`;
  return warning(
    'clock',
    `${says}; that of the PostgreSQL is ${apart}.`,
    'Set both by NTP: sessions and one-time codes end by the clock of this machine, and the log of the PostgreSQL tells another time.',
  );
}

/** Nothing when the database could not be read: that was said already. */
export function checkAdministrator(now: number, content: Content | null): readonly Finding[] {
  if (content === null) return [];
  const { administrators, setup_code_expires_at } = content;
  if (administrators > 0)
    return [
      ok('administrator', `${amount(administrators, 'administrator is', 'administrators are')} active.`),
    ];
  if (setup_code_expires_at !== null && setup_code_expires_at > now) {
    const minutes = Math.ceil((setup_code_expires_at - now) / 60_000);
    return [
      warning(
        'administrator',
        `There is no administrator yet; the setup code is valid for ${amount(minutes, 'more minute', 'more minutes')}.`,
        'Open auth-tui on this machine and register.',
      ),
    ];
  }
  return [
    failed(
      'administrator',
      'There is no active administrator and no valid setup code.',
      'Start auth-server: it makes a new code while nobody is administrator.',
    ),
  ];
}
