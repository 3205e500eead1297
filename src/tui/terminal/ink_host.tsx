/**
 * Runs Ink as a layout engine: React elements in, whole frames as strings out, with the cursor's place. In Ink's debug
 * mode each commit writes the whole frame to "stdout", which here is an object that passes it on; Ink never sees the
 * terminal, its input, its size or CI variables. Must not diff or write: that is the frame writer's.
 */
import { EventEmitter } from 'node:events';
import { Component, createContext, useContext, type ReactNode } from 'react';
import { Box, render } from 'ink';
import { CursorClaims, CursorContext } from './cursor.ts';
import type { CursorPosition, ScreenSize } from './frame_writer.ts';

/** How to mount, and whom to tell. */
export type InkHostOptions = {
  readonly columns: number;
  readonly rows: number;
  /** One whole frame: `rows` lines joined by `\n`, trailing spaces cut, and the cursor if a field claims it. */
  readonly onFrame: (frame: string, cursor: CursorPosition | undefined) => void;
  /** A component threw while rendering; the screen is empty now. By default the error is thrown as uncaught. */
  readonly onError?: (error: unknown) => void;
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

/** The screen's size, for components that choose their layout by it. */
export function useScreenSize(): ScreenSize {
  return useContext(SizeContext);
}

/** Takes what Ink writes. In debug mode each write with content is one whole frame. */
class FrameCatcher extends EventEmitter {
  readonly isTTY = false;
  columns: number;
  rows: number;
  private readonly onFrame: (frame: string) => void;

  constructor(size: ScreenSize, onFrame: (frame: string) => void) {
    super();
    this.columns = size.columns;
    this.rows = size.rows;
    this.onFrame = onFrame;
  }

  readonly write = (frame: string): boolean => {
    this.onFrame(frame);
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

  // Ink writes the frame in the middle of a commit, before layout effects ran and a newly focused field could claim the
  // cursor. So a frame is kept until the commit is over; then both belong together.
  const deliver = (): void => {
    if (!dirty || !mounted || frame === undefined) return;
    dirty = false;
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
    schedule();
  });
  const stdin = new EventEmitter();

  const onError = options.onError ?? throwUncaught;
  const tree = (): ReactNode => (
    <CursorContext value={claims}>
      <SizeContext value={size}>
        <Box width={size.columns} height={size.rows} flexDirection="column">
          <ErrorBoundary onError={onError}>{current}</ErrorBoundary>
        </Box>
      </SizeContext>
    </CursorContext>
  );

  const ink = render(tree(), {
    // Ink types its streams as tty streams, but in debug mode calls only write, on, off and reads columns, rows, isTTY.
    stdout: stdout as unknown as NodeJS.WriteStream,
    // As above: nothing below uses Ink's input hooks (D3), so the dummy is only passed around.
    stdin: stdin as unknown as NodeJS.ReadStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
    isScreenReaderEnabled: options.screenReader ?? false,
  });
  deliver();

  const renderNow = (): void => {
    if (!mounted) return;
    ink.rerender(tree());
    deliver();
  };
  return {
    rerender(next) {
      current = next;
      renderNow();
    },
    resize(columns, rows) {
      size = { columns, rows };
      stdout.columns = columns;
      stdout.rows = rows;
      renderNow();
    },
    flush: renderNow,
    unmount() {
      if (!mounted) return;
      // First, because Ink writes a last frame (with CI set, a bare newline) while it unmounts.
      mounted = false;
      ink.unmount();
    },
  };
}
