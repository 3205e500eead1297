/** The client over real sockets, against a peer whose every byte the test decides. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Client } from '../../src/client/client.js';
import { CallError, ConnectError, connect, type ConnectionState } from '../../src/client/index.js';
import { systemRuntime, type Runtime } from '../../src/client/runtime.js';
import { ACTIONS, encodeFrame, encodeResult, type ServerEvent } from '../../src/protocol/index.js';
import { ScriptedPeer, type PeerConnection } from '../support/scripted_peer.js';
import { stopwatch } from '../support/stopwatch.js';

/** The first waits of the backoff become short and certain. */
const impatient: Runtime = { ...systemRuntime, random: () => 0.02 };

/** All timers run 25 times as fast, so that probes and deadlines of seconds can be seen. */
const hasty: Runtime = {
  ...systemRuntime,
  random: () => 0.5,
  after: (ms, action) => systemRuntime.after(ms / 25, action),
  monotonic_ms: () => systemRuntime.monotonic_ms() * 25,
};

const SIGN_IN = { user: { account_name: 'anna', password: 'correct horse battery' } };
const TOKEN = ACTIONS.authenticate.example.result.session_token;

let peer: ScriptedPeer;
let clients: Client[];
let unhandled: unknown[];
const noteUnhandled = (reason: unknown): void => void unhandled.push(reason);

beforeEach(async () => {
  peer = await ScriptedPeer.listen();
  clients = [];
  unhandled = [];
  process.on('unhandledRejection', noteUnhandled);
});

afterEach(async () => {
  await peer.close();
  await Promise.all(clients.map((client) => client.close()));
  await sleep(5);
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled).toEqual([]);
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function client(
  options: Partial<ConstructorParameters<typeof Client>[0]> = {},
  runtime: Runtime = impatient,
): Client {
  const made = new Client({ address: peer.address, ...options }, runtime);
  clients.push(made);
  return made;
}

/** The state as soon as it has this name. */
function reaches<N extends ConnectionState['name']>(
  of: Client,
  name: N,
): Promise<Extract<ConnectionState, { name: N }>> {
  return new Promise((resolve) => {
    const look = (state: ConnectionState): void => {
      if (state.name !== name) return;
      stop();
      resolve(state as Extract<ConnectionState, { name: N }>);
    };
    const stop = of.onState(look);
    look(of.state);
  });
}

/** A client that is ready, and the other end of its connection. */
async function connected(
  options: Parameters<typeof client>[0] = {},
  runtime?: Runtime,
): Promise<[Client, PeerConnection]> {
  const made = client(options, runtime);
  const connection = await peer.nextHandshaken();
  await made.ready();
  return [made, connection];
}

async function signedIn(
  options: Parameters<typeof client>[0] = {},
  runtime?: Runtime,
): Promise<[Client, PeerConnection]> {
  const [made, connection] = await connected(options, runtime);
  const call = made.call('authenticate', SIGN_IN);
  connection.reply((await connection.request()).id, 'authenticate');
  await call;
  return [made, connection];
}

describe('handshake', () => {
  test('succeeds, and sends hello and proof in one write', async () => {
    const made = connect({ address: peer.address });
    clients.push(made);
    expect(made.state).toEqual({ name: 'connecting', attempt: 1 });
    const seen: string[] = [];
    made.onState((state) => seen.push(state.name));
    const connection = await peer.nextHandshaken();
    await made.ready();
    expect(made.state).toEqual({
      name: 'ready',
      server_name: 'Scripted',
      signed_in: false,
      latency_ms: null,
    });
    expect(connection.chunks).toHaveLength(1);
    await sleep(0);
    expect(seen).toEqual(['handshaking', 'ready']);
  });

  test('a wrong server MAC ends it for good, and nothing was sent after the proof', async () => {
    const made = client();
    const call = made.attempt('server_info', {});
    const connection = await peer.next();
    await connection.handshake({ server_mac: Buffer.alloc(32, 7) });
    await expect(made.ready()).rejects.toMatchObject({ name: 'ConnectError', code: 'server_not_genuine' });
    expect(made.state).toMatchObject({ name: 'closed', reason: { code: 'server_not_genuine' } });
    await connection.closed;
    expect(connection.unread).toBe(0);
    expect(await call).toMatchObject({ ok: false, code: 'not_connected' });
    await sleep(30);
    expect(peer.count).toBe(1);
  });

  test('hmac_error is final', async () => {
    const address = { ...peer.address, key: { key_id: 'local', key: Buffer.alloc(32, 1) } };
    const made = client({ address });
    expect(await (await peer.next()).handshake()).toBe(false);
    const error = await made.ready().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code: 'hmac_error', error_code: 'hmac_error' });
    await sleep(30);
    expect(peer.count).toBe(1);
    expect(made.state.name).toBe('closed');
  });

  test.each([
    ['another protocol', { protocol: 'portcullis/2' }],
    ['a channel binding that is not this channel', { channel_binding: 'tls-exporter' }],
    ['an unknown channel binding', { channel_binding: 'carrier-pigeon' }],
    ['no known suite', { suites: ['hmac-md5'] }],
    ['a short nonce', { nonce: 'abc' }],
  ])('refuses %s and answers nothing', async (_what, challenge) => {
    const made = client();
    const connection = await peer.next();
    connection.sendChallenge({ challenge });
    await expect(made.ready()).rejects.toMatchObject({ code: 'not_portcullis' });
    await connection.closed;
    expect(connection.chunks).toEqual([]);
  });

  test.each([
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['an empty frame', Buffer.alloc(4)],
    ['a frame that is no JSON', encodeFrame('hello')],
    ['JSON with a key twice', encodeFrame('{"a":1,"a":2}')],
    ['another object', encodeFrame('{"greeting":"hi"}')],
    ['invalid UTF-8', Buffer.from([0, 0, 0, 2, 0xff, 0xff])],
  ])('garbage is not_portcullis: %s', async (_what, bytes) => {
    const made = client();
    (await peer.next()).socket.write(bytes);
    await expect(made.ready()).rejects.toMatchObject({ code: 'not_portcullis' });
  });

  test('half a frame, then the end: lost, and tried again', async () => {
    const made = client();
    (await peer.next()).socket.end(Buffer.from([0, 0, 1, 0, 0x7b]));
    const retrying = await reaches(made, 'retrying');
    expect(retrying).toMatchObject({ attempt: 2, reason: { code: 'lost' } });
    await peer.nextHandshaken();
    await made.ready();
  });

  test('a code in place of the challenge: refused, and tried again', async () => {
    const made = client();
    const connection = await peer.next();
    connection.refuse(null, 'too_many_connections');
    const { reason } = await reaches(made, 'retrying');
    expect(reason).toMatchObject({ code: 'refused', error_code: 'too_many_connections' });
    await peer.nextHandshaken();
    await made.ready();
  });

  test('with reconnect: false the first failure is the end', async () => {
    const made = client({ reconnect: false });
    const connection = await peer.next();
    connection.sendChallenge();
    await connection.frame();
    connection.socket.resetAndDestroy();
    await expect(made.ready()).rejects.toMatchObject({ code: 'lost' });
    expect(made.state).toMatchObject({ name: 'closed', reason: { code: 'lost' } });
  });

  test('a silent server: timed_out', async () => {
    const made = client({ reconnect: false, connect_ms: 50 });
    await expect(made.ready()).rejects.toMatchObject({ code: 'timed_out' });
  });

  test('nothing listens: unreachable, and tried again while reconnect is on', async () => {
    const gone = await ScriptedPeer.listen();
    const { address } = gone;
    await gone.close();
    const once = client({ address, reconnect: false });
    await expect(once.ready()).rejects.toMatchObject({ code: 'unreachable' });
    const patient = client({ address });
    expect(await reaches(patient, 'retrying')).toMatchObject({ attempt: 2, reason: { code: 'unreachable' } });
    await new Promise<void>((resolve) => {
      patient.onState((state) => {
        if (state.name === 'retrying' && state.attempt === 4) resolve();
      });
    });
    await patient.close();
  });

  describe('an outage', () => {
    /** Waits of at most a few seconds are over at once, and are written down: hours of an outage in a moment. */
    const waiting = (random: () => number): { readonly runtime: Runtime; readonly waits: number[] } => {
      const waits: number[] = [];
      const after: Runtime['after'] = (ms, action) => {
        if (ms >= 5_000) return systemRuntime.after(ms, action);
        waits.push(ms);
        return systemRuntime.after(0, action);
      };
      return { runtime: { ...systemRuntime, random, after }, waits };
    };
    const gone = async (): Promise<ScriptedPeer['address']> => {
      const other = await ScriptedPeer.listen();
      const { address } = other;
      await other.close();
      return address;
    };
    const attempts = (made: Client, wanted: number): Promise<void> =>
      new Promise((resolve) => {
        made.onState((state) => {
          if (state.name === 'retrying' && state.attempt >= wanted) resolve();
        });
      });

    test('however long it lasts, the waits do not grow, and the next try after its end gets in', async () => {
      let n = 0;
      const { runtime, waits } = waiting(() => (n = (n + 0.37) % 1));
      const address = await gone();
      const made = client({ address }, runtime);
      await attempts(made, 300);
      const before = waits.length;
      const back = await ScriptedPeer.listen(address);
      try {
        await back.nextHandshaken();
        await made.ready();
        // The one that was under way when it began to listen may still have been refused.
        expect(waits.length - before).toBeLessThanOrEqual(2);
        expect(waits.length).toBeGreaterThan(290);
        expect(Math.max(...waits)).toBeLessThan(1_500);
        expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
        // Not in step with anybody: all of it is in use.
        expect(new Set(waits).size).toBeGreaterThan(50);
      } finally {
        await back.close();
      }
    });

    test('after a loss it is found again, whatever went wrong before the outage', async () => {
      const { runtime, waits } = waiting(() => 0.999);
      const { address } = peer;
      const made = client({ address }, runtime);
      // Turned away again and again: each wait is twice as long as the one before.
      for (let times = 0; times < 4; times += 1) (await peer.next()).refuse(null, 'too_many_connections');
      await attempts(made, 5);
      expect(waits).toEqual([499, 999, 1_998, 3_996]);
      await peer.close();
      await attempts(made, 9);
      expect(waits.slice(-3)).toEqual([1_499, 1_499, 1_499]);
      peer = await ScriptedPeer.listen(address);
      // Who was turned away long ago is a newcomer to whoever listens now.
      (await peer.next()).refuse(null, 'too_many_connections');
      await reaches(made, 'retrying');
      await peer.nextHandshaken();
      await made.ready();
      expect(waits.at(-1)).toBe(499);
    });

    test('a pause that a stopping server named to all of its clients is the least, with a part of one’s own', async () => {
      const { runtime, waits } = waiting(() => 0.5);
      const made = client({}, runtime);
      const connection = await peer.nextHandshaken();
      await made.ready();
      connection.event('server_stopping', { reconnect_after_ms: 1_000 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      connection.socket.end();
      await reaches(made, 'retrying');
      expect(waits).toContain(1_250);
    });
  });

  test('never falls back to plain text where TLS is asked for', async () => {
    const made = client({ address: { ...peer.address, tls: true }, reconnect: false, connect_ms: 200 });
    const handshake = peer.next().then((connection) => connection.handshake().catch(() => false));
    await expect(made.ready()).rejects.toBeInstanceOf(ConnectError);
    expect(await Promise.race([handshake, sleep(50)])).not.toBe(true);
  });
});

describe('calls', () => {
  test('100 pipelined calls go out in one write, and replies in any order find their callers', async () => {
    const [made, connection] = await connected();
    const chunks = connection.chunks.length;
    const calls = Array.from({ length: 100 }, () => made.call('probe', {}));
    const ids: string[] = [];
    for (let n = 0; n < 100; n += 1) ids.push((await connection.request()).id);
    expect(connection.chunks.length - chunks).toBe(1);
    // A fixed permutation: 37 and 100 share no factor.
    for (let n = 0; n < 100; n += 1) {
      const index = (n * 37) % 100;
      connection.reply(ids[index]!, 'probe', { server_time_at: index });
    }
    const results = await Promise.all(calls);
    expect(results.map(({ server_time_at }) => server_time_at)).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
  });

  test('calls made while connecting wait in order', async () => {
    const made = client();
    const first = made.call('probe', {});
    const second = made.call('server_info', {});
    const connection = await peer.nextHandshaken();
    const requests = [await connection.request(), await connection.request()];
    expect(requests.map(({ action }) => action)).toEqual(['probe', 'server_info']);
    connection.reply(requests[1]!.id, 'server_info');
    connection.reply(requests[0]!.id, 'probe');
    expect(await first).toEqual(ACTIONS.probe.example.result);
    expect(await second).toEqual(ACTIONS.server_info.example.result);
  });

  test('a refusal is a value for attempt and an error for call', async () => {
    const [made, connection] = await connected();
    const attempt = made.attempt('authenticate', SIGN_IN);
    connection.refuse((await connection.request()).id, 'throttled', 4_000);
    expect(await attempt).toMatchObject({ ok: false, code: 'throttled', retry_after_ms: 4_000, details: [] });
    const call = made.call('authenticate', SIGN_IN);
    connection.refuse((await connection.request()).id, 'invalid_credentials');
    const error = await call.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ code: 'invalid_credentials', message: 'Wrong account name or password.' });
  });

  test('a result or a code that the action does not declare is invalid_reply', async () => {
    const [made, connection] = await connected();
    const wrong_result = made.attempt('probe', {});
    connection.reply((await connection.request()).id, 'probe', { server_time_at: 'noon' });
    expect(await wrong_result).toMatchObject({ ok: false, code: 'invalid_reply' });
    const wrong_code = made.attempt('probe', {});
    connection.refuse((await connection.request()).id, 'email_taken');
    expect(await wrong_code).toMatchObject({ ok: false, code: 'invalid_reply' });
    expect(made.state.name).toBe('ready');
  });

  test('a deadline ends the wait; the late reply harms nobody', async () => {
    const [made, connection] = await connected();
    const late = made.attempt('probe', {}, { deadline_ms: 20 });
    const { id } = await connection.request();
    expect(await late).toMatchObject({ ok: false, code: 'request_timeout' });
    connection.reply(id, 'probe');
    const next = made.call('probe', {});
    connection.reply((await connection.request()).id, 'probe', { server_time_at: 2 });
    expect(await next).toEqual({ server_time_at: 2 });
  });

  test('a call that never got its turn is not_connected, and is not sent later', async () => {
    const made = client();
    const connection = await peer.next();
    expect(await made.attempt('probe', {}, { deadline_ms: 20 })).toMatchObject({ code: 'not_connected' });
    await connection.handshake();
    await made.ready();
    await sleep(10);
    expect(connection.unread).toBe(0);
  });

  test('abort: before, while waiting and in flight', async () => {
    const made = client();
    expect(await made.attempt('probe', {}, { signal: AbortSignal.abort() })).toMatchObject({
      code: 'aborted',
    });
    const waiting = new AbortController();
    const first = made.attempt('probe', {}, { signal: waiting.signal });
    waiting.abort();
    expect(await first).toMatchObject({ ok: false, code: 'aborted' });
    const connection = await peer.nextHandshaken();
    await made.ready();
    const flying = new AbortController();
    const second = made.call('server_info', {}, { signal: flying.signal });
    expect((await connection.request()).action).toBe('server_info');
    flying.abort();
    await expect(second).rejects.toMatchObject({ code: 'aborted' });
    expect(connection.unread).toBe(0);
  });

  test('a sign-in that was aborted but done all the same is noticed', async () => {
    const [made, connection] = await connected();
    const cancel = new AbortController();
    const call = made.attempt('authenticate', SIGN_IN, { signal: cancel.signal });
    const { id } = await connection.request();
    cancel.abort();
    expect(await call).toMatchObject({ code: 'aborted' });
    connection.reply(id, 'authenticate');
    await new Promise<void>((resolve) => made.onState(() => resolve()));
    expect(made.state).toMatchObject({ name: 'ready', signed_in: true });
    expect(made.session_token).toBe(TOKEN);
  });

  test('what the server could only refuse as a frame is refused here', async () => {
    const [made, connection] = await connected();
    const half = made.attempt('authenticate', { user: { account_name: 'a\ud800', password: 'x' } });
    expect(await half).toMatchObject({ code: 'invalid_params', details: [{ reason: 'lone_surrogate' }] });
    const large = made.attempt('authenticate', { user: { account_name: 'a'.repeat(5_000), password: 'x' } });
    expect(await large).toMatchObject({ code: 'invalid_params', details: [{ reason: 'too_large' }] });
    expect(connection.unread).toBe(0);
  });

  test('a call in flight when the connection is lost fails and is never sent twice', async () => {
    const [made, connection] = await connected();
    const lost = made.attempt('authenticate', SIGN_IN);
    await connection.request();
    connection.socket.resetAndDestroy();
    expect(await lost).toMatchObject({ ok: false, code: 'connection_lost' });
    const again = await peer.nextHandshaken();
    await made.ready();
    const fresh = made.call('probe', {});
    const request = await again.request();
    expect(request.action).toBe('probe');
    again.reply(request.id, 'probe');
    await fresh;
    expect(again.unread).toBe(0);
  });

  test('a code that closes is the reason of the loss', async () => {
    const [made, connection] = await connected();
    connection.refuse(null, 'deadline_exceeded');
    connection.socket.end();
    const { reason } = await reaches(made, 'retrying');
    expect(reason).toMatchObject({ code: 'refused', error_code: 'deadline_exceeded' });
  });

  test('malformed bytes after the handshake close with not_portcullis', async () => {
    const [made, connection] = await connected();
    const call = made.attempt('probe', {});
    await connection.request();
    connection.send('[]');
    expect((await reaches(made, 'closed')).reason).toMatchObject({ code: 'not_portcullis' });
    expect(await call).toMatchObject({ code: 'connection_lost' });
  });

  test('the device is added to a sign-in', async () => {
    const device = { client_name: 'test', os: 'none' };
    const [made, connection] = await connected({ device });
    const call = made.call('authenticate', SIGN_IN);
    const request = await connection.request();
    expect(request.params).toEqual({ ...SIGN_IN, device });
    connection.reply(request.id, 'authenticate');
    await call;
  });
});

describe('session', () => {
  test('after a loss the client comes back and resumes by itself, before anything else', async () => {
    const [made, connection] = await signedIn();
    expect(made.state).toMatchObject({ name: 'ready', signed_in: true });
    expect(made.session_token).toBe(TOKEN);
    expect(made.account?.account_name).toBe('anna');
    connection.socket.resetAndDestroy();
    await reaches(made, 'retrying');
    const waiting = made.call('whoami', {});
    const again = await peer.nextHandshaken();
    const resume = await again.request();
    expect(resume).toMatchObject({ action: 'resume', params: { session_token: TOKEN } });
    await sleep(10);
    expect(again.unread).toBe(0);
    again.reply(resume.id, 'resume');
    await made.ready();
    expect(made.state).toMatchObject({ name: 'ready', signed_in: true });
    again.reply((await again.request()).id, 'whoami');
    expect((await waiting).account.account_name).toBe('anna');
  });

  test('a dead token is forgotten and told', async () => {
    const made = client({ session_token: TOKEN });
    const told: string[] = [];
    made.onSignedOut((reason) => told.push(reason));
    const connection = await peer.nextHandshaken();
    connection.refuse((await connection.request()).id, 'session_invalid');
    await made.ready();
    expect(made.state).toMatchObject({ name: 'ready', signed_in: false });
    expect(made.session_token).toBeNull();
    expect(told).toEqual(['session_invalid']);
  });

  test('a busy server keeps the token: tried again after the pause that it asked for', async () => {
    const made = client({ session_token: TOKEN });
    const connection = await peer.nextHandshaken();
    const before = Date.now();
    connection.refuse((await connection.request()).id, 'throttled', 60);
    const { reason, retry_at } = await reaches(made, 'retrying');
    expect(reason).toMatchObject({ code: 'refused', error_code: 'throttled' });
    expect(retry_at - before).toBeGreaterThanOrEqual(55);
    const again = await peer.nextHandshaken();
    again.reply((await again.request()).id, 'resume');
    await made.ready();
    expect(made.session_token).toBe(TOKEN);
  });

  test('a server that never answers resume: timed_out, and the token is kept', async () => {
    const made = client({ session_token: TOKEN, request_ms: 30 });
    const connection = await peer.nextHandshaken();
    expect((await connection.request()).action).toBe('resume');
    expect((await reaches(made, 'retrying')).reason.code).toBe('timed_out');
    await connection.closed;
    expect(made.session_token).toBe(TOKEN);
  });

  test('session_ended signs out once, with its reason, and later connections do not resume', async () => {
    const [made, connection] = await signedIn();
    const told: string[] = [];
    made.onSignedOut((reason) => told.push(reason));
    connection.event('session_ended', {
      session_id: ACTIONS.resume.example.result.session.session_id,
      reason: 'account_suspended',
    });
    connection.socket.end();
    await reaches(made, 'retrying');
    expect(told).toEqual(['account_suspended']);
    const again = await peer.nextHandshaken();
    await made.ready();
    await sleep(10);
    expect(again.unread).toBe(0);
    expect(made.session_token).toBeNull();
    expect(made.account).toBeNull();
  });

  test('ending the own session signs out; ending another does not', async () => {
    const [made, connection] = await signedIn();
    const told: string[] = [];
    made.onSignedOut((reason) => told.push(reason));
    const own = ACTIONS.resume.example.result.session.session_id;
    const other = 's_00000000000000000000';
    for (const session_id of [other, own]) {
      const call = made.call('revoke_session', { session_id });
      connection.reply((await connection.request()).id, 'revoke_session', { session_id });
      await call;
      await sleep(0);
      expect(told).toEqual(session_id === own ? ['revoked'] : []);
    }
    connection.event('session_ended', { session_id: own, reason: 'revoked' });
    await sleep(10);
    expect(told).toEqual(['revoked']);
  });

  test('session_invalid on any call signs out', async () => {
    const [made, connection] = await signedIn();
    const call = made.attempt('whoami', {});
    connection.refuse((await connection.request()).id, 'session_invalid');
    expect(await call).toMatchObject({ code: 'session_invalid' });
    expect(made.state).toMatchObject({ signed_in: false });
    expect(made.session_token).toBeNull();
  });
});

describe('events and listeners', () => {
  test('events reach every listener, in order; unknown and malformed ones reach nobody', async () => {
    const [made, connection] = await signedIn();
    const seen: ServerEvent[] = [];
    made.onEvent(() => {
      throw new Error('a listener at fault');
    });
    const rejects = async (): Promise<void> => {
      await sleep(0);
      throw new Error('an async listener at fault');
    };
    // As an untyped caller, or one with the lint rule off, could do.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    made.onEvent(rejects);
    const stop = made.onEvent((event) => seen.push(event));
    const account = { ...ACTIONS.whoami.example.result.account, first_name: 'Nina' };
    connection.send(JSON.stringify({ event: 'novelty', time: 1, data: {} }));
    connection.event('account_changed', { account: { account_name: 'half' } });
    connection.event('account_changed', { account });
    const call = made.call('probe', {});
    connection.reply((await connection.request()).id, 'probe');
    await call;
    expect(seen).toEqual([{ event: 'account_changed', data: { account } }]);
    expect(made.account?.first_name).toBe('Nina');
    stop();
    connection.event('account_changed', { account });
    await sleep(10);
    expect(seen).toHaveLength(1);
  });

  test('a listener may close the client from inside', async () => {
    const made = client();
    made.onState((state) => {
      if (state.name === 'ready') void made.close();
    });
    const connection = await peer.nextHandshaken();
    const quit = await connection.request();
    expect(quit.action).toBe('quit');
    connection.reply(quit.id, 'quit');
    expect((await reaches(made, 'closed')).reason).toEqual({ code: 'closed_by_us' });
  });

  test('the event probe is answered with the action probe, which measures the latency', async () => {
    const [made, connection] = await connected();
    connection.event('probe', {});
    const { action, id } = await connection.request();
    expect(action).toBe('probe');
    connection.reply(id, 'probe');
    await new Promise<void>((resolve) => made.onState(() => resolve()));
    expect(made.state).toMatchObject({ name: 'ready', latency_ms: expect.any(Number) });
  });

  test('before sign-in a probe goes out by itself; a server that stops answering is left', async () => {
    const [made, connection] = await connected({ connect_ms: 100_000 }, hasty);
    const first = await connection.request();
    expect(first.action).toBe('probe');
    connection.reply(first.id, 'probe');
    expect((await connection.request()).action).toBe('probe');
    expect((await reaches(made, 'retrying')).reason).toMatchObject({ code: 'lost' });
    await connection.closed;
  });

  test('signed in, a probe goes out every 30 s', async () => {
    const [made, connection] = await connected({ connect_ms: 100_000, request_ms: 100_000 }, hasty);
    const call = made.call('authenticate', SIGN_IN);
    for (let action = ''; action !== 'authenticate';) {
      const request = await connection.request();
      action = request.action;
      connection.reply(request.id, request.action as 'authenticate' | 'probe');
    }
    await call;
    const since = Date.now();
    expect((await connection.request()).action).toBe('probe');
    expect(Date.now() - since).toBeGreaterThan(1_000);
  });

  test('a server that announces its stop and never goes is left', async () => {
    const [made, connection] = await connected({ connect_ms: 100_000 }, hasty);
    connection.event('server_stopping', { reconnect_after_ms: -5 });
    const { reason } = await reaches(made, 'retrying');
    expect(reason).toMatchObject({ code: 'refused', error_code: 'shutting_down' });
    await connection.closed;
  });

  test('server_stopping: nothing new is written, and the pause is the one that the server named', async () => {
    const [made, connection] = await connected();
    const working = made.call('server_info', {});
    const { id } = await connection.request();
    connection.event('server_stopping', { reconnect_after_ms: 80 });
    await sleep(10);
    const held = made.call('probe', {});
    await sleep(10);
    expect(connection.unread).toBe(0);
    connection.reply(id, 'server_info');
    await working;
    const before = Date.now();
    connection.socket.end();
    const { retry_at, reason } = await reaches(made, 'retrying');
    expect(reason).toMatchObject({ code: 'refused', error_code: 'shutting_down' });
    expect(retry_at - before).toBeGreaterThanOrEqual(75);
    expect(retry_at - before).toBeLessThan(1_000);
    const again = await peer.nextHandshaken();
    again.reply((await again.request()).id, 'probe');
    await held;
  });
});

describe('the end', () => {
  test('retryNow skips the wait', async () => {
    const made = client({}, { ...systemRuntime, random: () => 0.999 });
    made.retryNow();
    (await peer.next()).socket.resetAndDestroy();
    await reaches(made, 'retrying');
    const elapsed = stopwatch();
    made.retryNow();
    await peer.nextHandshaken();
    await made.ready();
    expect(elapsed()).toBeLessThan(400);
    expect(peer.count).toBe(2);
  });

  test('close says quit, is idempotent, and leaves nothing to call', async () => {
    const [made, connection] = await connected();
    const unanswered = made.attempt('server_info', {});
    const closing = Promise.all([made.close(), made.close()]);
    expect((await connection.request()).action).toBe('server_info');
    const quit = await connection.request();
    expect(quit.action).toBe('quit');
    expect(await made.attempt('probe', {})).toMatchObject({ code: 'not_connected' });
    connection.reply(quit.id, 'quit');
    await closing;
    await connection.closed;
    expect(await unanswered).toMatchObject({ code: 'connection_lost' });
    expect(made.state).toEqual({ name: 'closed', reason: { code: 'closed_by_us' } });
    await expect(made.ready()).rejects.toMatchObject({ code: 'closed_by_us' });
    await made.close();
    expect(connection.unread).toBe(0);
  });

  test('close while connecting, handshaking and retrying ends at once', async () => {
    const connecting = client();
    await connecting.close();
    expect(connecting.state.name).toBe('closed');

    const handshaking = client();
    const first = await peer.next();
    await handshaking.close();
    await first.closed;

    const retrying = client({}, { ...systemRuntime, random: () => 0.999 });
    const waiting = retrying.attempt('probe', {});
    let connection = await peer.next();
    while (connection.socket.destroyed) connection = await peer.next();
    connection.socket.resetAndDestroy();
    await reaches(retrying, 'retrying');
    await retrying.close();
    expect(await waiting).toMatchObject({ code: 'not_connected' });
  });

  test('close does not wait for a server that says nothing', async () => {
    const [made] = await connected();
    const elapsed = stopwatch();
    await made.close();
    expect(elapsed()).toBeLessThan(3_000);
  });

  test('a reply and the end in one packet: the reply counts', async () => {
    const [made, connection] = await connected();
    const call = made.attempt('probe', {});
    const { id } = await connection.request();
    connection.socket.end(encodeFrame(encodeResult(id, 200, 'alive', { server_time_at: 1 }, 1)));
    expect(await call).toMatchObject({ ok: true, result: { server_time_at: 1 } });
  });

  test('ignored promises are nobody’s unhandled rejection', async () => {
    const made = client({ reconnect: false });
    void made.ready();
    void made.call('probe', {});
    (await peer.next()).socket.resetAndDestroy();
    await reaches(made, 'closed');
    void made.call('probe', {});
    void made.ready();
    await sleep(10);
  });
});
