import { expect, test } from 'vitest';
import { connectionView } from '../../../src/tui/effects/connection_view.js';

test('in an outage the banner stays while it is tried again, until somebody answers', () => {
  const first = connectionView(
    { name: 'connecting', attempt: 1 },
    { name: 'ready', server_name: 'lab', latency_ms: null },
  );
  expect(first).toEqual({ name: 'connecting', attempt: 1 });
  const reason = { code: 'unreachable', message: 'not there' } as const;
  const waits = connectionView({ name: 'retrying', attempt: 2, retry_at: 1_000, reason }, first);
  expect(waits).toMatchObject({ name: 'retrying', attempt: 2, code: 'unreachable' });
  expect(connectionView({ name: 'connecting', attempt: 2 }, waits)).toBe(waits);
  expect(connectionView({ name: 'handshaking', attempt: 2 }, waits)).toEqual({
    name: 'handshaking',
    attempt: 2,
  });
});
