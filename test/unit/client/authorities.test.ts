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
test('one that a folder has under several names, and an own one that is among them, is read once', () => {
  expect(trustedAuthorities(stub({ system: ['A', 'B', 'A', 'B', 'A'], extra: ['B', 'C'] }), [])).toEqual({
    from: 'system',
    certificates: ['A', 'B', 'C'],
  });
});
test.each([
  ['an older Node', {}, 'node'],
  ['a system without any', stub({ system: [], extra: ['C'] }), 'node_alone'],
  ['a store that can not be opened', stub({}), 'node_alone'],
] as const)('%s: the list that Node has by itself', (_what, source, from) => {
  expect(trustedAuthorities(source, [])).toEqual({ from, certificates: null });
});
test('a Node that has asked for nothing newer is not told to be newer', () => {
  expect(CHANNEL_ERRORS.untrusted_by_node).toContain('Node 22.15 and newer use that of the system');
  expect(CHANNEL_ERRORS.untrusted_by_node_alone).not.toContain('22.15');
});
test.each([
  [['--use-openssl-ca'], 'openssl'],
  [['--max-old-space-size=50 --use-openssl-ca'], 'openssl'],
  [['--use-openssl-cape'], 'system'],
  [['--use-bundled-ca'], 'bundled'],
  [['--no-warnings --use-bundled-ca'], 'bundled'],
  [['--use-system-ca'], 'system'],
  [[''], 'system'],
])('%j', (told, from) => {
  expect(trustedAuthorities(stub({ system: ['A'], extra: [] }), told).from).toBe(from);
});
test('this very Node is judged by what it can', () => {
  const can = 'getCACertificates' in node_tls;
  const { from } = trustedAuthorities(undefined, []);
  if (can) expect(['system', 'node_alone']).toContain(from);
  else expect(from).toBe('node');
  expect(CHANNEL_ERRORS[`untrusted_by_${from}`]).toMatch(
    can && from === 'system' ? /the system of this machine/ : /comes with Node/,
  );
});
