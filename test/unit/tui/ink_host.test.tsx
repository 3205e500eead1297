import { useLayoutEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { Box, Text, type DOMElement } from 'ink';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { mountInk, useCursor, useScreenSize, type InkHost } from '../../../src/tui/ink/index.js';
import type { CursorPosition } from '../../../src/tui/terminal/index.js';

type Shown = { lines: string[]; cursor: CursorPosition | undefined };

const hosts: InkHost[] = [];
afterEach(() => hosts.splice(0).forEach((host) => host.unmount()));

function mount(
  element: ReactNode,
  columns = 20,
  rows = 5,
  onError?: (error: unknown) => void,
): { host: InkHost; frames: Shown[] } {
  const frames: Shown[] = [];
  const host = mountInk(element, {
    columns,
    rows,
    onFrame: (frame, cursor) => frames.push({ lines: frame.split('\n'), cursor }),
    ...(onError && { onError }),
  });
  hosts.push(host);
  return { host, frames };
}

function Size(): ReactNode {
  const { columns, rows } = useScreenSize();
  return <Text>{`${columns}x${rows}`}</Text>;
}

function Field({ at, children = 'field' }: { at: number | undefined; children?: string }): ReactNode {
  const ref = useRef<DOMElement>(null);
  useCursor(ref, at === undefined ? undefined : { row: 0, column: at });
  return (
    <Box ref={ref}>
      <Text>{children}</Text>
    </Box>
  );
}

describe('mountInk', () => {
  it('hands out whole frames of the screen’s height, the first before it returns', () => {
    const { host, frames } = mount(<Text>one</Text>);
    expect(frames).toEqual([{ lines: ['one', '', '', '', ''], cursor: undefined }]);
    host.rerender(<Text>two</Text>);
    expect(frames).toHaveLength(2);
    expect(frames[1]?.lines).toEqual(['two', '', '', '', '']);
  });

  it('lays out anew on resize, with one frame', () => {
    const { host, frames } = mount(
      <Box justifyContent="flex-end">
        <Size />
      </Box>,
    );
    host.resize(12, 3);
    expect(frames.map(({ lines }) => lines)).toEqual([
      ['                20x5', '', '', '', ''],
      ['        12x3', '', ''],
    ]);
  });

  it('cuts what is taller than the screen', () => {
    const { frames } = mount(<Text>{'a\nb\nc\nd'}</Text>, 10, 2);
    expect(frames[0]?.lines).toEqual(['a', 'b']);
  });

  it('shows a store’s changes in the same tick, several as one frame', async () => {
    let count = 0;
    const listeners = new Set<() => void>();
    const set = (next: number): void => {
      count = next;
      for (const listener of listeners) listener();
    };
    const subscribe = (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    const Counter = (): ReactNode => <Text>{`count ${useSyncExternalStore(subscribe, () => count)}`}</Text>;
    const { frames } = mount(<Counter />);
    // Passive effects, where the subscription happens, run a little later.
    await new Promise((next) => setTimeout(next, 20));
    set(1);
    set(2);
    // A few microtasks, no timer and no turn of the event loop: that is what "the same tick" means.
    for (let i = 0; i < 5; i++) await Promise.resolve();
    expect(frames.map(({ lines }) => lines[0])).toEqual(['count 0', 'count 2']);
  });

  it('shows a component’s own state one turn of the event loop later, or at once by flush', async () => {
    let setCount: (count: number) => void = () => undefined;
    const Counter = (): ReactNode => {
      const [count, set] = useState(0);
      // The test stands for a key handler, which would hold the setter the same way.
      useLayoutEffect(() => {
        setCount = set;
      });
      return <Text>{`count ${count}`}</Text>;
    };
    const { host, frames } = mount(<Counter />);
    setCount(1);
    host.flush();
    expect(frames.map(({ lines }) => lines[0])).toEqual(['count 0', 'count 1']);
    setCount(2);
    await vi.waitFor(() => expect(frames.at(-1)?.lines[0]).toBe('count 2'));
  });

  it('reports what a component throws and keeps the host alive', () => {
    const errors: unknown[] = [];
    const Bad = (): ReactNode => {
      throw new Error('bad screen');
    };
    const { host, frames } = mount(<Text>good</Text>, 20, 2, (error) => errors.push(error));
    host.rerender(<Bad />);
    expect(errors).toMatchObject([{ message: 'bad screen' }]);
    expect(frames.at(-1)?.lines).toEqual(['', '']);
  });

  it('is silent after unmount', () => {
    const { host, frames } = mount(<Text>one</Text>);
    host.unmount();
    host.rerender(<Text>two</Text>);
    host.resize(3, 3);
    expect(frames).toHaveLength(1);
  });
});

describe('useCursor', () => {
  const nested = (at: number | undefined): ReactNode => (
    <Box flexDirection="column" paddingLeft={3}>
      <Text>header</Text>
      <Box borderStyle="round" marginTop={1} paddingX={1}>
        <Text>Login </Text>
        <Field at={at}>anna</Field>
      </Box>
    </Box>
  );

  it('is absolute for a nested box, in the first frame already', () => {
    const { frames } = mount(nested(4), 30, 6);
    const { lines, cursor } = frames[0]!;
    expect(cursor).toEqual({ row: 3, column: 3 + 1 + 1 + 6 + 4 });
    expect(lines[3]?.slice(0, cursor!.column)).toMatch(/Login anna$/);
  });

  it('follows offset and layout, and is gone when nobody claims it', () => {
    const { host, frames } = mount(nested(4), 30, 6);
    host.rerender(nested(2));
    expect(frames.at(-1)?.cursor).toEqual({ row: 3, column: 13 });
    host.rerender(<Box paddingLeft={2}>{nested(2)}</Box>);
    expect(frames.at(-1)?.cursor).toEqual({ row: 3, column: 15 });
    host.rerender(nested(undefined));
    expect(frames.at(-1)?.cursor).toBeUndefined();
    host.rerender(nested(1));
    host.rerender(<Text>no field</Text>);
    expect(frames.at(-1)?.cursor).toBeUndefined();
  });

  it('belongs to the latest claim, and goes back when that ends', () => {
    const page = (dialog: boolean): ReactNode => (
      <Box flexDirection="column">
        <Field at={1} />
        {dialog && <Field at={2} />}
      </Box>
    );
    const { host, frames } = mount(page(false));
    host.rerender(page(true));
    host.rerender(page(false));
    expect(frames.map(({ cursor }) => cursor)).toEqual([
      { row: 0, column: 1 },
      { row: 1, column: 2 },
      { row: 0, column: 1 },
    ]);
  });
});
