/**
 * Whether an account exists, is suspended or still waits for its first password, a stranger can tell neither from the
 * bytes of a refusal nor from its time. (Enumeration test of the security values; run it with PORTCULLIS_LONG=1 for 300
 * samples of each kind.)
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  alike,
  MORE_SAMPLES,
  sample,
  SAMPLES,
  shuffled,
  type Sample,
  type Samples,
} from '../support/alike.js';
import { administrator, invited, PASSWORD, RawPeer, registered, resumed } from '../support/raw_peer.js';
import { SHOWING_LOG_N, startServer, type TestServer } from '../support/server.js';

/** A connection on which nobody signs in lives 15 s; each is left long before. */
const ROUNDS_PER_CONNECTION = 10;
/** Different names of each kind, so that no row stays hotter in a cache than another. */
const NAMES_PER_KIND = 4;

const KINDS = ['unknown', 'wrong_password', 'suspended', 'pending'] as const;
type Kind = (typeof KINDS)[number];

const WRONG = `${PASSWORD}!`;
const hex = (): string => randomBytes(4).toString('hex');
const nameOf = (kind: Kind, index: number): string => `${kind.slice(0, 3)}.person-${index}`;
const pick = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)]!;

let server: TestServer;
let bossToken: string;

beforeAll(async () => {
  // With cheap hashes every other difference stands out the more, and a hash that is left out still takes most of the time.
  server = await startServer({ flags: { throttle: 'off' }, log_n: SHOWING_LOG_N });
  await using boss = await administrator(server);
  bossToken = boss.session_token;
  for (let index = 0; index < NAMES_PER_KIND; index += 1) {
    const known = await registered(server, nameOf('wrong_password', index));
    await known.peer[Symbol.asyncDispose]();
    const suspended = await registered(server, nameOf('suspended', index));
    await boss.peer.call('suspend_user', { account_id: suspended.account_id });
    await suspended.peer[Symbol.asyncDispose]();
    await invited(boss.peer, nameOf('pending', index));
  }
}, 120_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** `rounds` samples of each kind, interleaved in random order. */
async function collect(
  rounds: number,
  ask: (peer: RawPeer, kind: Kind) => Promise<Sample>,
  into: Samples<Kind>,
): Promise<void> {
  for (let done = 0; done < rounds;) {
    await using peer = await RawPeer.handshaken(server);
    for (let round = 0; round < ROUNDS_PER_CONNECTION && done < rounds; round += 1, done += 1) {
      for (const kind of shuffled(KINDS)) into[kind].push(await ask(peer, kind));
    }
  }
}

const measure = (
  what: string,
  samples: readonly [number, number],
  ask: (peer: RawPeer, kind: Kind) => Promise<Sample>,
): Promise<Samples<Kind>> => alike(what, KINDS, samples, (rounds, into) => collect(rounds, ask, into));

const typedName = (kind: Kind): string =>
  kind === 'unknown'
    ? `unk.${hex().slice(0, 6)}-x`
    : nameOf(kind, Math.floor(Math.random() * NAMES_PER_KIND));

describe('[T-28] enumeration: nobody learns which accounts exist', () => {
  it('from `authenticate`: same bytes, and timing no better than chance', async () => {
    const samples = await measure('authenticate', [SAMPLES, MORE_SAMPLES], (peer, kind) =>
      sample(peer, 'authenticate', { user: { account_name: typedName(kind), password: WRONG } }),
    );
    const bytes = new Set(KINDS.flatMap((kind) => samples[kind].map((one) => one.bytes)));
    expect([...bytes]).toHaveLength(1);
    expect([...bytes][0]).toContain('invalid_credentials');
  }, 600_000);

  it('from `redeem_code` with a wrong code: same bytes, whatever the new password is, and the same time', async () => {
    const words = [PASSWORD, 'short', nameOf('wrong_password', 0)];
    const samples = await measure('redeem_code', [SAMPLES * 3, MORE_SAMPLES * 3], (peer, kind) =>
      sample(peer, 'redeem_code', {
        account_name: typedName(kind),
        code: `pcc_${randomBytes(32).toString('base64url')}`,
        new_password: pick(words),
      }),
    );
    const bytes = new Set(KINDS.flatMap((kind) => samples[kind].map((one) => one.bytes)));
    expect([...bytes]).toHaveLength(1);
    expect([...bytes][0]).toContain('code_invalid');
  }, 600_000);

  it('from `redeem_code` with a code of another account', async () => {
    await using boss = await resumed(server, bossToken);
    const one = await invited(boss, 'first.invited');
    await invited(boss, 'second.invited');
    await using peer = await RawPeer.handshaken(server);
    for (const account_name of ['second.invited', 'nobody.here', nameOf('suspended', 0)]) {
      const reply = await peer.ask('redeem_code', { account_name, code: one.code, new_password: PASSWORD });
      expect(reply).toMatchObject({ code: 'code_invalid' });
    }
  });

  it('the right password of a suspended account is the only way to learn of the suspension', async () => {
    await using peer = await RawPeer.handshaken(server);
    const user = { account_name: nameOf('suspended', 0), password: PASSWORD };
    expect(await peer.ask('authenticate', { user })).toMatchObject({ code: 'account_suspended' });
  });

  it('a name that looks like another is taken, in the same words as the name itself', async () => {
    await using boss = await resumed(server, bossToken);
    await using peer = await RawPeer.handshaken(server);
    const password = 'nine purple tortoises';
    const same = await sample(peer, 'register', {
      user: { account_name: nameOf('wrong_password', 0), password },
    });
    const alike = nameOf('wrong_password', 0).replaceAll('o', '0');
    const looks = await sample(peer, 'register', { user: { account_name: alike, password } });
    expect(looks.bytes).toBe(same.bytes);
    expect(looks.bytes).toContain('account_name_taken');
    await invited(boss, 'rnodern.person');
    const reply = await boss.ask('create_user', { user: { account_name: 'modern.person' } });
    expect(reply).toMatchObject({ code: 'account_name_taken' });
  });

  it('a name is free again for look-alikes when its account is deleted', async () => {
    await using boss = await resumed(server, bossToken);
    const { account_id } = await invited(boss, 'lolly.b');
    expect(await boss.ask('create_user', { user: { account_name: '1olly.b' } })).toMatchObject({
      code: 'account_name_taken',
    });
    await boss.call('delete_user', { account_id });
    expect(await boss.ask('create_user', { user: { account_name: '1olly.b' } })).toMatchObject({
      response: 201,
    });
  });
});

describe('addresses are judged by the server, with the parameter named', () => {
  const malformed = (path: string, reason: string): object => ({
    code: 'invalid_params',
    details: [expect.objectContaining({ path, reason })],
  });

  it('in register, create_user, update_profile and update_user', async () => {
    await using boss = await resumed(server, bossToken);
    await using peer = await RawPeer.handshaken(server);
    const user = { account_name: 'mail.person', email: 'a@@b.example' };
    const password = 'nine purple tortoises';
    expect(await peer.ask('register', { user: { ...user, password } })).toMatchObject(
      malformed('user.email', 'malformed'),
    );
    expect(await boss.ask('create_user', { user })).toMatchObject(malformed('user.email', 'malformed'));
    expect(await boss.ask('update_profile', { changes: { email: 'a@localhost' } })).toMatchObject(
      malformed('changes.email', 'domain'),
    );
    const { account_id } = await invited(boss, 'mail.other');
    expect(
      await boss.ask('update_user', { account_id, changes: { email: 'a\u200b@b.example' } }),
    ).toMatchObject(malformed('changes.email', 'character'));
  });

  it('one domain in two spellings is one address, and signs in by both', async () => {
    await using boss = await resumed(server, bossToken);
    const email = 'Kot@пример.рф';
    await using _one = await registered(server, 'kot.one', {}, { email });
    const user = { account_name: 'kot.two', email: 'kot@xn--e1afmkfd.xn--p1ai' };
    expect(await boss.ask('create_user', { user })).toMatchObject({ code: 'email_taken' });
    for (const account_name of ['kot@ПРИМЕР.рф', 'KOT@xn--e1afmkfd.xn--p1ai', 'ＫＯＴ.ｏｎｅ']) {
      await using peer = await RawPeer.handshaken(server);
      const reply = await peer.ask('authenticate', { user: { account_name, password: PASSWORD } });
      expect(reply).toMatchObject({ response: 200 });
    }
  });
});
