import { expect, test } from 'vitest';
import {
  APPLICATION_PERMISSION,
  BUILT_IN_ROLE_NAMES,
  BUILT_IN_ROLES,
  COMMON_PERMISSION_NAMES,
  PERMISSION_NAMES,
  permissionsOf,
  ROLE_NAME,
  serverPermissions,
  shownRole,
} from '../../../src/protocol/index.js';

test('the role user has none of the server’s permissions, admin has all, and those of every service', () => {
  expect([...permissionsOf(['user'])]).toEqual(['read', 'write']);
  expect(serverPermissions(permissionsOf(['user']))).toEqual([]);
  const admin = permissionsOf(['admin']);
  expect(serverPermissions(admin)).toEqual([...PERMISSION_NAMES].sort());
  expect([...admin].sort()).toEqual([...COMMON_PERMISSION_NAMES, ...PERMISSION_NAMES, '*'].sort());
});

test('what the documents ask for is what the built-in roles permit', () => {
  const common = (role: string): string[] =>
    COMMON_PERMISSION_NAMES.filter((one) => permissionsOf([role]).has(one));
  expect([common('user'), common('moderator'), common('admin')]).toEqual([
    ['read', 'write'],
    ['read', 'write', 'moderate'],
    ['read', 'write', 'moderate', 'admin'],
  ]);
});

test('names of the three kinds can not be taken for each other', () => {
  for (const name of [...PERMISSION_NAMES, ...COMMON_PERMISSION_NAMES, '*'])
    expect(APPLICATION_PERMISSION.test(name), name).toBe(false);
  for (const name of ['wiki:write', 'w:0', 'ci.build-2:run.all:now', `${'a'.repeat(31)}:${'b'.repeat(63)}`])
    expect(APPLICATION_PERMISSION.test(name), name).toBe(true);
  for (const name of [
    'Wiki:write',
    ':write',
    'wiki:',
    'wiki:Write',
    'wiki: write',
    '*:*',
    'wiki:*',
    'ви́ки:write',
    'wiki:write\n',
    '__proto__:a',
  ])
    expect(APPLICATION_PERMISSION.test(name), name).toBe(false);
  for (const name of BUILT_IN_ROLE_NAMES) expect(ROLE_NAME.test(name)).toBe(true);
  for (const name of ['', 'a', 'Admin', 'admin ', 'a'.repeat(33), '__proto__', '1st', 'роль', 'a:b', 'a.b'])
    expect(ROLE_NAME.test(name), name).toBe(false);
});

test('roles add up, and repeating one adds nothing', () => {
  expect([...permissionsOf(['user', 'moderator', 'moderator'])].sort()).toEqual(
    [...BUILT_IN_ROLES.moderator].sort(),
  );
  expect(permissionsOf(BUILT_IN_ROLE_NAMES)).toEqual(permissionsOf(['admin']));
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
  for (const one of BUILT_IN_ROLE_NAMES) {
    for (const other of BUILT_IN_ROLE_NAMES) {
      expect(permissionsOf([shownRole([one, other])])).toEqual(permissionsOf([one, other]));
    }
  }
  // Lists are sorted by the name; the highest is first.
  const ranks = BUILT_IN_ROLE_NAMES.toReversed();
  expect(ranks.toSorted()).toEqual(ranks);
});
