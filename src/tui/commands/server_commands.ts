/** Commands about the server, and about the servers that this machine knows. */
import type { ResultOf } from '../../protocol/index.js';
import { addressLabel, cleanResult } from '../reach/index.js';
import type { KnownServer } from '../keep/index.js';
import { oneCall, ownRun, type CommandSpec } from './command.js';
import { OwnRefusal, UsageError, withMeant } from './errors.js';
import { labelled, orDash, table, titles, when } from './layout.js';
import type { Words } from './words/index.js';

const MIB = 1024 * 1024;

function duration(words: Words, ms: number): string {
  const all_minutes = Math.floor(ms / 60_000);
  const [days, hours] = [Math.floor(all_minutes / 1440), Math.floor(all_minutes / 60) % 24];
  const minutes = all_minutes % 60;
  if (days > 0) return words('measures', 'days_hours', { days, hours });
  return hours > 0
    ? words('measures', 'hours_minutes', { hours, minutes })
    : words('measures', 'minutes', { minutes });
}

/** As they call themselves. */
const ENGINES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;

function showStats(words: Words, stats: ResultOf<'server_stats'>): string {
  const { connections, requests, event_loop_delay, hashing, group_commit, database, memory } = stats;
  const { open, signed_in } = connections;
  const { running, queued, refused } = hashing;
  const { groups, operations } = group_commit;
  return labelled(words, [
    ['up_for', duration(words, stats.uptime_ms)],
    ['connections', words('measures', 'connections', { open, signed_in })],
    [
      'requests',
      requests.map(({ action, outcome, count }) => `${action} ${outcome} ${count}`).join('\n') || '-',
    ],
    [
      'loop_delay',
      words('measures', 'delay', {
        p50: event_loop_delay.p50_ms.toFixed(1),
        p99: event_loop_delay.p99_ms.toFixed(1),
      }),
    ],
    ['hashing', words('measures', 'hashing', { running, queued, refused })],
    ['commits', words('measures', 'commits', { groups, operations })],
    ['database', words('measures', 'database', { ...database, engine: ENGINES[database.engine] })],
    ['memory', words('measures', 'memory', { count: Math.round(memory.rss_bytes / MIB) })],
  ]);
}

/** A known server without its client key. */
const publicPart = ({ name, address, added_at, last_used_at }: KnownServer): Record<string, unknown> => ({
  name,
  host: address.host,
  port: address.port,
  tls: address.tls,
  pin: address.pin,
  added_at,
  last_used_at,
});

export const SERVER_COMMANDS: readonly CommandSpec[] = [
  oneCall({
    name: 'server info',
    session: 'none',
    action: 'server_info',
    params: () => ({}),
    show: (info, { words }) =>
      labelled(words, [
        ['server', info.server_name],
        ['version', info.server_version],
        ['protocol', info.protocol],
        ['clock', when(info.server_time_at)],
        ['registration', words('values', info.registration_open ? 'open' : 'closed')],
        ['administrator', words('values', info.setup_required ? 'no_administrator' : 'yes')],
        ['unknown_login', words('values', info.auto_register === true ? 'registers' : 'refused')],
        ['password_length', words('measures', 'at_least', { count: info.password_length_min })],
      ]),
  }),
  oneCall({
    name: 'server keys',
    session: 'none',
    action: 'get_signing_keys',
    params: () => ({}),
    show: ({ keys }, { columns, words }) =>
      table(
        titles(words, ['key_id', 'algorithm', 'public_key']),
        keys.map(({ kid, alg, x }) => [kid, alg, x]),
        columns,
      ),
  }),
  oneCall({
    name: 'server stats',
    action: 'server_stats',
    params: () => ({}),
    show: (stats, { words }) => showStats(words, stats),
  }),
  ownRun({
    name: 'servers list',
    session: 'none',
    run: ({ keep, columns, words }) => {
      const servers = keep.knownServers();
      const rows = servers.map((server) => [
        server.name,
        addressLabel(server.address),
        server.address.tls
          ? (server.address.pin ?? words('values', 'by_authority'))
          : words('values', 'plain'),
        orDash(
          keep
            .sessions(server.address)
            .map(({ account_name }) => cleanResult(account_name))
            .join(', '),
        ),
        when(server.last_used_at),
      ]);
      const columns_shown = ['name', 'address', 'secured_by', 'signed_in_as', 'last_used'] as const;
      return Promise.resolve({
        json: { servers: servers.map(publicPart) },
        text: rows.length === 0 ? '' : table(titles(words, columns_shown), rows, columns),
        said: rows.length === 0 ? [words('says', 'no_servers')] : [],
      });
    },
  }),
  ownRun({
    name: 'servers add',
    args: [{ name: 'STRING', optional: true }],
    flags: { name: { value: 'NAME', text: 'servers add name' } },
    session: 'none',
    run: async (context) => {
      const string = context.args[0] ?? (await context.secrets.ask('connection_string'));
      if (!string.trim().startsWith('portcullis://')) {
        throw new UsageError((words) => words('says', 'string_form'));
      }
      const { address } = context.server(string);
      const known = context.keep.rememberServer(address, context.text('name') ?? undefined);
      const text = context.words('says', 'server_known', {
        address: addressLabel(address),
        name: known.name,
      });
      return { json: publicPart(known), text };
    },
  }),
  ownRun({
    name: 'servers forget',
    args: [{ name: 'NAME' }],
    session: 'none',
    run: (context) => {
      const name = context.arg(0);
      if (!context.keep.forgetServer(name)) {
        const names = context.keep.knownServers().map((known) => known.name);
        const said = withMeant((words) => words('says', 'no_server_name'), name, names);
        return Promise.reject(new OwnRefusal('unknown_server', said));
      }
      return Promise.resolve({
        json: { forgotten: name },
        text: context.words('says', 'server_forgotten', { name }),
      });
    },
  }),
];
