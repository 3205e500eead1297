import { expect, test } from 'vitest';
import { PERMISSION_NAMES, permissionsOf, ROLE_NAMES, ROLES } from '../../../src/protocol/index.js';

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
