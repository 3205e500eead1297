/** That a `switch` over an outcome's code can be checked for completeness is a promise of the types; tsc runs this. */
import { describe, expect, test } from 'vitest';
import { clientRefusal, encodeCall, readReply } from '../../../src/client/calls.js';
import { CLIENT_ERRORS, type ClientErrorCode, type CallOutcome } from '../../../src/client/index.js';
import { ACTIONS, LIMITS, type ErrorDetail } from '../../../src/protocol/index.js';

type Refusal = Extract<CallOutcome<'get_profile'>, { ok: false }>;

function nothingLeft(code: never): never {
  throw new Error(`forgotten: ${String(code)}`);
}

function isOfClient(code: Refusal['code']): code is ClientErrorCode {
  return Object.hasOwn(CLIENT_ERRORS, code);
}

function complete(code: Refusal['code']): string {
  if (isOfClient(code)) return 'client';
  switch (code) {
    case 'hmac_error':
    case 'unknown_action':
    case 'unauthenticated':
    case 'session_invalid':
    case 'invalid_params':
    case 'throttled':
    case 'busy':
    case 'shutting_down':
    case 'storage_unavailable':
    case 'outcome_unknown':
    case 'internal':
      return 'server';
    default:
      return nothingLeft(code);
  }
}

function forgetful(code: Refusal['code']): string {
  if (isOfClient(code)) return 'client';
  // `session_invalid` is forgotten on purpose.
  switch (code) {
    case 'hmac_error':
    case 'unknown_action':
    case 'unauthenticated':
    case 'invalid_params':
    case 'throttled':
    case 'busy':
    case 'shutting_down':
    case 'storage_unavailable':
    case 'outcome_unknown':
    case 'internal':
      return 'server';
    default:
      // @ts-expect-error a declared error was forgotten, so something is left
      return nothingLeft(code);
  }
}

function foreign(code: Refusal['code']): boolean {
  // @ts-expect-error the action can't be refused with this code
  return code === 'account_name_taken';
}

const undeclared = (outcome: CallOutcome<'authenticate'>): boolean =>
  // @ts-expect-error not an error of authenticate either
  !outcome.ok && outcome.code === 'not_found';

describe('the codes of an outcome', () => {
  test('a complete switch knows them all; a forgotten one does not compile and throws', () => {
    expect(complete('aborted')).toBe('client');
    expect(complete('session_invalid')).toBe('server');
    expect(() => forgetful('session_invalid')).toThrow('forgotten');
    expect(foreign('busy')).toBe(false);
    expect(undeclared(clientRefusal('aborted') as CallOutcome<'authenticate'>)).toBe(false);
  });
});

describe('readReply', () => {
  test('every action takes its own example and no other object', () => {
    for (const [name, { example }] of Object.entries(ACTIONS)) {
      const action = name as keyof typeof ACTIONS;
      const reply = { kind: 'result', id: '1', alert: 'yes' } as const;
      expect(readReply(action, { ...reply, result: { ...example.result } })).toMatchObject({
        ok: true,
        alert: 'yes',
      });
      if (Object.keys(example.result).length === 0) continue;
      expect(readReply(action, { ...reply, result: { other: 1 } })).toMatchObject({ code: 'invalid_reply' });
    }
  });

  test('words of a later version break nothing: out of lists they go, elsewhere they stay', () => {
    const { account, session, permissions } = ACTIONS.whoami.example.result;
    const reply = { kind: 'result', id: '1', alert: 'you' } as const;
    const later = {
      account: {
        ...account,
        status: 'on_leave',
        roles: ['auditor', 'admin', 'janitor', 'user'],
        pronouns: 'they',
      },
      session,
      permissions: [...permissions, 'doors.open'],
      mood: 'fine',
    };
    expect(readReply('whoami', { ...reply, result: later })).toEqual({
      ok: true,
      alert: 'you',
      result: {
        // What a role is called is for whoever runs the server.
        account: { ...account, status: 'on_leave', roles: later.account.roles },
        session,
        permissions,
      },
    });
    // A value of another kind is still none, and neither is a constant that says something else.
    for (const status of [5, null, ['active']])
      expect(
        readReply('whoami', { ...reply, result: { ...later, account: { ...account, status } } }),
      ).toMatchObject({ code: 'invalid_reply' });
    const info = { ...ACTIONS.server_info.example.result, protocol: 'portcullis/2' };
    expect(readReply('server_info', { ...reply, result: info })).toMatchObject({ code: 'invalid_reply' });
  });

  test('keeps well-formed details only', () => {
    const good: ErrorDetail = { path: 'user', reason: 'too_short', message: 'Too short.' };
    const outcome = readReply('probe', {
      kind: 'failure',
      id: '1',
      code: 'invalid_params',
      error: 'No.',
      details: [good, null, 'x', { path: 1 }] as unknown as ErrorDetail[],
      retry_after_ms: null,
    });
    expect(outcome).toMatchObject({ ok: false, code: 'invalid_params', details: [good] });
  });
});

describe('encodeCall', () => {
  const call = {
    action: 'authenticate',
    params: { user: { account_name: 'ann\u0000', password: 'x' } },
  } as const;

  test('refuses what the server could not even assign to a request', () => {
    expect(encodeCall(call, '1', LIMITS.frame_bytes_max, 0)).toMatchObject({
      refused: { code: 'invalid_params', details: [{ reason: 'null_character' }] },
    });
    expect(encodeCall(call, '1', 10, 0)).toMatchObject({ refused: { details: [{ reason: 'too_large' }] } });
    expect(encodeCall({ action: 'probe', params: {} }, '1', 4096, 1500)).toEqual({
      body: '{"action":"probe","id":"1","time":1.5}',
    });
  });
});
