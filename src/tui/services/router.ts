/**
 * Who gets a key: a stack of layers, the deepest number on top. A text field swallows what types text; every other key
 * is looked up in the keymap and goes to the topmost layer that handles it. There is exactly one focus owner: the top.
 */
import {
  type ActionId,
  type Binding,
  type KeyEvent,
  type Keymap,
  keyName,
  type KeyPress,
  type Layout,
  layoutOf,
  type Place,
  typesText,
} from '../input/index.js';

export type Handlers = Partial<Readonly<Record<ActionId, () => void>>>;

/** What became of typed text: it went into a field, it was taken as a command, or it falls through. */
export type TextUse = 'typed' | 'acted' | 'refused';

export type Layer = {
  readonly depth: number;
  readonly places: readonly Place[];
  readonly handlers: Handlers;
  /** Nothing below is asked, except the layer at depth 0 for what must always work. */
  readonly modal?: boolean;
  /** Gets every key that types text, and pastes. */
  readonly onText?: ((text: string, key: KeyPress | null) => TextUse) | undefined;
  /** Gets the digits 1 … 9 before the keymap does; where they pick rows. */
  readonly onDigit?: ((digit: number) => void) | undefined;
};

/** What the bottom layer still does below a dialog. */
const ALWAYS = ['help', 'interrupt', 'redraw', 'suspend'] as const satisfies readonly ActionId[];

function onlyAlways(layer: Layer): Layer {
  const handlers: Handlers = Object.fromEntries(
    ALWAYS.flatMap((id) => (layer.handlers[id] === undefined ? [] : [[id, layer.handlers[id]]])),
  );
  return { ...layer, handlers };
}

export class Router {
  readonly keymap: Keymap;
  readonly #layers = new Map<symbol, Layer>();
  #sorted: readonly Layer[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #input_listeners = new Set<() => void>();
  #bindings: readonly Binding[] = [];
  #signature = '';
  #layout: Layout = 'latin';

  constructor(keymap: Keymap) {
    this.keymap = keymap;
  }

  /** Sets, moves or (with null) removes one layer. */
  set(owner: symbol, layer: Layer | null): void {
    if (layer === null) this.#layers.delete(owner);
    else this.#layers.set(owner, layer);
    this.#sorted = [...this.#layers.values()].sort((a, b) => b.depth - a.depth);
    const bindings = this.#collect();
    const signature = bindings.map(({ id, keys }) => `${id} ${keys.join(' ')}`).join();
    if (signature === this.#signature) return;
    this.#signature = signature;
    this.#bindings = bindings;
    for (const listener of this.#listeners) listener();
  }

  /** What keys do here and now, topmost first; the same array until it changes. */
  readonly active = (): readonly Binding[] => this.#bindings;

  /** The letters that came last: keys are shown as the keyboard writes them. */
  readonly layout = (): Layout => this.#layout;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Hears that somebody is at the keyboard. Gives what stops it. */
  onInput(listener: () => void): () => void {
    this.#input_listeners.add(listener);
    return () => this.#input_listeners.delete(listener);
  }

  /** Hands one event to its owner. Says what became of it. */
  dispatch(event: KeyEvent): 'typed' | 'acted' | 'none' {
    for (const listener of this.#input_listeners) listener();
    if (event.type === 'paste') {
      for (const layer of this.#asked()) {
        const use = layer.onText?.(event.text, null) ?? 'refused';
        if (use !== 'refused') return use;
      }
      return 'none';
    }
    if (event.type !== 'key') return 'none';
    this.#noteLayout(event.text ?? '');
    const name = keyName(event);
    for (const layer of this.#asked()) {
      const use = event.text === undefined ? undefined : layer.onText?.(event.text, event);
      if (use === 'typed' || use === 'acted') return use;
      if (layer.onDigit !== undefined && /^[1-9]$/.test(name)) {
        layer.onDigit(Number(name));
        return 'acted';
      }
      for (const place of layer.places) {
        const id = this.keymap.find(place, name);
        const handler = id === undefined ? undefined : layer.handlers[id];
        if (handler === undefined) continue;
        handler();
        return 'acted';
      }
    }
    return 'none';
  }

  #noteLayout(text: string): void {
    const layout = layoutOf(text) ?? this.#layout;
    if (layout === this.#layout) return;
    this.#layout = layout;
    for (const listener of this.#listeners) listener();
  }

  /** Runs an action as if its key had been pressed; false if nobody handles it now. */
  run(id: ActionId): boolean {
    const handler = this.#asked().find((layer) => layer.handlers[id] !== undefined)?.handlers[id];
    handler?.();
    return handler !== undefined;
  }

  #asked(): readonly Layer[] {
    const wall = this.#sorted.findIndex((layer) => layer.modal === true);
    if (wall < 0) return this.#sorted;
    const above = this.#sorted.slice(0, wall + 1);
    return [...above, ...this.#sorted.filter(({ depth }) => depth === 0).map(onlyAlways)];
  }

  #collect(): Binding[] {
    const found = new Map<ActionId, Binding>();
    const taken = new Set<string>();
    let typing = false;
    for (const layer of this.#asked()) {
      typing ||= layer.onText !== undefined;
      for (const binding of this.keymap.bindings) {
        if (found.has(binding.id) || !layer.places.includes(binding.place)) continue;
        if (layer.handlers[binding.id] === undefined) continue;
        const keys = binding.keys.filter((key) => !taken.has(key) && !(typing && typesText(key)));
        if (keys.length === 0) continue;
        for (const key of keys) taken.add(key);
        found.set(binding.id, { ...binding, keys });
      }
    }
    return [...found.values()];
  }
}
