/**
 * Naughty strings where everything else is right, so that they get as far as the database and come back: each has an account of
 * its own, which says it wherever the schema lets it. Places that take it are filled at once, because they know nothing of each
 * other; that a refusal is one, wherever it comes from, is the matter of `incidents_input`. [T-16]
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTIONS, type ActionName, type JsonObject, type ResultOf } from '../../src/protocol/index.js';
import { unsound } from '../support/database.js';
import { NAUGHTY_STRINGS } from '../support/naughty_strings.js';
import { administrator, PASSWORD, RawPeer, resumed, type SignedIn } from '../support/raw_peer.js';
import { expectContract } from '../support/replies.js';
import { tried } from '../support/runs.js';
import { startServer, type TestServer } from '../support/server.js';
import { placed, stringPaths } from '../support/text_places.js';

/** So many lives at once: their writes share a commit. */
const AT_ONCE = 8;
const OTHER_PASSWORD = 'nine purple tortoises';

let server: TestServer;
let boss: SignedIn;
beforeAll(async () => {
  server = await startServer({ flags: { 'hash-queue': '100', 'sessions-max': '20' } });
  boss = await administrator(server);
});
afterAll(async () => {
  await boss.peer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** How many strings got through in which place of which action. */
const came = new Map<string, number>();
/** Places of an action that are the matter of their own steps, or know of each other. */
const NOT_AT_ONCE =
  /(^|\.)(account_name|password|new_password|current_password|email|code|setup_code|account_id)$|_token$|role/;

/** Returns `base` with the text wherever the schema of the action takes it and nothing else depends on it. */
function filled(action: ActionName, base: object, text: string): object {
  const schema = ACTIONS[action].params;
  return stringPaths(schema).reduce<object>((params, path) => {
    const where = path.join('.');
    if (NOT_AT_ONCE.test(where)) return params;
    const more = placed(params, path, text) as object;
    if (!schema.safeParse(more).success) return params;
    came.set(`${action} ${where}`, (came.get(`${action} ${where}`) ?? 0) + 1);
    return more;
  }, base);
}

/** Asks, and expects that it is done. */
async function done<A extends ActionName>(
  peer: RawPeer,
  action: A,
  params: object = {},
): Promise<ResultOf<A>> {
  const reply = await peer.ask(action, params);
  const code = expectContract(action, String(reply['id']), reply);
  expect(code, `${action} ${JSON.stringify(params)} ${JSON.stringify(reply['details'])}`).toBe(null);
  // Compared with this very action's schema by expectContract.
  return reply['result'] as ResultOf<A>;
}

/** What `params` are once the schema has put them into the form in which they are stored. */
const stored = (action: ActionName, params: object): JsonObject => ACTIONS[action].params.parse(params);

const letters = (n: number): string =>
  String(n).replace(/[0-9]/g, (digit) => 'abcdefghij'[Number(digit)] ?? '');

/** From the registration to the end, with the text wherever it is taken. */
async function oneLife(text: string, n: number, admin: RawPeer): Promise<void> {
  const account_name = `life.${letters(n)}`;
  const user = { account_name, password: PASSWORD };
  await using peer = await RawPeer.handshaken(server);
  const registration = filled('register', { user }, text);
  const { account } = await done(peer, 'register', registration);
  const { account_id } = account;
  const { password: _, ...said } = stored('register', registration)['user'] as JsonObject;
  expect(account).toMatchObject(said);
  const profile = filled('update_profile', { changes: {} }, text);
  const { changes } = stored('update_profile', profile);
  if (Object.keys(changes as object).length > 0) {
    await done(peer, 'update_profile', profile);
    expect((await done(peer, 'get_profile')).account).toMatchObject(changes as object);
  }
  await done(peer, 'logout');
  const sign_in = filled('authenticate', { user }, text);
  const { session_token, refresh_token } = await done(peer, 'authenticate', sign_in);
  const device = stored('authenticate', sign_in)['device'] ?? {};
  expect((await done(peer, 'list_sessions')).sessions[0]).toMatchObject(device);
  expect((await done(peer, 'login_history')).entries[0]).toMatchObject(device);
  {
    await using other = await RawPeer.handshaken(server);
    await done(other, 'refresh', filled('refresh', { refresh_token }, text));
    await done(other, 'resume', filled('resume', { session_token }, text));
  }
  // As a password: refused for what it is, or taken, and then it is the one.
  const change = { current_password: PASSWORD, new_password: text };
  if (ACTIONS.change_password.params.safeParse(change).success) {
    const changed = await peer.ask('change_password', change);
    expect([null, 'password_rejected']).toContain(
      expectContract('change_password', String(changed['id']), changed),
    );
    if (changed['response'] === 200) {
      await done(peer, 'confirm_password', { password: text });
      await done(peer, 'change_password', { current_password: text, new_password: OTHER_PASSWORD });
    } else {
      const wrong = await peer.ask('confirm_password', { password: text });
      expect(wrong).toMatchObject({ code: 'current_password_wrong' });
    }
  }
  await done(admin, 'update_user', filled('update_user', { account_id, changes: {} }, text));
  await done(admin, 'suspend_user', filled('suspend_user', { account_id }, text));
  await done(admin, 'resume_user', { account_id });
  await done(admin, 'delete_user', { account_id });
}

/** Invited by the administrator, and the code redeemed. */
async function invitedLife(text: string, n: number, admin: RawPeer): Promise<void> {
  const user = { account_name: `guest.${letters(n)}` };
  const { code, user: made } = await done(admin, 'create_user', filled('create_user', { user }, text));
  const redeem = filled('redeem_code', { ...user, code, new_password: OTHER_PASSWORD }, text);
  await using peer = await RawPeer.handshaken(server);
  expect((await done(peer, 'redeem_code', redeem)).account.account_id).toBe(made.account_id);
}

/** As an account's name: refused for what it is, or typed back it means the same account. */
async function asName(text: string): Promise<void> {
  const params = { user: { account_name: text, password: OTHER_PASSWORD } };
  if (!ACTIONS.register.params.safeParse(params).success) return;
  await using peer = await RawPeer.handshaken(server);
  const reply = await peer.ask('register', params);
  const code = expectContract('register', String(reply['id']), reply);
  expect([null, 'account_name_invalid', 'account_name_taken', 'password_rejected'], text).toContain(code);
  if (code !== null) return;
  came.set('register user.account_name', (came.get('register user.account_name') ?? 0) + 1);
  const { account } = reply['result'] as ResultOf<'register'>;
  await done(peer, 'logout');
  expect((await done(peer, 'authenticate', params)).account.account_id).toBe(account.account_id);
}

async function all(life: (text: string, n: number, admin: RawPeer) => Promise<void>): Promise<void> {
  const waiting = [...tried(NAUGHTY_STRINGS).entries()];
  const work = async (): Promise<void> => {
    await using peer = await resumed(server, boss.session_token);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      await life(next[1], next[0], peer);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

describe('[T-16] naughty strings where everything else is right', () => {
  test('a whole life with each of them in every place that takes it', () => all(oneLife));
  test('the same for who is invited', () => all(invitedLife));
  test('as a name, each of them', () => all(asName));

  test('they came as far as that, in every place that takes free text', () => {
    const most = tried(NAUGHTY_STRINGS).length;
    const free = [
      ...['register', 'create_user'].flatMap((action) => [
        `${action} user.first_name`,
        `${action} user.last_name`,
      ]),
      ...['update_profile', 'update_user'].flatMap((action) =>
        ['first_name', 'last_name', 'bio'].map((name) => `${action} changes.${name}`),
      ),
      ...['register', 'redeem_code', 'authenticate', 'resume', 'refresh'].flatMap((action) =>
        ['client_name', 'client_version', 'os', 'host_name'].map((name) => `${action} device.${name}`),
      ),
      'suspend_user reason',
    ];
    for (const place of free) expect(came.get(place), place).toBeGreaterThan(most / 2);
  });

  test('all of it left the database whole, and no fault of the server’s own in its log', () => {
    expect(unsound(server.data_folder)).toEqual([]);
    expect(server.log_lines.filter((line) => /"level":"ERROR"/i.test(line))).toEqual([]);
    // What is written raw would draw on the terminal that shows it.
    expect(
      server.log_lines.filter((line) => /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u.test(line.trimEnd())),
    ).toEqual([]);
  });
});
