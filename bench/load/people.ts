/** People who sign in and out, people who ask, and people who do nothing. */
import type { Socket } from 'node:net';
import { cpuSeconds } from '../cpu_time.js';
import { encodeFrame } from '../../src/protocol/index.js';
import type { Answered, Asks, Hold, Measured, SignIns } from './commands.js';
import { converse, openMany } from './gate.js';
import { Latencies } from './latencies.js';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** How long someone waits who was told `busy`. */
const BUSY_WAIT_MS = 50;

/** The rate is taken between the first and the last sign-in of the window: few happen, and halves can't be counted. */
export async function signIns(command: SignIns): Promise<Measured> {
  const { target, people } = command;
  const latencies = new Latencies();
  const began = performance.now();
  const from = began + command.warm_ms;
  const until = from + command.measure_ms;
  const done: { readonly at: number; readonly cpu: number }[] = [];
  let errors = 0;
  const live = async (user: object): Promise<void> => {
    const talk = await converse(target, null);
    while (performance.now() < until) {
      const askedAt = performance.now();
      const reply = await talk.ask('authenticate', { user });
      const now = performance.now();
      if (reply['code'] === 'busy') {
        await sleep(BUSY_WAIT_MS);
        continue;
      }
      if (reply['response'] !== 200) errors += 1;
      else if (now >= from && now <= until) {
        done.push({ at: now, cpu: cpuSeconds(command.cpu_of) });
        latencies.add(now - askedAt);
      }
      await talk.ask('logout', {});
    }
    talk.socket.destroy();
  };
  await Promise.all(people.map(live));
  const [first, last] = [done[0], done.at(-1)];
  if (first === undefined || last === undefined || done.length < 2)
    throw new Error('fewer than two sign-ins in the window');
  const count = done.length - 1;
  return {
    count,
    per_second: count / ((last.at - first.at) / 1000),
    cpu_us: ((last.cpu - first.cpu) * 1e6) / count,
    errors,
    ...latencies.summary(),
    generator_late_ms: 0,
  };
}

export async function asks(command: Asks): Promise<Answered[]> {
  const talk = await converse(command.target, command.session_token);
  const answers: Answered[] = [];
  for (const { name, action, params } of command.questions) {
    const latencies = new Latencies();
    const until = performance.now() + command.time_ms_max;
    let count = 0;
    let errors = 0;
    while (count < command.times && performance.now() < until) {
      const askedAt = performance.now();
      const reply = await talk.ask(action, params);
      latencies.add(performance.now() - askedAt);
      count += 1;
      if (reply['response'] !== 200) errors += 1;
    }
    answers.push({ name, count, errors, ...latencies.summary() });
  }
  talk.socket.destroy();
  return answers;
}

const held: Socket[] = [];
/** A connection without a session is closed after 15 s without a probe. All are probed once in this time, spread out. */
const PROBE_EVERY_MS = 6_000;
const PROBE_TICK_MS = 50;
let probing: NodeJS.Timeout | null = null;

export async function hold(command: Hold): Promise<number> {
  const probe = encodeFrame(JSON.stringify({ action: 'probe', id: '1' }));
  let next = 0;
  let last = performance.now();
  probing ??= setInterval(() => {
    const now = performance.now();
    // By the time that has really passed: a busy generator's timer is late.
    const share = Math.ceil((held.length * Math.min(now - last, PROBE_EVERY_MS)) / PROBE_EVERY_MS);
    last = now;
    for (let count = 0; count < share; count += 1) {
      // Not a remainder: while the list grows, that would jump about and leave some out.
      if (next >= held.length) next = 0;
      held[next]?.write(probe);
      next += 1;
    }
  }, PROBE_TICK_MS);
  while (held.length < command.connections) {
    const more = Math.min(256, command.connections - held.length);
    for (const socket of await openMany(command.target, more, command.sign_in_with, command.from)) {
      socket.on('data', () => null);
      held.push(socket);
    }
  }
  return held.filter(({ destroyed }) => !destroyed).length;
}
