/** Finished rows as Ink elements: one `<Text>` a row. The only place where strings become elements. */
import { createContext, useContext } from 'react';
import { Text } from 'ink';
import { asciiRow } from '../theme/index.js';
import { useServices } from '../services/index.js';
import { graphemes, graphemeWidth } from '../text/index.js';

/**
 * True below an open dialog. Ink lays the dialog over the rows cell by cell and would cut a wide character in half, so
 * wide characters below become two dots while they are covered.
 */
export const CoveredContext = createContext(false);

const narrow = (row: string): string =>
  row.replace(/[^\x00-\x7f]+/g, (run) =>
    graphemes(run)
      .map((grapheme) => (graphemeWidth(grapheme) > 1 ? '·'.repeat(graphemeWidth(grapheme)) : grapheme))
      .join(''),
  );

export function Rows({ rows }: { readonly rows: readonly string[] }): React.JSX.Element {
  const covered = useContext(CoveredContext);
  const { ascii } = useServices();
  return (
    <>
      {rows.map((row, at) => {
        const bare = covered ? narrow(row) : row;
        const shown = ascii ? asciiRow(bare) : bare;
        return (
          // Rows have no identity beyond their place on the screen.
          <Text key={at} wrap="truncate-end">
            {shown === '' ? ' ' : shown}
          </Text>
        );
      })}
    </>
  );
}
