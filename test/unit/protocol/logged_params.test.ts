import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ACTION_NAMES, ACTIONS, loggedParamsOf, REDACTED, secret } from '../../../src/protocol/index.js';

const params = z.strictObject({
  id: z.string(),
  who: z.strictObject({ name: z.string(), word: secret(z.string()), at: z.strictObject({ day: z.int() }) }),
  tags: z.array(z.string()).optional(),
});

describe('what of the params may be logged', () => {
  const sent = {
    id: 'x',
    who: { name: 'anna', word: 'hunter2', at: { day: 3 } },
    tags: ['a', 'b'],
    other: 'o',
  };

  test('only what is on the list, at its place', () => {
    const logged = loggedParamsOf({ params, logs: ['id', 'who.at.day', 'tags'] });
    expect(logged(sent)).toEqual({ id: 'x', who: { at: { day: 3 } }, tags: ['a', 'b'] });
    expect(logged({})).toEqual({});
    expect(loggedParamsOf({ params, logs: [] })(sent)).toEqual({});
  });

  test('a secret that got onto the list is still hidden', () => {
    const logged = loggedParamsOf({ params, logs: ['who.word', 'who.name'] });
    expect(logged(sent)).toEqual({ who: { word: REDACTED, name: 'anna' } });
  });

  test('and so is a value that is not of the shape of its schema', () => {
    const logged = loggedParamsOf({ params, logs: ['id', 'who.name', 'who.at.day'] });
    expect(logged({ id: { word: 'hunter2' }, who: 'hunter2' })).toEqual({ id: REDACTED });
    expect(logged({ who: ['hunter2'], id: null })).toEqual({ id: null, who: {} });
  });

  test('names that every object has are nobody’s params', () => {
    const logged = loggedParamsOf({ params, logs: ['constructor', 'who.toString'] });
    expect(logged(sent)).toEqual({ who: {} });
  });

  /** Of everything that examples hold, this may be read by whoever reads the log; a longer list has to be meant. */
  test('all actions together', () => {
    const shown = Object.fromEntries(
      ACTION_NAMES.map((name) => [name, loggedParamsOf(ACTIONS[name])(ACTIONS[name].example.params)]).filter(
        ([, logged]) => Object.keys(logged as object).length > 0,
      ),
    ) as object;
    const text = JSON.stringify(shown);
    for (const hidden of [
      'correct horse',
      'staple gun',
      'pcs_',
      'pcr_',
      'pcc_',
      'anna',
      'Anna',
      '@',
      '+7',
      'lab',
    ]) {
      expect(text).not.toContain(hidden);
    }
    expect(text).toContain('a_0BoRis5tUvWxYz9AbCdE');
  });
});
