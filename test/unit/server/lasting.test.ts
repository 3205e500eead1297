import { expect, test } from 'vitest';
import { Lasting } from '../../../src/server/handlers/lasting.js';

test('a lasting result can not be changed, at no depth', () => {
  const { result } = new Lasting({ active: true, subject: { roles: ['user'], at: 1 } });
  expect(() => Object.assign(result, { active: false })).toThrow(TypeError);
  expect(() => Object.assign(result.subject, { at: 2 })).toThrow(TypeError);
  expect(() => result.subject.roles.push('admin')).toThrow(TypeError);
});

test('has no text before it was checked', () => {
  expect(new Lasting({ a: 1 }).text).toBeNull();
});
