/** Actions about the server itself: what it is, and how it is doing. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { timestamp } from '../fields.js';
import { PROTOCOL } from '../limits.js';

/** What can hold the accounts. */
const DATABASE_ENGINES = ['sqlite', 'postgres'] as const;

const count = (what: string) => z.int().nonnegative().describe(what);
const milliseconds = (what: string) => z.number().nonnegative().describe(`${what}, milliseconds`);

export const SERVER_ACTIONS = {
  server_info: defineAction({
    summary: 'What a client should know about this server before anyone signs in.',
    params: z.strictObject({}),
    result: z.object({
      server_name: z.string().describe('what whoever runs it calls it'),
      server_version: z.string().describe('version of the program, for people; decide nothing by it'),
      protocol: z.literal(PROTOCOL).describe('name and version of the protocol'),
      server_time_at: timestamp("the server's clock"),
      registration_open: z.boolean().describe('whether strangers may register'),
      setup_required: z.boolean().describe('true until the first administrator exists'),
      password_length_min: z.int().describe('code points that a new password needs at least'),
      auto_register: z
        .boolean()
        .optional()
        .describe('true when `authenticate` registers an unknown name instead of refusing it; else left out'),
    }),
    access: 'public',
    identity: null,
    renews: [],
    bucket: 'free',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'server information',
    example: {
      params: {},
      result: {
        server_name: 'Portcullis',
        server_version: '0.1.0',
        protocol: PROTOCOL,
        server_time_at: 1795000200000,
        registration_open: true,
        setup_required: false,
        password_length_min: 8,
      },
    },
  }),

  server_stats: defineAction({
    summary: 'What the server has counted since it started, and what it is doing now.',
    params: z.strictObject({}),
    result: z.object({
      uptime_ms: milliseconds('since the start'),
      requests: z
        .array(
          z.object({
            action: z.string().describe('action, or `[unknown]`'),
            outcome: z.string().describe('`ok` or an error code'),
            count: count('answered requests'),
          }),
        )
        .describe('answered requests by action and outcome'),
      latency: z
        .object({
          bounds_ms: z.array(z.number()).describe('upper bounds of the buckets, milliseconds'),
          counts: z.array(z.int()).describe('requests in each bucket; one more than there are bounds'),
        })
        .describe('time from a request’s arrival to its reply'),
      event_loop_delay: z
        .object({
          p50_ms: milliseconds('median'),
          p99_ms: milliseconds('99th percentile'),
          max_ms: milliseconds('worst'),
        })
        .describe('how late the main thread was, since the start'),
      hashing: z
        .object({
          running: count('password hashes in work'),
          queued: count('waiting for a slot'),
          refused: count('told `busy` since the start'),
        })
        .describe('password hashing'),
      connections: z
        .object({ open: count('all'), signed_in: count('with a session') })
        .describe('connections now'),
      group_commit: z
        .object({
          groups: count('commits since the start'),
          operations: count('operations in them'),
          largest: count('operations in the largest'),
        })
        .describe('durable writes'),
      database: z
        .object({
          engine: z.enum(DATABASE_ENGINES).describe('what holds the accounts'),
          connections_max: count('connections to it that read or write, at most'),
          waiting: count('writes that are not answered yet'),
        })
        .describe('where everything is kept'),
      cached_sessions: count('sessions in memory'),
      memory: z
        .object({ rss_bytes: count('resident set'), heap_used_bytes: count('JavaScript heap in use') })
        .describe('of the process'),
    }),
    access: { permission: 'server.read' },
    identity: null,
    renews: ['session'],
    bucket: 'list',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'server statistics',
    example: {
      params: {},
      result: {
        uptime_ms: 60_000,
        requests: [{ action: 'whoami', outcome: 'ok', count: 12 }],
        latency: { bounds_ms: [1, 10, 100], counts: [10, 2, 0, 0] },
        event_loop_delay: { p50_ms: 0.1, p99_ms: 1.2, max_ms: 4.8 },
        hashing: { running: 0, queued: 0, refused: 0 },
        connections: { open: 3, signed_in: 2 },
        group_commit: { groups: 4, operations: 5, largest: 2 },
        database: { engine: 'sqlite', connections_max: 2, waiting: 0 },
        cached_sessions: 2,
        memory: { rss_bytes: 90_000_000, heap_used_bytes: 20_000_000 },
      },
    },
  }),
};
