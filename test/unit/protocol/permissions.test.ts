import { expect, test } from 'vitest';
import {
  PERMISSION_NAMES,
  permissionsOf,
  ROLE_NAMES,
  ROLES,
  shownRole,
} from '../../../src/protocol/index.js';

test('the role user has no permission, admin has all', () => {
  expect([...permissionsOf(['user'])]).toEqual([]);
  expect([...permissionsOf(['admin'])].sort()).toEqual([...PERMISSION_NAMES].sort());
});

test('roles add up, and repeating one adds nothing', () => {
  expect([...permissionsOf(['user', 'moderator', 'moderator'])].sort()).toEqual([...ROLES.moderator].sort());
  expect(permissionsOf(ROLE_NAMES).size).toBe(PERMISSION_NAMES.length);
});

test('unknown names give nothing, also those that every object has', () => {
  for (const name of ['root', 'ADMIN', '', 'toString', '__proto__', 'constructor', 'hasOwnProperty']) {
    expect(permissionsOf([name]).size).toBe(0);
  }
});

test('nobody above moderator is needed to read', () => {
  expect(permissionsOf(['moderator']).has('users.read')).toBe(true);
  expect(permissionsOf(['moderator']).has('roles.assign')).toBe(false);
});

test('the role that lists show of several permits all that the others do', () => {
  expect(shownRole(['user'])).toBe('user');
  expect(shownRole(['moderator', 'user'])).toBe('moderator');
  expect(shownRole(['admin', 'moderator', 'user'])).toBe('admin');
  for (const one of ROLE_NAMES) {
    for (const other of ROLE_NAMES) {
      expect(permissionsOf([shownRole([one, other])])).toEqual(permissionsOf([one, other]));
    }
  }
  // Lists are sorted by the name; the highest is first.
  const ranks = ROLE_NAMES.toReversed();
  expect(ranks.toSorted()).toEqual(ranks);
});
