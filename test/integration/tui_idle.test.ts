/** An idle screen is left alone: signs of life that take a little more or less time write nothing to the terminal. */
import { expect, test } from 'vitest';
import { Client } from '../../src/client/index.js';
import { systemRuntime, type Runtime } from '../../src/client/runtime.js';
import { createEffects } from '../../src/tui/effects/effects.js';
import { TOAST_MS } from '../../src/tui/state/navigation.js';
import { FrameWriter } from '../../src/tui/terminal/frame_writer.js';
import { administrator, PASSWORD } from '../support/raw_peer.js';
import { renderApp } from '../support/render_app.js';
import { startServer } from '../support/server.js';

/** Real sockets, and time that passes when the test says so. */
class StandingTime implements Runtime {
  now = 0;
  #timers: { readonly at: number; readonly action: () => void }[] = [];
  readonly now_ms = (): number => Date.now();
  readonly monotonic_ms = (): number => this.now;
  readonly random = (): number => systemRuntime.random();
  readonly bytes = (length: number): Buffer => systemRuntime.bytes(length);
  readonly endOfTurn = (action: () => void): void => systemRuntime.endOfTurn(action);

  readonly after = (ms: number, action: () => void): (() => void) => {
    const timer = { at: this.now + ms, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  pass(ms: number): void {
    this.now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.now);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { action } of due) action();
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 800 && !holds(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}

test('half an hour of signs of life writes no byte; a line that became slow is told', async () => {
  await using server = await startServer();
  await using _boss = await administrator(server);
  const time = new StandingTime();
  let now = Date.now();
  let client: Client | null = null;
  using app = renderApp({ state: { connection: { name: 'idle' } }, now: () => now });
  const { data_folder } = server;
  const effects = createEffects({
    store: app.store,
    data_folder,
    version: '0.0.0-test',
    now: () => now,
    connect: (options) => (client = new Client(options, time)),
  });
  let bytes = 0;
  const sink = { write: (data: string) => ((bytes += data.length), true), once: () => undefined };
  const writer = new FrameWriter(sink, { columns: 80, rows: 24 });
  const drawn = (): number => {
    const before = bytes;
    writer.draw(app.frame(), app.cursor());
    return bytes - before;
  };
  effects.start({ server: null, typed: `${server.host}:${server.port}`, data_folder, keep_folder: null });
  await until(() => client?.state.name === 'ready');
  expect(await effects.signIn('boss.one', PASSWORD)).toMatchObject({ ok: true });
  effects.loadScreen({ name: 'home' });
  await until(() => {
    const { connection, person } = app.store.getState();
    const { sessions, history } = person.lists;
    return (
      sessions.complete && history.complete && connection.name === 'ready' && connection.latency_ms !== null
    );
  });
  now += TOAST_MS + 1;
  drawn();

  /** The next sign of life takes so long. */
  const probe = async (latency_ms: number): Promise<void> => {
    time.pass(30_000);
    time.now += latency_ms;
    await until(() => client?.state.name === 'ready' && client.state.latency_ms === latency_ms);
  };
  for (let at = 0; at < 60; at += 1) {
    await probe([2, 38, 10, 45, 0][at % 5]!);
    expect(drawn()).toBe(0);
  }
  await probe(60);
  expect(drawn()).toBeGreaterThan(0);
  expect(app.text()).toContain('60 ms');
  // As slow as before, or hardly quicker.
  for (const latency_ms of [95, 66, 49]) {
    await probe(latency_ms);
    expect(drawn()).toBe(0);
  }
  await probe(3);
  expect(app.text()).toContain('3 ms');
  await effects.close();
});
