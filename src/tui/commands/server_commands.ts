/** Commands about the server, and about the servers that this machine knows. */
import type { ResultOf } from '../../protocol/index.js';
import { addressLabel } from '../effects/address.js';
import { Refusal } from '../effects/one_shot.js';
import type { KnownServer } from '../keep/index.js';
import { oneCall, ownRun, type CommandSpec } from './command.js';
import { UsageError } from './errors.js';
import { fields, orDash, table, when } from './layout.js';

const MIB = 1024 * 1024;

function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;

const showStats = (stats: ResultOf<'server_stats'>): string =>
  fields([
    ['up for', duration(stats.uptime_ms)],
    ['connections', `${stats.connections.open}, signed in ${stats.connections.signed_in}`],
    [
      'requests',
      stats.requests.map(({ action, outcome, count }) => `${action} ${outcome} ${count}`).join('\n') || '-',
    ],
    [
      'event loop delay',
      `p50 ${milliseconds(stats.event_loop_delay.p50_ms)}, p99 ${milliseconds(stats.event_loop_delay.p99_ms)}`,
    ],
    [
      'hashing',
      `${stats.hashing.running} running, ${stats.hashing.queued} waiting, ${stats.hashing.refused} refused`,
    ],
    ['commits', `${stats.group_commit.groups}, operations ${stats.group_commit.operations}`],
    ['memory', `${Math.round(stats.memory.rss_bytes / MIB)} MiB`],
  ]);

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
    help: 'What the server says about itself; nobody has to be signed in.',
    session: 'none',
    action: 'server_info',
    params: () => ({}),
    show: (info) =>
      fields([
        ['server', info.server_name],
        ['version', info.server_version],
        ['protocol', info.protocol],
        ['its clock', when(info.server_time_at)],
        ['registration', info.registration_open ? 'open' : 'closed'],
        ['administrator', info.setup_required ? 'none yet: register with the setup code' : 'yes'],
        ['password length', `at least ${info.password_length_min}`],
      ]),
  }),
  oneCall({
    name: 'server stats',
    help: 'What the server has counted since it started.',
    action: 'server_stats',
    params: () => ({}),
    show: showStats,
  }),
  ownRun({
    name: 'servers list',
    help: 'The servers that this machine knows. The first is used when no server is named.',
    session: 'none',
    run: ({ keep, columns }) => {
      const servers = keep.knownServers();
      const rows = servers.map((server) => [
        server.name,
        addressLabel(server.address),
        server.address.tls ? (server.address.pin ?? 'TLS by authority') : 'plain',
        orDash(keep.session(server.address)?.account_name ?? null),
        when(server.last_used_at),
      ]);
      const text =
        rows.length === 0
          ? 'No server is known yet. Add one: auth-tui servers add (reads its connection string)'
          : table(['NAME', 'ADDRESS', 'SECURED BY', 'SIGNED IN AS', 'LAST USED'], rows, columns);
      return Promise.resolve({ json: { servers: servers.map(publicPart) }, text });
    },
  }),
  ownRun({
    name: 'servers add',
    help:
      'Keep a server under a name. The connection string is the argument, or better a line of standard input, or a prompt: ' +
      'it holds a key, and arguments can be read by others on this machine.',
    args: [{ name: 'STRING', optional: true }],
    flags: { name: { value: 'NAME', help: 'what to call it; host and port unless told' } },
    session: 'none',
    run: async (context) => {
      const string = context.args[0] ?? (await context.secrets.ask('Connection string'));
      if (!string.trim().startsWith('portcullis://')) {
        throw new UsageError('A connection string begins with portcullis:// and is printed by the server.');
      }
      const { address } = context.server(string);
      const known = context.keep.rememberServer(address, context.text('name') ?? undefined);
      return { json: publicPart(known), text: `${addressLabel(address)} is known as ${known.name}.` };
    },
  }),
  ownRun({
    name: 'servers forget',
    help: 'Forget a known server and the session with it.',
    args: [{ name: 'NAME' }],
    session: 'none',
    run: (context) => {
      const name = context.arg(0);
      if (!context.keep.forgetServer(name)) {
        return Promise.reject(new Refusal('unknown_server', 'No known server is called so.'));
      }
      return Promise.resolve({ json: { forgotten: name }, text: `${name} is forgotten.` });
    },
  }),
];
