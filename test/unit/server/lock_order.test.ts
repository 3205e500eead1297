import { expect, test } from 'vitest';
import { LOCK_ORDER, LockWatch } from '../../../src/server/store/lock_order.js';

const watching = (): LockWatch => {
  const watch = new LockWatch();
  watch.begin();
  return watch;
};

test('locks in order are taken, also with kinds left out', () => {
  const all = watching();
  for (const kind of LOCK_ORDER) all.take(kind);
  const some = watching();
  some.take('role');
  some.take('session');
});

test.each([
  ['role', 'server', "a lock on 'server' after one on 'role'"],
  ['session', 'account', "a lock on 'account' after one on 'session'"],
  ['account', 'account', "a lock on 'account' after one on 'account'"],
] as const)('%s, then %s is refused', (first, second, message) => {
  const watch = watching();
  watch.take(first);
  expect(() => watch.take(second)).toThrow(message);
});

test('a lock after a write is refused, and the next transaction begins anew', () => {
  const watch = watching();
  watch.take('role');
  watch.wrote();
  expect(() => watch.take('account')).toThrow("a lock on 'account' after the first write");
  watch.begin();
  watch.take('server');
});
