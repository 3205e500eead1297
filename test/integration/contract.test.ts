import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  LIMITS,
  permissionsOf,
  BUILT_IN_ROLE_NAMES,
  type ActionName,
  type ActionSpec,
  type JsonObject,
  type BuiltInRole,
} from '../../src/protocol/index.js';
import { lastAuditSeq, openBeside } from '../support/database.js';
import { administrator, RawPeer, registered, type SignedIn } from '../support/raw_peer.js';
import { expectContract, expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

const specOf = (action: ActionName): ActionSpec => ACTIONS[action];
const isPublic = (action: ActionName): boolean => accessOf(specOf(action).access).by_nobody;
const GUARDED = ACTION_NAMES.filter((action) => !isPublic(action));
const PUBLIC = ACTION_NAMES.filter(isPublic);

function allowed(action: ActionName, role: string): boolean {
  const { permission } = accessOf(specOf(action).access);
  return permission === null || permissionsOf(['user', role]).has(permission);
}

let server: TestServer;
let people: Record<BuiltInRole, SignedIn>;
let stranger: RawPeer;

beforeAll(async () => {
  server = await startServer();
  const boss = await administrator(server);
  const moderator = await registered(server, 'mod.one');
  await boss.peer.call('assign_role', { account_id: moderator.account_id, role: 'moderator' });
  people = { admin: boss, moderator, user: await registered(server, 'user.one') };
  stranger = await RawPeer.handshaken(server);
});
afterAll(async () => {
  await stranger[Symbol.asyncDispose]();
  for (const role of BUILT_IN_ROLE_NAMES) await people[role][Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

// No refusal of this file costs anybody a connection.
afterEach(async () => {
  await stranger.call('probe');
  await people.admin.peer.call('whoami');
});

/** A connection on which the action is let in as far as its parameters. */
const admitted = (action: ActionName): RawPeer => (isPublic(action) ? stranger : people.admin.peer);

/** Every copy of `value` that has one unknown name in one of its objects, with the path of it. */
function withUnknownName(value: object, path = ''): { path: string; value: object }[] {
  const here = { path: `${path}surprise`, value: { ...value, surprise: 1 } };
  const inside = Object.entries(value).flatMap(([name, part]: [string, unknown]) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? withUnknownName(part, `${path}${name}.`).map((one) => ({
          path: one.path,
          value: { ...value, [name]: one.value },
        }))
      : [],
  );
  return [here, ...inside];
}

describe.each(ACTION_NAMES)('%s', (action) => {
  const spec = specOf(action);

  test('refuses a parameter that it does not know, at every depth', async () => {
    for (const { path, value } of withUnknownName(spec.example.params)) {
      const refusal = await admitted(action).ask(action, value);
      expectRefusal(refusal, 'invalid_params');
      expect(refusal['details']).toContainEqual({
        path,
        reason: 'unknown_parameter',
        message: 'There is no such parameter.',
      });
    }
  });

  test('refuses a missing parameter and a wrong type, and names it', async () => {
    const params: Record<string, unknown> = { ...spec.example.params };
    for (const name of Object.keys(params)) {
      const { [name]: _left, ...rest } = params;
      if (!spec.params.safeParse(rest).success) {
        const refusal = await admitted(action).ask(action, rest);
        expectRefusal(refusal, 'invalid_params');
        expect(refusal['details']).toMatchObject([{ path: name, reason: 'missing' }]);
      }
      const refusal = await admitted(action).ask(action, { ...params, [name]: [[]] });
      expectRefusal(refusal, 'invalid_params');
      const [detail] = refusal['details'] as { path: string; reason: string }[];
      expect(detail?.path.startsWith(name)).toBe(true);
      expect(['wrong_type', 'not_allowed', 'invalid']).toContain(detail?.reason);
    }
  });

  if (isPublic(action)) {
    test('needs no session', async () => {
      const refusal = await stranger.ask(action, { surprise: 1 });
      expectRefusal(refusal, 'invalid_params');
    });
  } else {
    test('is refused without a session, whatever the parameters are', async () => {
      expectRefusal(await stranger.ask(action, spec.example.params), 'unauthenticated');
      expectRefusal(await stranger.ask(action, { surprise: 1 }), 'unauthenticated');
    });
  }

  for (const role of BUILT_IN_ROLE_NAMES) {
    if (allowed(action, role)) continue;
    test(`is refused to the role ${role}, whatever the parameters are`, async () => {
      const { peer } = people[role];
      expectRefusal(await peer.ask(action, spec.example.params), 'forbidden');
      expectRefusal(await peer.ask(action, { surprise: 1 }), 'forbidden');
      await peer.call('whoami');
    });
  }

  if (spec.identity === 'begins') {
    test('is refused on a connection that is signed in', async () => {
      const { peer } = people.user;
      expectRefusal(await peer.ask(action, spec.example.params), 'already_authenticated');
      await peer.call('whoami');
    });
  }

  if (!isPublic(action)) {
    test.each(['suspended', 'pending'])('is refused to an account that is %s by now', async (status) => {
      const name = `${status}.${action}`.slice(0, LIMITS.account_name_length_max).replaceAll('_', '.');
      await using person = await registered(server, name.replace(/\.$/, ''));
      if (accessOf(spec.access).permission !== null) {
        await people.admin.peer.call('assign_role', { account_id: person.account_id, role: 'admin' });
      }
      {
        using db = openBeside(server.data_folder);
        db.prepare('UPDATE accounts SET status = ? WHERE account_id = ?').run(status, person.account_id);
      }
      person.peer.takeArrived();
      const id = 'late';
      person.peer.send({ action, id, ...spec.example.params });
      const all = (await person.peer.takeAll()).filter(({ event }) => event !== 'account_changed');
      expectRefusal(all[0], 'session_invalid');
      expect(all[1]).toMatchObject({ event: 'session_ended', data: { session_id: person.session_id } });
      await using again = await RawPeer.handshaken(server);
      const { session_token } = person;
      expectRefusal(await again.ask('resume', { session_token }), 'session_invalid');
    });
  }

  test('its example is answered as the table says', async () => {
    // On a connection and session of its own: some of them end it.
    await using peer = isPublic(action)
      ? await RawPeer.handshaken(server)
      : (await registered(server, `example.${ACTION_NAMES.indexOf(action)}`)).peer;
    const id = 'example';
    peer.send({ action, id, time: 0, ...spec.example.params });
    let reply: JsonObject | null = null;
    while (reply?.['id'] !== id) reply = await peer.take();
    expectContract(action, id, reply);
  });
});

test('what is about others or about the server asks for a permission: this list, and not only what the table says', () => {
  const NEEDED = {
    list_users: 'users.read',
    get_user: 'users.read',
    create_user: 'users.create',
    update_user: 'users.update',
    clear_throttle: 'users.update',
    suspend_user: 'users.suspend',
    resume_user: 'users.suspend',
    delete_user: 'users.delete',
    list_roles: 'users.read',
    list_permissions: 'users.read',
    create_role: 'roles.manage',
    update_role: 'roles.manage',
    delete_role: 'roles.manage',
    assign_role: 'roles.assign',
    unassign_role: 'roles.assign',
    create_client_key: 'clients.manage',
    list_client_keys: 'clients.manage',
    rotate_client_key: 'clients.manage',
    revoke_client_key: 'clients.manage',
    server_stats: 'server.read',
  } as const satisfies Partial<Record<ActionName, string>>;
  const asked = ACTION_NAMES.filter((action) => Object.hasOwn(NEEDED, action)).map((action) => [
    action,
    specOf(action).access,
  ]);
  expect(Object.fromEntries(asked)).toEqual(
    Object.fromEntries(
      Object.entries(NEEDED).map(([action, permission]) => [
        action,
        // Everybody may see the own account.
        action === 'get_user' ? { permission, or_own: 'account_id' } : { permission },
      ]),
    ),
  );
});

describe('[T-01] what a stranger claims to be changes nothing', () => {
  const claims = [
    'user_id',
    'sub',
    'account_name',
    'account_id',
    'from',
    'role',
    'roles',
    'session_id',
    'admin',
  ];

  test.each(GUARDED)('%s with the identity in the body: 401 and no row', async (action) => {
    const before = lastAuditSeq(server.data_folder);
    for (const claim of claims) {
      const params = { ...specOf(action).example.params, [claim]: people.admin.account_id };
      expectRefusal(await stranger.ask(action, params), 'unauthenticated');
    }
    expect(lastAuditSeq(server.data_folder)).toBe(before);
  });

  test.each(PUBLIC)('%s with the identity in the body: refused as an unknown parameter', async (action) => {
    const before = lastAuditSeq(server.data_folder);
    for (const claim of claims.filter((name) => !Object.hasOwn(specOf(action).params.shape, name))) {
      const params = { ...specOf(action).example.params, [claim]: people.admin.account_id };
      expectRefusal(await stranger.ask(action, params), 'invalid_params');
    }
    expect(lastAuditSeq(server.data_folder)).toBe(before);
  });
});

describe('actions that do not exist', () => {
  test.each([
    'nonsense',
    '',
    'WHOAMI',
    ' whoami',
    'whoami\n',
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
    'valueOf',
    'challenge',
    'x'.repeat(3000),
  ])('%j: unknown_action, and the connection lives', async (action) => {
    expectRefusal(await stranger.ask(action), 'unknown_action');
    expectRefusal(await people.admin.peer.ask(action), 'unknown_action');
  });
});
