/** Places as people tell them apart, beside the keys by which limits count. */
import { expect, test } from 'vitest';
import { addressKey, placeKey } from '../../../src/server/domain/index.js';
import { IPV6_SPELLINGS } from '../../support/addresses.js';

test('a place is an IPv4 address however it is written, and the /64 of an IPv6 address', () => {
  for (const address of ['198.18.0.1', '::ffff:198.18.0.1', '::ffff:c612:1', '64:ff9b::198.18.0.1'])
    expect(placeKey(address)).toBe('198.18.0.1');
  expect(new Set(IPV6_SPELLINGS.map(placeKey))).toEqual(new Set(['20010db885a300ff/64']));
  expect(placeKey('2001:db8:85a3:fe::1')).not.toBe(placeKey('2001:db8:85a3:ff::1'));
  expect(placeKey('no address')).toBe('unknown');
});

test('addresses of this machine are one for limits, and places of their own', () => {
  const own = ['127.0.0.1', '127.0.0.2', '127.1.0.1'];
  expect(new Set(own.map(addressKey)).size).toBe(1);
  expect(own.map(placeKey)).toEqual(own);
  expect(placeKey('::1')).toBe('127.0.0.1');
});
