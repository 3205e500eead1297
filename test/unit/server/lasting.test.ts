import { expect, test } from 'vitest';
import { keepText, knownText, lasting } from '../../../src/server/handlers/lasting.js';

test('a lasting result can not be changed, at no depth', () => {
  const result = lasting({ active: true, subject: { roles: ['user'], at: 1 } });
  expect(() => Object.assign(result, { active: false })).toThrow(TypeError);
  expect(() => Object.assign(result.subject, { at: 2 })).toThrow(TypeError);
  expect(() => result.subject.roles.push('admin')).toThrow(TypeError);
});

test('its text is known once it was kept, and only its own', () => {
  const result = lasting({ a: 1 });
  expect(knownText(result)).toBeNull();
  keepText(result, '{"a":1}');
  expect(knownText(result)).toBe('{"a":1}');
  expect(knownText(lasting({ a: 1 }))).toBeNull();
});

test('nothing is kept of an ordinary result, frozen or not', () => {
  for (const result of [{ a: 1 }, Object.freeze({ a: 1 })]) {
    keepText(result, '{"a":1}');
    expect(knownText(result)).toBeNull();
  }
});
