/** The doctor on a PostgreSQL: whether it is reached, lets us in, and can keep what this program writes. Never shows the password. */
import {
  placeOf,
  probe,
  SCHEMA_VERSION,
  type DatabaseAddress,
  type DatabaseContent,
  type DatabaseProbe,
  type OpenFault,
} from '../store/index.js';
import type { Clock } from '../runtime/index.js';
import { checkFormerForms, SCHEMA_BEHIND } from './check_database.js';
import { failed, ok, warning, type Finding } from './finding.js';

/** The line of the doctor on which a fault is told; all others are about reaching it. */
const CHECK_OF: Partial<Record<OpenFault, string>> = {
  pooled: 'pooler',
  wrong_encoding: 'encoding',
  unwritable: 'rights',
  no_right: 'rights',
  newer: 'schema',
  changed_migration: 'schema',
};
/** The sentence of a fault says already what to do. */
const AGAIN = 'Nothing was changed; run doctor again after that.';

/** `content`: what its rows tell, where they could be read. */
export async function checkPostgres(
  address: DatabaseAddress,
  clock: Clock,
): Promise<{ readonly findings: readonly Finding[]; readonly content: DatabaseContent | null }> {
  const found = await probe(address, SCHEMA_VERSION, { content_by: clock });
  const { content } = found;
  const faults = found.faults.map(({ fault, message }) =>
    failed(CHECK_OF[fault] ?? 'database', message, AGAIN),
  );
  // What could not be asked any more is not said to be well.
  if (found.undurable === null) return { findings: faults, content };
  const told = new Set(faults.map(({ check }) => check));
  const well = [
    reached(address, found),
    ok('pooler', 'Nothing in between gives connections to others.'),
    ok('encoding', 'The database is in UTF8.'),
    rights(found),
    ...(found.schema_version === null ? [] : [schema(found.schema_version)]),
    durability(found),
    ...(content === null ? [] : [checkFormerForms(content)]),
  ].filter(({ check }) => !told.has(check));
  return { findings: [...well, ...faults], content };
}

function rights({ may_create }: DatabaseProbe): Finding {
  if (may_create === true) return ok('rights', 'The user may make and write tables.');
  return warning(
    'rights',
    'The user may write the tables that are there, and make no others.',
    'A newer release may need that: make the user the owner of the database, or let it make tables before you bring one.',
  );
}

function reached(address: DatabaseAddress, { version, tls }: DatabaseProbe): Finding {
  const says = `The PostgreSQL on ${placeOf(address)} is version ${version ?? ''} and lets the user in`;
  if (tls !== null) return ok('database', `${says}, by ${tls} with a certificate for ${address.host}.`);
  if (address.tls.kind === 'plain' && address.tls.because === 'said_in_words')
    return warning(
      'database',
      `${says}, by plain TCP: whoever is on the way reads and changes every account.`,
      'Switch TLS on there, and leave --database-insecure-plain out.',
    );
  return ok('database', `${says}, without leaving this machine.`);
}

function schema(version: number): Finding {
  const says = `The schema is version ${version} of ${SCHEMA_VERSION}.`;
  if (version === SCHEMA_VERSION) return ok('schema', says);
  return warning('schema', says, SCHEMA_BEHIND);
}

function durability({ undurable }: DatabaseProbe): Finding {
  if (undurable === null || undurable.length === 0)
    return ok('durability', 'What is acknowledged is on disk (fsync, full_page_writes, synchronous_commit).');
  return failed(
    'durability',
    `The PostgreSQL can lose what it has acknowledged (${undurable.join(', ')}).`,
    'Switch that on in its postgresql.conf, and load it anew.',
  );
}
