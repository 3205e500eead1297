/** `tls=ca` goes by the system's authorities where Node can read them, and says which it went by. */
import * as node_tls from 'node:tls';
import { expect, test } from 'vitest';
import { trustedAuthorities } from '../../../src/client/authorities.js';
import { CHANNEL_ERRORS } from '../../../src/client/errors.js';

const stub = (lists: Partial<Record<'system' | 'extra', readonly string[]>>) => ({
  getCACertificates: (type: 'system' | 'extra'): readonly string[] => {
    const list = lists[type];
    if (list === undefined) throw new Error(`The argument 'type' is invalid: ${type}`);
    return list;
  },
});

test('a Node that gives the system’s is taken at its word, and what NODE_EXTRA_CA_CERTS names is added', () => {
  expect(trustedAuthorities(stub({ system: ['A', 'B'], extra: ['C'] }), [])).toEqual({
    from: 'system',
    certificates: ['A', 'B', 'C'],
  });
  expect(trustedAuthorities(stub({ system: ['A'] }), [])).toEqual({ from: 'system', certificates: ['A'] });
});
test.each([
  ['an older Node', {}],
  ['a system without any', stub({ system: [], extra: ['C'] })],
  ['a store that can not be opened', stub({})],
])('%s: the list that Node has by itself', (_what, source) => {
  expect(trustedAuthorities(source, [])).toEqual({ from: 'node', certificates: null });
});
test.each([
  [['--use-openssl-ca'], 'openssl'],
  [['--max-old-space-size=50 --use-openssl-ca'], 'openssl'],
  [['--use-openssl-cape'], 'system'],
  [[''], 'system'],
])('%j', (told, from) => {
  expect(trustedAuthorities(stub({ system: ['A'], extra: [] }), told).from).toBe(from);
});
test('this very Node is judged by what it can', () => {
  const can = 'getCACertificates' in node_tls;
  const { from } = trustedAuthorities(undefined, []);
  if (can) expect(['system', 'node']).toContain(from);
  else expect(from).toBe('node');
  expect(CHANNEL_ERRORS[`untrusted_by_${from}`]).toMatch(
    can && from === 'system' ? /the system of this machine/ : /comes with Node/,
  );
});
