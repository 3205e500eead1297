/** A secret that was made just now: shown here once, and kept nowhere. */
import { Box } from 'ink';
import { DEPTH, useLayer, useServices, useWords } from '../services/index.js';
import type { MessageKey } from '../i18n/index.js';
import { inner, panel, Rows, useCopy, useScroll } from '../components/index.js';
import { fit, width as cellsOf, wrap } from '../text/index.js';
import type { BodySize } from './body_size.js';

const PANEL_CELLS = 64;
const DONE_CELLS = 20;
const FRAME_ROWS = 2;

type ShownOnceProps = BodySize & {
  readonly title: string;
  /** Each with what it is, where that has to be said. */
  readonly secrets: readonly {
    readonly label: string | null;
    readonly text: string;
    /** How it is called where it is copied. */
    readonly copied: MessageKey;
  }[];
  readonly notes: readonly string[];
  readonly onDone: () => void;
};

export function ShownOnce({
  cols,
  height,
  title,
  secrets,
  notes,
  onDone,
}: ShownOnceProps): React.JSX.Element {
  const { theme } = useServices();
  const { t } = useWords();
  const copying = useCopy(secrets.map(({ copied, text }) => ({ label: copied, text })));
  // A long one gets all the room there is: what breaks into lines is hard to copy.
  const longest = Math.max(...secrets.map(({ text }) => cellsOf(text)));
  const width = Math.min(cols, Math.max(PANEL_CELLS, longest + PANEL_CELLS - inner(PANEL_CELLS)));
  const cells = inner(width);
  const blank = ' '.repeat(cells);
  const lines = (text: string): string[] => wrap(text, cells).map((part) => fit(part, cells));
  const body = [
    ...secrets.flatMap(({ label, text }) => [
      blank,
      ...(label === null ? [] : lines(label).map((line) => theme.paint('dim', line))),
      ...lines(text).map((line) => theme.paint('strong', line)),
    ]),
    blank,
    ...notes.flatMap(lines),
    blank,
  ];
  const done =
    theme.paint('selected', fit(` Enter ${t('code_done')} `, Math.min(cells, DONE_CELLS))) +
    ' '.repeat(Math.max(0, cells - DONE_CELLS));
  // Rather close together than cut off, and what is still too long can be scrolled.
  const room = Math.max(1, height - FRAME_ROWS - 1);
  const shown = body.length <= room ? body : body.filter((row) => row !== blank);
  const scroll = useScroll(shown.length, room);
  const content = [...shown.slice(scroll.top, scroll.top + room), done];
  // Enter and Esc both end it; the letters of other screens must not, or the secret would be gone by a slip.
  useLayer({
    depth: DEPTH.screen,
    places: ['notice', 'list', 'copy', 'global'],
    modal: true,
    handlers: { ...scroll.handlers, ...copying, close: onDone, back: onDone },
  });
  const rows = panel({ theme, width, title, corner: scroll.sign, active: true }, content);
  const top = Math.max(0, Math.floor((height - rows.length) / 2));
  return (
    <Box height={height} paddingTop={top} paddingLeft={Math.floor((cols - width) / 2)} flexDirection="column">
      <Rows rows={rows} />
    </Box>
  );
}
