import { expect, test } from 'vitest';
import type { LockKind } from '../../../src/server/store/lock_order.js';
import { OPERATIONS } from '../../../src/server/store/operations/index.js';
import { ruleFault, type OperationRule } from '../../../src/server/store/operations/operation.js';

const locked =
  (...kinds: readonly LockKind[]) =>
  (kind: LockKind): boolean =>
    kinds.includes(kind);
const changed = { kind: 'account_changed', account_id: 'a_1' } as const;
const ended = { kind: 'sessions_ended', account_id: 'a_1', session_ids: ['s_1'], reason: 'revoked' } as const;

test('what an operation must lock and announce, and what it may', () => {
  const { rule } = OPERATIONS.suspend_account;
  expect(ruleFault(rule, locked('role', 'account'), [changed])).toBeNull();
  expect(ruleFault(rule, locked('role', 'account'), [ended, changed])).toBeNull();
  expect(ruleFault(rule, locked('account'), [changed])).toBe("'role' is not locked");
  expect(ruleFault(rule, locked('role', 'account'), [ended])).toBe("'account_changed' is not announced");
  expect(ruleFault(OPERATIONS.clear_throttle.rule, locked('account'), [changed])).toBe(
    "'account_changed' is announced, and its rule does not name it",
  );
});

test('whoever ends sessions or changes accounts holds the account meanwhile', () => {
  for (const [name, { rule }] of Object.entries(OPERATIONS)) {
    const { locks, announces = [], may_announce = [] }: OperationRule = rule;
    const touches = [...announces, ...may_announce].some(
      (kind) => kind === 'account_changed' || kind === 'sessions_ended',
    );
    if (touches) expect(locks, name).toContain('account');
  }
});
