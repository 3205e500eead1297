/** How long wrong guesses make wait, under which key an address is counted, and who may give which role. */
import { describe, expect, test } from 'vitest';
import {
  BUILT_IN_ROLE_NAMES,
  COMMON_PERMISSION_NAMES,
  holds,
  PERMISSION_NAMES,
  permissionsOf,
  type Held,
} from '../../../src/protocol/index.js';
import {
  addressKey,
  displayAddress,
  FREE_GUESSES,
  ALLOWANCE,
  ALLOWANCE_MS,
  guessWait,
  halfFor,
  mayActOn,
  mayGrant,
  mayMake,
  networkKey,
  networkOf,
  UNDECIDED_MS,
  WAIT_MS_MAX,
  type RecentGuess,
} from '../../../src/server/domain/index.js';
import { IPV6_SPELLINGS } from '../../support/addresses.js';

const AT = Date.UTC(2026, 10, 20, 12);

describe('the ladder', () => {
  test('three free guesses, then 1, 2, 4 … 900 seconds', () => {
    const waits = Array.from({ length: 16 }, (_, failures) => guessWait(failures, AT, AT) / 1000);
    expect(waits).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    expect(FREE_GUESSES).toBe(3);
  });

  test('the wait runs from the last wrong guess and ends to the millisecond', () => {
    expect(guessWait(5, AT, AT + 3_999)).toBe(1);
    expect(guessWait(5, AT, AT + 4_000)).toBe(0);
    expect(guessWait(5, AT, AT + 4_001)).toBe(0);
  });

  test('a clock that was set back makes nobody wait: it would be until it is where it was', () => {
    for (const failures of [3, 10, 100, 1_000_000]) {
      for (const back of [1, 3_600_000, 365 * 86_400_000]) expect(guessWait(failures, AT, AT - back)).toBe(0);
    }
  });

  test('[T-48] however many there were, it ends by itself after fifteen minutes', () => {
    for (const failures of [13, 99, 100, 101, 1_000_000]) {
      expect(guessWait(failures, AT, AT)).toBe(WAIT_MS_MAX);
      expect(guessWait(failures, AT, AT + WAIT_MS_MAX - 1)).toBe(1);
      expect(guessWait(failures, AT, AT + WAIT_MS_MAX)).toBe(0);
    }
  });

  test('a counter beyond all reason gives a number', () => {
    for (const failures of [-1, 1e9, Number.MAX_SAFE_INTEGER]) {
      expect(Number.isFinite(guessWait(failures, AT, AT))).toBe(true);
    }
  });
});

describe('[T-48] the allowance for strangers of one account', () => {
  const NONE = { kept: 0, open: 0 };
  const guesses = (half: RecentGuess['half'], count: number, at = AT): RecentGuess[] =>
    Array.from({ length: count }, (_, n) => ({ half, at: at + n }));
  const asked = (clean: boolean, recent: readonly RecentGuess[], undecided = NONE) =>
    halfFor({ clean, recent, undecided, now: AT + 10_000 });

  test('is ten in fifteen minutes, half of it for networks that were quiet', () => {
    expect(ALLOWANCE).toEqual({ kept: 5, open: 5 });
    expect(ALLOWANCE_MS).toBe(15 * 60_000);
    const open = guesses('open', 5);
    expect(asked(false, guesses('open', 4))).toEqual({ half: 'open' });
    // Until the oldest of them is forgotten.
    expect(asked(false, open)).toEqual({ wait_ms: ALLOWANCE_MS - 10_000 });
    expect(asked(true, open)).toEqual({ half: 'kept' });
    expect(asked(true, guesses('kept', 5))).toEqual({ half: 'open' });
    expect(asked(false, guesses('kept', 5))).toEqual({ half: 'open' });
    const all = [...guesses('kept', 5, AT + 5_000), ...open];
    expect(asked(true, all)).toEqual({ wait_ms: ALLOWANCE_MS - 10_000 });
    expect(asked(false, guesses('open', 7))).toEqual({ wait_ms: ALLOWANCE_MS - 10_000 + 2 });
  });

  test('guesses that are being checked count, and make nobody wait long', () => {
    expect(asked(false, guesses('open', 4), { kept: 0, open: 1 })).toEqual({ wait_ms: UNDECIDED_MS });
    expect(asked(true, guesses('open', 5), { kept: 5, open: 0 })).toEqual({ wait_ms: UNDECIDED_MS });
    expect(asked(true, [], { kept: 4, open: 9 })).toEqual({ half: 'kept' });
  });

  test('a network is an IPv4 address, or an IPv6 /48', () => {
    expect(networkOf(addressKey('192.0.2.7'))).toBe('192.0.2.7');
    expect(networkOf(addressKey('2001:db8:85a3:ff::1'))).toBe('20010db885a3/48');
    expect(networkOf(addressKey('2001:db8:85a3:1234::1'))).toBe('20010db885a3/48');
    expect(networkOf(addressKey('2001:db8:85a4:ff::1'))).not.toBe('20010db885a3/48');
  });
});

describe('[T-06] the key of an address', () => {
  test('200 spellings of addresses in one IPv6 /64 are one key', () => {
    expect(IPV6_SPELLINGS.length).toBeGreaterThanOrEqual(200);
    expect(new Set(IPV6_SPELLINGS).size).toBe(IPV6_SPELLINGS.length);
    expect(new Set(IPV6_SPELLINGS.map(addressKey))).toEqual(new Set(['20010db885a300ff/64']));
  });

  test('the neighbouring /64 is another key', () => {
    expect(addressKey('2001:db8:85a3:fe::1')).not.toBe(addressKey('2001:db8:85a3:ff::1'));
    expect(addressKey('2001:db8:85a3:100::1')).not.toBe(addressKey('2001:db8:85a3:ff::1'));
  });

  test('an IPv4 address is one key, mapped or not, and no other', () => {
    const spellings = [
      '192.0.2.7',
      '::ffff:192.0.2.7',
      '::FFFF:192.0.2.7',
      '::ffff:c000:207',
      '0:0:0:0:0:ffff:c000:0207',
      '0000:0000:0000:0000:0000:ffff:192.0.2.7',
    ];
    expect(new Set(spellings.map(addressKey))).toEqual(new Set(['192.0.2.7']));
    expect(addressKey('192.0.2.8')).toBe('192.0.2.8');
  });

  test('[T-46] all addresses of this machine itself are one key', () => {
    const own = [
      '127.0.0.1',
      '127.0.0.2',
      '127.255.255.254',
      '::1',
      '::1%lo',
      '0:0:0:0:0:0:0:1',
      '::ffff:127.9.8.7',
    ];
    expect(new Set([...own, '::ffff:7f00:1', '64:ff9b::127.0.0.1'].map(addressKey))).toEqual(
      new Set(['loopback']),
    );
    for (const other of ['128.0.0.1', '126.255.255.255', '0.0.0.0', '::', '::2', '::ffff:128.0.0.1'])
      expect(addressKey(other), other).not.toBe('loopback');
    // People are told where it really was.
    expect(['127.0.0.2', '::1', '::ffff:127.9.8.7'].map(displayAddress)).toEqual([
      '127.0.0.2',
      '::1',
      '127.9.8.7',
    ]);
  });

  test.each([
    ['NAT64 [RFC 6052]', ['64:ff9b::192.0.2.7', '64:ff9b::c000:207']],
    ['the translated form of SIIT', ['::ffff:0:192.0.2.7']],
    ['IPv4-compatible', ['::192.0.2.7']],
    ['6to4 [RFC 3056], whichever of its 65,536 networks', ['2002:c000:207::1', '2002:c000:207:ffff::1']],
    ['Teredo [RFC 4380], by the client and not the server', ['2001:0:c633:6401:0:fbff:3fff:fdf8']],
  ])('[T-46] an IPv4 address in an IPv6 address is that IPv4 address: %s', (_what, addresses) => {
    expect(addresses.map(addressKey)).toEqual(addresses.map(() => '192.0.2.7'));
    expect(addresses.map((address) => networkKey(addressKey(address)))).toEqual(addresses.map(() => null));
  });

  test('[T-46] the /48 around a /64; nothing is around anything else', () => {
    expect(networkKey(addressKey('2001:db8:85a3:fe::1'))).toBe('20010db885a3/48');
    expect(networkKey(addressKey('2001:db8:85a3:ff::1'))).toBe('20010db885a3/48');
    expect(networkKey(addressKey('2001:db8:85a4:ff::1'))).not.toBe('20010db885a3/48');
    for (const key of ['192.0.2.7', 'loopback', 'unknown', 'a_0000000000000000000x'])
      expect(networkKey(key), key).toBeNull();
  });

  test('what is no address is counted together, not let through', () => {
    for (const text of ['', 'localhost', '1.2.3.4.5', 'fe80::%', '::1::', 'x', '1.2.3.4, 5.6.7.8']) {
      expect(addressKey(text), text).toBe('unknown');
    }
  });
});

describe('[T-25] nobody gives what they lack', () => {
  /** Every set of the server's permissions that there can be, with and without what everybody holds and what services have. */
  const sets = [[], ['read', 'write'], [...COMMON_PERMISSION_NAMES, '*']].flatMap((more) =>
    Array.from(
      { length: 2 ** PERMISSION_NAMES.length },
      (_, bits) => new Set([...more, ...PERMISSION_NAMES.filter((_name, at) => (bits >> at) & 1)]),
    ),
  );
  const within = (asked: Held, holder: Held): boolean =>
    [...asked].every((permission) => holder.has(permission));

  test.each(BUILT_IN_ROLE_NAMES)(
    '%s is given only by holders of roles.assign and of all that it gives',
    (role: string) => {
      for (const holder of sets) {
        const may = holder.has('roles.assign') && within(permissionsOf([role]), holder);
        expect(mayGrant(holder, permissionsOf([role]))).toBe(may);
      }
    },
  );

  test('an administrator who lacks one permission can not make an administrator', () => {
    const admin = permissionsOf(['admin']);
    for (const lacking of admin) {
      const almost = new Set([...admin].filter((name) => name !== lacking));
      expect(mayGrant(almost, admin), lacking).toBe(false);
      expect(mayActOn(almost, admin), lacking).toBe(false);
      expect(mayMake(almost, ['users.read'], admin), lacking).toBe(false);
      expect(mayMake(almost, admin, ['users.read']), lacking).toBe(false);
    }
    expect(mayMake(admin, admin, [])).toBe(true);
  });

  test('what services call their permissions is held by name, or by whoever holds all of them', () => {
    const writer = permissionsOf(['user', 'wiki'], () => ['wiki:write']);
    expect([holds(writer, 'wiki:write'), holds(writer, 'wiki:read'), holds(writer, '*')]).toEqual([
      true,
      false,
      false,
    ]);
    const admin = permissionsOf(['admin']);
    expect([holds(admin, 'wiki:write'), holds(admin, 'users.raed'), holds(admin, 'wiki')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([mayActOn(admin, writer), mayActOn(permissionsOf(['moderator', 'user']), writer)]).toEqual([
      true,
      false,
    ]);
  });

  test('nobody acts on an account that holds more', () => {
    for (const holder of sets) {
      for (const role of BUILT_IN_ROLE_NAMES) {
        const target = permissionsOf([role]);
        expect(mayActOn(holder, target)).toBe(within(target, holder));
      }
    }
  });

  test('names that are no roles give nothing', () => {
    for (const name of ['Admin', 'admin ', 'constructor', '__proto__', 'toString', '']) {
      expect(permissionsOf([name]).size, name).toBe(0);
    }
  });
});
