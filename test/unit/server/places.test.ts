import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SignedInAs } from '../../../src/server/dispatch/index.js';
import { Crowding } from '../../../src/server/net/crowding.js';
import { Places, type Place } from '../../../src/server/net/places.js';
import { Tally } from '../../../src/server/net/tally.js';
import { createLog } from '../../../src/server/runtime/index.js';

const ROOMY = { all: 1_000, session: 1_000, account: 1_000, address: 1_000, strangers_of_address: 20 };

/** Places with a crowd that is kept here, as live sessions keep it. */
function house(limits: Partial<typeof ROOMY> = {}) {
  let time = 0;
  const lines: { cap: string; turned_away: number; closed: number }[] = [];
  const log = createLog('warn', 'json', { write: (line) => lines.push(JSON.parse(line) as never) });
  const crowding = new Crowding(log, () => time);
  const inside: { place: Place; as: SignedInAs }[] = [];
  const which = (name: keyof SignedInAs) => (id: string) =>
    new Set(inside.filter(({ as }) => as[name] === id));
  const crowd = { ofSession: which('session_id'), ofAccount: which('account_id') };
  const places = new Places({ ...ROOMY, ...limits }, crowd, crowding);
  const drop = (place: Place): void => {
    const at = inside.findIndex((one) => one.place === place);
    if (at !== -1) inside.splice(at, 1);
  };
  /** Closes as connections do: what it counted is free at once, its descriptor later. */
  const lingering: Place[] = [];
  const enter = (address: string): Place | null => {
    const place = places.enter(address);
    if (place !== null) {
      place.guest = {
        giveWay: () => {
          places.leave(place);
          drop(place);
          lingering.push(place);
        },
      };
    }
    return place;
  };
  const signIn = (place: Place, account_id: string, session_id = account_id, privileged = false): boolean => {
    if (places.fullFor(place, { account_id, session_id, privileged }) !== null) return false;
    places.signIn(place, { account_id, session_id });
    inside.push({ place, as: { account_id, session_id } });
    return true;
  };
  const hangUp = (place: Place): void => {
    drop(place);
    places.gone(place);
  };
  return {
    places,
    crowding,
    lines,
    inside,
    lingering,
    enter,
    signIn,
    hangUp,
    pass: (ms: number) => (time += ms),
  };
}

describe('strangers', () => {
  test('of one address have twenty places; a mapped spelling is the same address', () => {
    const { enter, hangUp } = house();
    const mine = Array.from({ length: 20 }, () => enter('192.0.2.1'));
    expect(mine).not.toContain(null);
    expect(enter('::ffff:192.0.2.1')).toBeNull();
    expect(enter('192.0.2.2')).not.toBeNull();
    hangUp(mine[0]!);
    expect(enter('192.0.2.1')).not.toBeNull();
  });

  test('from many addresses: a new address gets the place of the one that holds most', () => {
    const { enter, places, lingering } = house({ all: 100 });
    // Five addresses hold all places; none of them gets another.
    for (let n = 0; n < 100; n += 1) enter(`198.51.100.${n % 5}`);
    expect(enter('198.51.100.0')).toBeNull();
    for (let n = 0; n < 30; n += 1) expect(enter(`192.0.2.${n}`)).not.toBeNull();
    expect(places.open).toBe(130);
    expect(lingering).toHaveLength(30);
    // Who was told and doesn't go still has a descriptor: beyond so many of them nobody comes in.
    for (let n = 0; n < 10; n += 1) enter(`203.0.113.${n}`);
    expect(places.open).toBe(132);
    for (const place of lingering.splice(0)) places.gone(place);
    expect(places.open).toBe(100);
    expect(enter('203.0.113.99')).not.toBeNull();
  });

  test('whoever has proved a client key stays while there are others', () => {
    const { enter, places, lingering } = house({ all: 40 });
    const service = Array.from({ length: 20 }, () => enter('192.0.2.1')!);
    for (const place of service) places.prove(place);
    for (let n = 0; n < 20; n += 1) enter(`198.51.100.${n % 2}`);
    for (let n = 0; n < 8; n += 1) expect(enter(`203.0.113.${n}`)).not.toBeNull();
    expect(lingering.filter((place) => service.includes(place))).toEqual([]);
  });
});

describe('signed in', () => {
  test('each cap turns away its own', () => {
    const { enter, signIn, lines } = house({ session: 2, account: 3, address: 4 });
    const come = (account: string, session: string): boolean => signIn(enter('192.0.2.1')!, account, session);
    expect([come('a', 's1'), come('a', 's1'), come('a', 's1')]).toEqual([true, true, false]);
    // Two and one share three places as evenly as they can be shared.
    expect([come('a', 's2'), come('a', 's2')]).toEqual([true, false]);
    expect([come('b', 's3'), come('b', 's3')]).toEqual([true, true]);
    expect(come('b', 's4')).toBe(false);
    expect(lines.map(({ cap }) => cap)).toEqual(['session', 'account', 'address']);
  });

  test('two accounts with as many do not drive each other out in turn', () => {
    const { enter, signIn, lingering, hangUp } = house({ all: 20 });
    const come = (account: string): boolean => {
      const place = enter('192.0.2.1')!;
      const inside = signIn(place, account);
      if (!inside) hangUp(place);
      return inside;
    };
    for (let n = 0; n < 17; n += 1) come(n % 2 === 0 ? 'a' : 'b');
    for (let n = 0; n < 10; n += 1) expect(come(n % 2 === 0 ? 'a' : 'b')).toBe(false);
    expect(lingering).toEqual([]);
  });

  test('the places that are kept: strangers a tenth, moderators a twentieth', () => {
    const { enter, signIn, inside } = house({ all: 100 });
    let accounts = 0;
    const come = (privileged: boolean): boolean => {
      const place = enter(`192.0.2.${accounts}`);
      return place !== null && signIn(place, `a${(accounts += 1)}`, undefined, privileged);
    };
    while (come(false));
    expect(inside).toHaveLength(85);
    while (come(true));
    expect(inside).toHaveLength(90);
    expect(enter('198.51.100.1')).not.toBeNull();
  });
});

test('whatever comes and goes: no limit is passed, and nothing is left when all are gone', () => {
  const step = fc.record({
    what: fc.constantFrom('enter', 'sign_in', 'sign_in', 'sign_out', 'hang_up'),
    address: fc.integer({ min: 1, max: 4 }),
    account: fc.integer({ min: 1, max: 4 }),
    session: fc.integer({ min: 1, max: 3 }),
    which: fc.nat(40),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const limits = { all: 24, session: 3, account: 5, address: 9, strangers_of_address: 6 };
      const { places, inside, enter, signIn, hangUp, lingering } = house(limits);
      let outside: Place[] = [];
      for (const { what, address, account, session, which } of steps) {
        const stranger = outside[which % Math.max(1, outside.length)];
        const member = inside[which % Math.max(1, inside.length)];
        if (what === 'enter') {
          const place = enter(`192.0.2.${address}`);
          if (place !== null) outside.push(place);
        } else if (what === 'sign_in' && stranger !== undefined) {
          if (signIn(stranger, `a${account}`, `a${account}s${session}`))
            outside = outside.filter((place) => place !== stranger);
        } else if (what === 'sign_out' && member !== undefined) {
          inside.splice(inside.indexOf(member), 1);
          if (places.signOut(member.place)) outside.push(member.place);
          else places.gone(member.place);
        } else if (what === 'hang_up' && stranger !== undefined) {
          outside = outside.filter((place) => place !== stranger);
          hangUp(stranger);
        }
        outside = outside.filter((place) => !lingering.includes(place));
        const most = (keys: string[]): number =>
          Math.max(0, ...keys.map((key) => keys.filter((one) => one === key).length));
        expect(most(inside.map(({ as }) => as.session_id))).toBeLessThanOrEqual(3);
        expect(most(inside.map(({ as }) => as.account_id))).toBeLessThanOrEqual(5);
        expect(most(inside.map(({ place }) => place.line.key))).toBeLessThanOrEqual(9);
        expect(most(outside.map(({ line }) => line.key))).toBeLessThanOrEqual(6);
        expect(inside.length).toBeLessThanOrEqual(24 - 3 - 2);
        expect(inside.length + outside.length).toBeLessThanOrEqual(24);
        expect(places.open).toBe(inside.length + outside.length + lingering.length);
      }
      for (const { place } of [...inside]) hangUp(place);
      for (const place of [...outside, ...lingering]) places.gone(place);
      expect(places.open).toBe(0);
      for (let n = 0; n < 6; n += 1) expect(enter('192.0.2.1')).not.toBeNull();
    }),
  );
});

test('a flood is one line at once and one a minute, with its number', () => {
  const { crowding, lines, pass } = house();
  for (let n = 0; n < 1_000; n += 1) crowding.turnedAway('account', { account_id: `a${n}` });
  expect(lines).toMatchObject([{ cap: 'account', turned_away: 1, account_id: 'a0' }]);
  pass(59_999);
  crowding.tell();
  expect(lines).toHaveLength(1);
  pass(1);
  crowding.tell();
  expect(lines[1]).toMatchObject({ cap: 'account', turned_away: 999, closed: 0, account_id: 'a999' });
  // Quiet for a minute: the next is told at once again.
  pass(60_000);
  crowding.tell();
  crowding.closed('account', {});
  expect(lines).toHaveLength(3);
  // What was not told yet is told at the end.
  crowding.turnedAway('account', {});
  crowding.tellAll();
  expect(lines[3]).toMatchObject({ turned_away: 1, closed: 0 });
});

test('a tally knows who has most, as a count of everything does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5 }))), (steps) => {
      const tally = new Tally<number>();
      const plain = [0, 0, 0, 0, 0, 0];
      for (const [more, key] of steps) {
        if (!more && plain[key] === 0) continue;
        plain[key]! += more ? 1 : -1;
        if (more) tally.add(key);
        else tally.remove(key);
        const most = Math.max(...plain);
        expect(tally.of(key)).toBe(plain[key]);
        expect(tally.most?.count ?? 0).toBe(most);
        if (tally.most !== null) expect(plain[tally.most.key]).toBe(most);
      }
    }),
  );
});
