import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PendingTable } from '../../../src/client/pending.js';

describe('PendingTable', () => {
  test('waiting requests keep their order and leave the line when written', () => {
    const table = new PendingTable<string>();
    table.add('1', 'a');
    table.add('2', 'b');
    table.add('3', 'c');
    table.markWritten('2');
    expect(table.waiting().map(({ id }) => id)).toEqual(['1', '3']);
    expect(table.isWritten('2')).toBe(true);
    expect(table.isWritten('1')).toBe(false);
    expect(table.isWritten('9')).toBe(false);
    expect(table.size).toBe(3);
  });

  test('a reply takes its waiter once, and only when the request was written', () => {
    const table = new PendingTable<string>();
    table.add('1', 'a');
    expect(table.takeWritten('1')).toBeNull();
    table.markWritten('1');
    expect(table.takeWritten('1')).toBe('a');
    expect(table.takeWritten('1')).toBeNull();
    expect(table.takeWritten('__proto__')).toBeNull();
    expect(table.remove('1')).toBeNull();
    table.markWritten('1');
    expect(table.size).toBe(0);
  });

  test('a loss takes the written ones; the waiting ones stay', () => {
    const table = new PendingTable<string>();
    table.add('1', 'a');
    table.add('2', 'b');
    table.markWritten('1');
    expect(table.takeAllWritten()).toEqual(['a']);
    expect(table.takeAllWritten()).toEqual([]);
    expect(table.takeAllWaiting()).toEqual(['b']);
    expect(table.size).toBe(0);
  });

  test('property: every waiter leaves exactly once, whatever happens in whatever order', () => {
    const step = fc.record({
      what: fc.constantFrom('add', 'write', 'reply', 'remove', 'lose'),
      id: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new PendingTable<number>();
        const left: number[] = [];
        let added = 0;
        const note = (waiter: number | null): void => {
          if (waiter !== null) left.push(waiter);
        };
        for (const { what, id } of steps) {
          const name = String(id);
          if (what === 'add' && table.remove(name) === null) table.add(name, added++);
          else if (what === 'add') left.push(-1);
          else if (what === 'write') table.markWritten(name);
          else if (what === 'reply') note(table.takeWritten(name));
          else if (what === 'remove') note(table.remove(name));
          else left.push(...table.takeAllWritten());
        }
        left.push(...table.takeAllWritten(), ...table.takeAllWaiting());
        expect(left).toHaveLength(added);
        expect(new Set(left.filter((waiter) => waiter >= 0)).size).toBe(left.filter((w) => w >= 0).length);
        expect(table.size).toBe(0);
      }),
    );
  });
});
