/**
 * Runs Ink as a layout engine: React elements in, whole frames as strings out, with the cursor's place. In Ink's debug
 * mode each commit writes the whole frame to "stdout", which here is an object that passes it on; Ink never sees the
 * terminal, its input, its size or CI variables. Must not diff or write: that is the frame writer's.
 */
import { EventEmitter } from 'node:events';
import { Component, createContext, createRef, useContext, type ReactNode } from 'react';
import { Box, render, type DOMElement } from 'ink';
import { CursorClaims, CursorContext } from './cursor.js';
import { composeFrame } from './compose.js';
import type { CursorPosition, ScreenSize } from '../terminal/index.js';

/** How to mount, and whom to tell. */
export type InkHostOptions = {
  readonly columns: number;
  readonly rows: number;
  /** One whole frame: `rows` lines joined by `\n`, trailing spaces cut, and the cursor if a field claims it. */
  readonly onFrame: (frame: string, cursor: CursorPosition | undefined) => void;
  /** A component threw while rendering; the screen is empty now. By default the error is thrown as uncaught. */
  readonly onError?: (error: unknown) => void;
  /** The tree consists of finished rows: its frames are put together without Ink's slow way of making them. */
  readonly rows_only?: boolean;
  /** Ink's screen-reader output instead of a laid-out frame; then a frame has as many lines as it has. */
  readonly screenReader?: boolean;
};

/** A mounted tree. */
export type InkHost = {
  /** Replaces the root element; its frame is out when this returns. */
  rerender(element: ReactNode): void;
  /** Lays out for a new size; its frame is out when this returns. */
  resize(columns: number, rows: number): void;
  /** Renders pending state changes now; to be called after each batch of keys. */
  flush(): void;
  /** Ends the tree; effects are cleaned up, no frame comes any more. */
  unmount(): void;
};

const SizeContext = createContext<ScreenSize>({ columns: 80, rows: 24 });

/** Returns the screen's size, for components that choose their layout by it. */
export function useScreenSize(): ScreenSize {
  return useContext(SizeContext);
}

/** Takes what Ink writes. In debug mode each write with content is one whole frame. */
class FrameCatcher extends EventEmitter {
  readonly isTTY = false;
  columns: number;
  rows: number;
  readonly #onFrame: (frame: string) => void;

  constructor(size: ScreenSize, onFrame: (frame: string) => void) {
    super();
    this.columns = size.columns;
    this.rows = size.rows;
    this.#onFrame = onFrame;
  }

  readonly write = (frame: string): boolean => {
    this.#onFrame(frame);
    return true;
  };
}

type BoundaryProps = { readonly onError: (error: unknown) => void; readonly children: ReactNode };

/** Reports what a component threw. Ink's own boundary would paint the source code on the screen and unmount. */
class ErrorBoundary extends Component<BoundaryProps, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    this.props.onError(error);
  }

  override render(): ReactNode {
    return this.state.failed ? null : this.props.children;
  }
}

function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function rootOf(inside: DOMElement | null): DOMElement | null {
  let node = inside;
  while (node?.parentNode !== undefined) node = node.parentNode;
  return node;
}

/**
 * Makes Ink only say that a commit happened; gives what makes the frame of it. Ink's root calls `onRender` after each
 * commit, and in debug mode that lays out and prints the whole frame.
 */
function holdBack(root: DOMElement | null, onCommit: () => void): () => void {
  const original = root?.onRender;
  // Another Ink would draw all the same, only more often.
  if (root === null || original === undefined) return () => undefined;
  root.onRender = onCommit;
  return original;
}

/**
 * Mounts `element` in a box of exactly the screen's size and hands out its first frame before it returns. Measured: what
 * a store changes (useSyncExternalStore) comes out in a microtask of the same tick, all commits of a tick as one frame;
 * what `useState` changes outside React waits for React's scheduler, one turn of the event loop, unless `flush` is called.
 */
export function mountInk(element: ReactNode, options: InkHostOptions): InkHost {
  let size: ScreenSize = { columns: options.columns, rows: options.rows };
  let current = element;
  let frame: string | undefined;
  let dirty = false;
  let mounted = true;
  let unpainted = false;
  let root: DOMElement | null = null;
  let paint = (): void => undefined;

  // Ink writes the frame in the middle of a commit, before layout effects ran and a newly focused field could claim the
  // cursor. So a frame is kept until the commit is over; then both belong together.
  const deliver = (): void => {
    if (!dirty || !mounted) return;
    dirty = false;
    // Making the frame's text is most of the work, so it is done once for all commits of a tick.
    if (unpainted) {
      unpainted = false;
      if (options.rows_only === true && root !== null) frame = composeFrame(root, size);
      else paint();
      // What Ink handed over meanwhile is this very frame.
      dirty = false;
    }
    if (frame === undefined) return;
    options.onFrame(frame, claims.position());
  };
  const schedule = (): void => {
    if (dirty || !mounted) return;
    dirty = true;
    queueMicrotask(deliver);
  };
  const claims = new CursorClaims(schedule);
  const stdout = new FrameCatcher(size, (next) => {
    if (!mounted) return;
    frame = next;
    // The first frame comes while Ink mounts, before it can be held back.
    schedule();
  });
  const stdin = new EventEmitter();

  const onError = options.onError ?? throwUncaught;
  const top = createRef<DOMElement>();
  const tree = (): ReactNode => (
    <CursorContext value={claims}>
      <SizeContext value={size}>
        <Box ref={top} width={size.columns} height={size.rows} flexDirection="column">
          <ErrorBoundary onError={onError}>{current}</ErrorBoundary>
        </Box>
      </SizeContext>
    </CursorContext>
  );

  let shown = tree();
  // Ink prints the first frame itself, slowly; so its first one is that of an empty screen.
  const ink = render(options.rows_only === true ? <Box ref={top} /> : shown, {
    // Ink types its streams as tty streams, but in debug mode calls only write, on, off and reads columns, rows, isTTY.
    stdout: stdout as unknown as NodeJS.WriteStream,
    // As above: nothing below uses Ink's input hooks (adr 0017), so the dummy is only passed around.
    stdin: stdin as unknown as NodeJS.ReadStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
    isScreenReaderEnabled: options.screenReader ?? false,
  });
  if (options.rows_only !== true) deliver();
  root = rootOf(top.current);
  paint = holdBack(root, () => {
    unpainted = true;
    schedule();
  });
  if (options.rows_only === true) {
    ink.rerender(shown);
    unpainted = true;
    dirty = true;
    deliver();
  }

  const renderNow = (): void => {
    if (!mounted) return;
    ink.rerender(shown);
    deliver();
  };
  return {
    rerender(next) {
      current = next;
      shown = tree();
      renderNow();
    },
    resize(columns, rows) {
      size = { columns, rows };
      stdout.columns = columns;
      stdout.rows = rows;
      shown = tree();
      renderNow();
    },
    flush: renderNow,
    unmount() {
      if (!mounted) return;
      // First, because Ink writes a last frame (with CI set, a bare newline) while it unmounts.
      mounted = false;
      // And it prints that frame slowly, unless there is nothing in it.
      ink.rerender(null);
      ink.unmount();
    },
  };
}
