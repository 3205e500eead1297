/** Reads the pages of one list that a screen asks for, one at a time, newest question first. */
import type { Attempt, Problem, ProblemCode } from '../i18n/index.js';
import {
  listFailed,
  listLoading,
  missingPage,
  pageArrived,
  queryKey,
  type AppStore,
  type ListName,
  type ListOf,
  type Page,
  type QueryOf,
  type RowOf,
} from '../state/index.js';

type Wanted = { readonly from: number; readonly to: number };

/** Reads one page: the first for a cursor of null. */
export type ReadPage<N extends ListName> = (
  query: QueryOf<N>,
  cursor: string | null,
) => Promise<Attempt<Page<RowOf<N>>>>;

/** What passes by itself: the list is read again, so that nobody has to ask for it. */
const PASSING: ReadonlySet<ProblemCode> = new Set(['storage_unavailable', 'busy', 'throttled']);
/** Unless the server says when: a look every few seconds is little to it, and short enough for whoever waits. */
const AGAIN_MS = 3_000;

export type ListLoaderOptions = {
  /** Is told what keeps rows that are shown from being read anew; an empty list says so itself. */
  readonly onStale?: (problem: Problem) => void;
  /** Is told when what was told has passed. */
  readonly onPassed?: (code: ProblemCode) => void;
  readonly again_ms?: number;
};

export class ListLoader<N extends ListName> {
  readonly #store: AppStore;
  readonly #name: N;
  readonly #readPage: ReadPage<N>;
  #wanted: Wanted = { from: 0, to: 0 };
  #fresh = false;
  #running = false;
  readonly #options: ListLoaderOptions;
  /** The next try of its own. */
  #again: NodeJS.Timeout | undefined;
  /** What was told of rows that can't be read anew; null when they could be since. */
  #told: ProblemCode | null = null;

  constructor(store: AppStore, name: N, readPage: ReadPage<N>, options: ListLoaderOptions = {}) {
    this.#store = store;
    this.#name = name;
    this.#readPage = readPage;
    this.#options = options;
  }

  ensure(from: number, to: number): void {
    this.#wanted = { from, to };
    void this.#run();
  }

  refresh(): void {
    this.#fresh = true;
    // Whoever asks for it wants to know.
    this.#told = null;
    void this.#run();
  }

  /** Returns the first `count_max` rows that match the question, page after page; nothing of it is kept here. */
  async matching(count_max: number): Promise<Attempt<readonly RowOf<N>[]>> {
    const { query } = this.#list();
    const found: RowOf<N>[] = [];
    let cursor: string | null = null;
    do {
      const page: Attempt<Page<RowOf<N>>> = await this.#readPage(query, cursor);
      if (!page.ok) return page;
      found.push(...page.value.rows);
      cursor = page.value.next_cursor;
    } while (cursor !== null && found.length < count_max);
    return { ok: true, value: found.slice(0, count_max) };
  }

  #list(): ListOf<N> {
    return this.#store.getState().person.lists[this.#name];
  }

  #owner(): string | undefined {
    return this.#store.getState().person.session?.session_id;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let page = this.#next(); page !== null; page = this.#next()) {
        if (!(await this.#read(page))) return;
      }
    } finally {
      this.#running = false;
    }
  }

  /** The next page to read, or null when nothing is missing. */
  #next(): number | null {
    const list = this.#list();
    if (this.#fresh || queryKey(list.query) !== list.shown_key) return 0;
    return missingPage(list, this.#wanted.from, this.#wanted.to);
  }

  /** False when nothing more is to be read for now. */
  async #read(number: number): Promise<boolean> {
    const { query, cursors } = this.#list();
    const owner = this.#owner();
    const key = queryKey(query);
    const fresh = this.#fresh;
    this.#fresh = false;
    clearTimeout(this.#again);
    this.#store.setState(listLoading(this.#name));
    const page = await this.#readPage(query, number === 0 ? null : (cursors[number] ?? null));
    // What was asked for one person is not shown to the next.
    if (this.#owner() !== owner) return false;
    if (!page.ok) {
      this.#failed(key, page.problem, fresh);
      return false;
    }
    if (this.#told !== null) this.#options.onPassed?.(this.#told);
    this.#told = null;
    this.#store.setState(pageArrived(this.#name, key, number, page.value, fresh));
    return true;
  }

  #failed(key: string, problem: Problem, fresh: boolean): void {
    const { code, retry_after_ms } = problem;
    const { onStale, again_ms = AGAIN_MS } = this.#options;
    const { shown_key } = this.#list();
    this.#store.setState(listFailed(this.#name, key, problem));
    // Once, however often it is tried.
    if (shown_key !== '' && this.#told !== code) {
      this.#told = code;
      onStale?.(problem);
    }
    if (!PASSING.has(code)) return;
    const owner = this.#owner();
    const again = (): void => {
      if (this.#owner() !== owner) return;
      this.#fresh ||= fresh;
      void this.#run();
    };
    this.#again = setTimeout(again, retry_after_ms ?? again_ms).unref();
  }
}
