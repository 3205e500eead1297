/** A form in a panel in the middle of the screen, or filling it: fields, buttons, messages, and the real cursor. */
import { useContext, useRef, useState } from 'react';
import { Box, type DOMElement } from 'ink';
import { DEPTH, useApp, useLayer, useServices, useWords, type Handlers } from '../services/index.js';
import { useCursor, useScreenSize } from '../ink/index.js';
import {
  FOOT_ROWS,
  labelCells,
  layForm,
  pictureForm,
  type FieldSpec,
  type FormButton,
  type FormResult,
  type FormValues,
} from './form_model.js';
import { usualBodyRows } from './flash.js';
import { inner, panel } from './panel.js';
import { CoveredContext, Rows } from './rows.js';
import { useForm } from './use_form.js';

const FORM_CELLS_MAX = 64;

/** An area takes what the screen has left over, within reason; some rows are kept for what is said. */
const AREA_ROWS = { min: 3, max: 8 } as const;
/** Edges, buttons, and the blank row above these. */
const FRAME_ROWS = 4;
/** Cells of an edge and of the blank beside it. */
const INDENT = 2;

function areaHeight(fields: readonly FieldSpec[], height: number): number {
  const areas = fields.filter(({ kind }) => kind === 'area').length;
  const spare = height - (fields.length - areas) - FRAME_ROWS - FOOT_ROWS;
  return Math.max(AREA_ROWS.min, Math.min(AREA_ROWS.max, Math.floor(spare / Math.max(1, areas))));
}

export type FormProps = {
  readonly cols: number;
  readonly height: number;
  readonly title: string;
  readonly corner?: string;
  readonly intro?: readonly string[];
  /** Rows that the intro has at least, where it may come or go while the form is looked at. */
  readonly intro_rows?: number;
  readonly fields: readonly FieldSpec[];
  readonly submit_label: string;
  readonly onSubmit: (values: FormValues) => Promise<FormResult>;
  readonly buttons?: readonly FormButton[];
  /** What Esc does. */
  readonly onBack?: () => void;
  /** Something stands in its place; what was typed is kept. */
  readonly hidden?: boolean;
};

export function Form(props: FormProps): React.JSX.Element {
  const { cols, height, title, corner = '', intro = [], intro_rows = 0 } = props;
  const { fields, submit_label, buttons = [] } = props;
  const { theme } = useServices();
  const screen = useScreenSize();
  const covered = useContext(CoveredContext);
  const { t } = useWords();
  const box = useRef<DOMElement | null>(null);
  // What is told above the hints takes rows for a while: the form stays where it is.
  const usual = Math.max(height, usualBodyRows(screen.rows));
  const windowFrom = useRef(0);
  const [moved, setMoved] = useState<{ readonly focus_row: number; readonly from: number } | null>(null);
  const roomForIntro = fields.length + FRAME_ROWS + FOOT_ROWS + intro_rows + 1 <= usual;
  const width = Math.min(FORM_CELLS_MAX, cols);
  const field_cells = inner(width) - labelCells(fields, inner(width));
  const form = useForm(fields, buttons, props.onSubmit, field_cells);
  const picture = pictureForm({
    theme,
    t,
    cells: inner(width),
    area_rows: areaHeight(fields, usual),
    intro,
    intro_rows: roomForIntro ? intro_rows : 0,
    fields,
    texts: form.texts,
    revealed: form.revealed,
    focus: form.focus,
    buttons: [submit_label, ...buttons.map(({ label }) => label)],
    errors: form.errors,
    messages: form.messages,
    waiting: form.waiting,
  });
  const scrolled = moved?.focus_row === picture.focus_row ? moved.from : null;
  const laid = layForm(picture, height, usual, { from: windowFrom.current, scrolled });
  windowFrom.current = laid.from;
  const hidden_rows = picture.rows.length - laid.room;
  const scrollBy = (by: number) => (): void =>
    setMoved({ focus_row: picture.focus_row, from: Math.max(0, Math.min(laid.from + by, hidden_rows)) });
  const page = Math.max(1, laid.room - 1);
  const scroll: Handlers = hidden_rows === 0 ? {} : { page_up: scrollBy(-page), page_down: scrollBy(page) };
  const sign = `${laid.from > 0 ? '↑' : ''}${laid.from < hidden_rows ? '↓' : ''}`;
  const side = ' '.repeat(INDENT);
  const rows = laid.framed
    ? panel({ theme, width, title, corner: sign === '' ? corner : sign, active: true }, laid.content)
    : laid.content.map((row) => side + row + side);

  const hidden = props.hidden === true;
  // At the root there is nowhere to go back to.
  const above = useApp((state) => state.screens.length > 1);
  const warn = above || props.onBack !== undefined ? form.warnBeforeLeaving : null;
  useLayer(
    hidden
      ? null
      : {
          depth: DEPTH.field,
          places: [...(form.in_area ? (['area'] as const) : []), 'form', 'field', 'list', 'global'],
          onText: form.onText,
          handlers: {
            ...scroll,
            ...form.handlers,
            ...(warn !== null
              ? { back: warn, quit: warn, tab_home: warn, tab_admin: warn }
              : props.onBack === undefined
                ? {}
                : { back: props.onBack }),
          },
        },
  );
  const seen_row = picture.focus_row - laid.from;
  const inSight = seen_row >= 0 && seen_row < laid.room;
  const cursor =
    picture.cursor_column === null || covered || hidden || !inSight
      ? undefined
      : { row: (laid.framed ? 1 : 0) + laid.focus_row, column: INDENT + picture.cursor_column };
  useCursor(box, cursor);

  return (
    <Box
      display={hidden ? 'none' : 'flex'}
      height={height}
      paddingTop={laid.top}
      paddingLeft={Math.floor((cols - width) / 2)}
      flexDirection="column"
    >
      <Box ref={box} width={width} height={rows.length} flexDirection="column" flexShrink={0}>
        <Rows rows={rows} />
      </Box>
    </Box>
  );
}
