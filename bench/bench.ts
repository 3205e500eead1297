/** What a subject of the benchmark gets: programs, servers that are watched, a place for its figures. */
import { cpSync } from 'node:fs';
import type { Figures } from './figures.js';
import { Load, newDataFolder, ServerUnderTest, type ServerOptions } from './children.js';
import type { ClosedLoop, Measured, OpenLoop } from './load/commands.js';
import type { Programs } from './programs.js';
import { seed } from './seed.js';
import { encodeFrame } from '../src/protocol/index.js';

export type SubjectName =
  | 'verify'
  | 'sign-in'
  | 'storm'
  | 'messages'
  | 'connections'
  | 'crowd'
  | 'scale'
  | 'postgres'
  | 'tui'
  | 'peers';

export type Subject = {
  readonly name: SubjectName;
  readonly summary: string;
  /** About how long it takes with five rounds, seconds: for the progress bar. */
  readonly seconds: number;
  readonly run: (bench: Bench) => Promise<void>;
};

/** The lowest cost that the server takes, where the hash isn't what is measured. log2 N. */
export const CHEAP_LOG_N = 15;

export class Bench {
  readonly programs: Programs;
  readonly figures: Figures;
  readonly rounds: number;
  /** A smoke run: everything once and briefly, on small data. */
  readonly quick: boolean;
  /** For how long the memory of the terminal UI is watched; null for the usual. */
  readonly tui_minutes: number | null;
  /** How many accounts the large server of `scale`, and that of `postgres`, has; null for as many as the subject takes by itself. */
  readonly accounts: number | null;
  /** A data folder with nothing but keys and schema in it. */
  #empty: string | null = null;
  readonly #show: (text: string, within: number) => void;
  readonly #say: (text: string) => void;

  constructor(
    programs: Programs,
    figures: Figures,
    options: Pick<Bench, 'rounds' | 'quick' | 'tui_minutes' | 'accounts'>,
    show: (text: string, within: number) => void,
    say: (text: string) => void,
  ) {
    this.programs = programs;
    this.figures = figures;
    this.rounds = options.rounds;
    this.quick = options.quick;
    this.tui_minutes = options.tui_minutes;
    this.accounts = options.accounts;
    this.#show = show;
    this.#say = say;
  }

  /** A length of time, shortened in a smoke run. */
  ms(full: number): number {
    return this.quick ? Math.max(150, Math.round(full / 8)) : full;
  }

  /** `within`: the share of the subject that is done, 0 to 1. */
  show(text: string, within: number): void {
    this.#show(text, within);
  }

  /** A line that stays. */
  say(text: string): void {
    this.#say(text);
  }

  /** Does something in every round. Whoever compares two things does both in each. */
  async eachRound(what: string, run: (round: number) => Promise<void>, from = 0, to = 1): Promise<void> {
    for (let round = 1; round <= this.rounds; round += 1) {
      this.show(
        `${what}, round ${round} of ${this.rounds}`,
        from + ((to - from) * (round - 1)) / this.rounds,
      );
      await run(round);
    }
  }

  /** A server on a data folder of its own; what its event loop did is held against P8. */
  async server(options: ServerOptions = {}): Promise<ServerUnderTest> {
    return ServerUnderTest.start(this.programs, options, (seen) => this.figures.loops.push(seen));
  }

  /** A data folder with so many accounts and sessions in it. */
  async seeded(accounts: number, sessions: number, logN = CHEAP_LOG_N): Promise<string> {
    const data = newDataFolder(this.programs);
    if (this.#empty === null) {
      this.#empty = newDataFolder(this.programs);
      // Makes keys and schema, and stops.
      await (await ServerUnderTest.start(this.programs, { data: this.#empty }))[Symbol.asyncDispose]();
    }
    cpSync(this.#empty, data, { recursive: true });
    await seed(data, { accounts, sessions, log_n: logN });
    return data;
  }

  /** One measurement with a load generator of its own. */
  async measure(command: ClosedLoop | OpenLoop): Promise<Measured> {
    await using load = new Load(this.programs);
    return await load.measure(command);
  }
}

/** A request as bytes for the wire. */
export function frameOf(action: string, params: object): Buffer {
  return encodeFrame(JSON.stringify({ action, id: '1', time: 1795000000, ...params }));
}
