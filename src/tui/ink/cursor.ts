/**
 * Where the real cursor is: a text field claims it relative to its own Box, the Ink host asks for the place when a frame
 * goes out. Input methods and screen readers follow the real cursor, so it is never painted. Must not know Ink's output.
 */
import { createContext, useContext, useLayoutEffect, useState, type RefObject } from 'react';
import type { DOMElement } from 'ink';
import type { CursorPosition } from '../terminal/index.js';

type Claim = { readonly ref: RefObject<DOMElement | null>; readonly offset: CursorPosition };

/** All claims of the cursor in one Ink tree. The latest claim owns it; when it ends, the one before does. */
export class CursorClaims {
  readonly #claims = new Map<symbol, Claim>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Sets or moves one owner's claim; undefined ends it. */
  set(owner: symbol, claim: Claim | undefined): void {
    if (claim !== undefined) this.#claims.set(owner, claim);
    else if (!this.#claims.delete(owner)) return;
    this.#onChange();
  }

  /** Returns the owner's place on the screen, as laid out last; undefined if nobody claims the cursor. */
  position(): CursorPosition | undefined {
    const claim = Array.from(this.#claims.values()).at(-1);
    const node = claim?.ref.current;
    if (claim === undefined || node === null || node === undefined) return undefined;
    const origin = screenOrigin(node);
    return { row: origin.row + claim.offset.row, column: origin.column + claim.offset.column };
  }
}

/** Returns the absolute place of a laid-out node's upper left corner (its border, if it has one). */
export function screenOrigin(node: DOMElement): CursorPosition {
  let row = 0;
  let column = 0;
  for (let at: DOMElement | undefined = node; at !== undefined; at = at.parentNode) {
    row += at.yogaNode?.getComputedTop() ?? 0;
    column += at.yogaNode?.getComputedLeft() ?? 0;
  }
  return { row, column };
}

/** Provided by the Ink host. */
export const CursorContext = createContext<CursorClaims | undefined>(undefined);

/**
 * Puts the terminal's cursor at `offset` from the upper left corner of the Box behind `ref`; `undefined` leaves it to
 * others. Pass an offset only while the field has the focus: with several claims the latest wins.
 */
export function useCursor(ref: RefObject<DOMElement | null>, offset: CursorPosition | undefined): void {
  const claims = useContext(CursorContext);
  const [owner] = useState(() => Symbol('cursor'));
  const row = offset?.row;
  const column = offset?.column;
  useLayoutEffect(() => {
    claims?.set(
      owner,
      row === undefined || column === undefined ? undefined : { ref, offset: { row, column } },
    );
  }, [claims, owner, ref, row, column]);
  useLayoutEffect(() => () => claims?.set(owner, undefined), [claims, owner]);
}
