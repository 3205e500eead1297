/** Requests on many connections at once: as fast as replies come (closed loop), or at a rate of its own (open loop). */
import type { Socket } from 'node:net';
import { cpuSeconds } from '../cpu_time.js';
import type { ClosedLoop, Measured, OpenLoop } from './commands.js';
import { counterFor, type Counter } from './counters.js';
import { openMany } from './gate.js';
import { Latencies } from './latencies.js';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** All requests in one buffer, and the first ones behind the last, so that any `depth` in a row are one slice. */
class Ring {
  readonly #bytes: Buffer;
  readonly #offsets: number[] = [0];
  readonly #count: number;

  constructor(requests: readonly Uint8Array[], depth: number) {
    this.#count = requests.length;
    const all = [...requests];
    for (let index = 0; index < depth; index += 1) {
      const again = requests[index % requests.length];
      if (again !== undefined) all.push(again);
    }
    this.#bytes = Buffer.concat(all);
    for (const request of all) this.#offsets.push((this.#offsets.at(-1) ?? 0) + request.length);
  }

  slice(from: number, count: number): Buffer {
    return this.#bytes.subarray(this.#offsets[from], this.#offsets[from + count]);
  }

  after(from: number, count: number): number {
    return (from + count) % this.#count;
  }
}

/** What is counted while the window is open. */
type Window = {
  open: boolean;
  over: boolean;
  replies: number;
  mismatches: number;
  readonly latencies: Latencies;
};

async function measure(
  command: ClosedLoop | OpenLoop,
  window: Window,
  counters: readonly Counter[],
): Promise<Omit<Measured, 'generator_late_ms'>> {
  await sleep(command.warm_ms);
  const cpuFrom = cpuSeconds(command.cpu_of);
  const from = performance.now();
  window.open = true;
  await sleep(command.measure_ms);
  window.open = false;
  const seconds = (performance.now() - from) / 1000;
  const cpu = cpuSeconds(command.cpu_of) - cpuFrom;
  window.over = true;
  return {
    count: window.replies,
    per_second: window.replies / seconds,
    cpu_us: (cpu * 1e6) / window.replies,
    errors: counters.reduce((sum, { errors }) => sum + errors, window.mismatches),
    ...window.latencies.summary(),
  };
}

function newWindow(): Window {
  return { open: false, over: false, replies: 0, mismatches: 0, latencies: new Latencies() };
}

/** Looks into the first reply of a connection: a benchmark of refusals would be a fast one. */
function checkFirst(window: Window, chunk: Buffer, expect: string, isFirst: boolean): void {
  if (isFirst && !chunk.includes(expect)) window.mismatches += 1;
}

export async function closedLoop(command: ClosedLoop): Promise<Measured> {
  const { target, depth } = command;
  const ring = new Ring(command.requests, depth);
  const window = newWindow();
  const sockets = await openMany(target, command.connections, command.sign_in_with);
  const counters = sockets.map((socket, index) => {
    const counter = counterFor(target);
    let at = (index * 7919) % command.requests.length;
    let sentAt = 0;
    let first = true;
    const send = (count: number): void => {
      socket.write(ring.slice(at, count));
      at = ring.after(at, count);
      sentAt = performance.now();
    };
    socket.on('data', (chunk: Buffer) => {
      checkFirst(window, chunk, command.expect, first);
      first = false;
      const replies = counter.take(chunk);
      if (replies === 0) return;
      if (window.open) {
        window.replies += replies;
        // Deeper than one, a reply can't be told from another without reading it.
        if (depth === 1) window.latencies.add(performance.now() - sentAt);
      }
      if (!window.over) send(replies);
    });
    send(depth);
    return counter;
  });
  const measured = await measure(command, window, counters);
  for (const socket of sockets) socket.destroy();
  return { ...measured, generator_late_ms: 0 };
}

export async function openLoop(command: OpenLoop): Promise<Measured> {
  const { target, rate } = command;
  const ring = new Ring(command.requests, 1);
  const window = newWindow();
  const sockets: readonly Socket[] = await openMany(target, command.connections, command.sign_in_with);
  const sent: number[][] = sockets.map(() => []);
  const counters = sockets.map((socket, index) => {
    const counter = counterFor(target);
    let first = true;
    socket.on('data', (chunk: Buffer) => {
      checkFirst(window, chunk, command.expect, first);
      first = false;
      const now = performance.now();
      for (let replies = counter.take(chunk); replies > 0; replies -= 1) {
        const sentAt = sent[index]?.shift();
        if (!window.open || sentAt === undefined) continue;
        window.replies += 1;
        window.latencies.add(now - sentAt);
      }
    });
    return counter;
  });
  let late = 0;
  let due = 0;
  let at = 0;
  const began = performance.now();
  // A latency begins when the request leaves: how late the generator's own timer was is told apart.
  const pace = (): void => {
    const now = performance.now();
    const target_count = ((now - began) / 1000) * rate;
    if (window.open) late = Math.max(late, ((target_count - due) / rate) * 1000);
    for (; due < target_count; due += 1) {
      const index = due % sockets.length;
      sockets[index]?.write(ring.slice(at, 1));
      sent[index]?.push(performance.now());
      at = ring.after(at, 1);
    }
    if (!window.over) setTimeout(pace, 1);
  };
  pace();
  const measured = await measure(command, window, counters);
  for (const socket of sockets) socket.destroy();
  return { ...measured, generator_late_ms: late };
}
