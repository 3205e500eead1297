/** Actions about the running server, for those who look after it. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';

const count = (what: string) => z.int().nonnegative().describe(what);
const milliseconds = (what: string) => z.number().nonnegative().describe(`${what}, milliseconds`);

export const server_stats = defineAction({
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
    cached_sessions: count('sessions in memory'),
    memory: z
      .object({ rss_bytes: count('resident set'), heap_used_bytes: count('JavaScript heap in use') })
      .describe('of the process'),
  }),
  access: { permission: 'server.read' },
  bucket: 'list',
  audit: null,
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
      cached_sessions: 2,
      memory: { rss_bytes: 90_000_000, heap_used_bytes: 20_000_000 },
    },
  },
});
