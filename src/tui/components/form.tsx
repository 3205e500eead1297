/** A form in a panel in the middle of the screen, or filling it: fields, buttons, messages, and the real cursor. */
import { useContext, useRef } from 'react';
import { Box, type DOMElement } from 'ink';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';
import { useCursor } from '../ink/index.js';
import {
  labelCells,
  pictureForm,
  windowOf,
  type FieldSpec,
  type FormButton,
  type FormResult,
  type FormValues,
} from './form_model.js';
import { inner, panel } from './panel.js';
import { CoveredContext, Rows } from './rows.js';
import { useForm } from './use_form.js';

const FORM_CELLS_MAX = 64;

/** An area takes what the screen has left over, within reason; some rows are kept for messages. */
const AREA_ROWS = { min: 3, max: 8 } as const;
const MESSAGE_ROWS = 3;
/** Edges, buttons, and the blank row above these. */
const FRAME_ROWS = 4;

function areaHeight(fields: readonly FieldSpec[], height: number): number {
  const areas = fields.filter(({ kind }) => kind === 'area').length;
  const spare = height - (fields.length - areas) - FRAME_ROWS - MESSAGE_ROWS;
  return Math.max(AREA_ROWS.min, Math.min(AREA_ROWS.max, Math.floor(spare / Math.max(1, areas))));
}

export type FormProps = {
  readonly cols: number;
  readonly height: number;
  readonly title: string;
  readonly corner?: string;
  readonly intro?: readonly string[];
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
  const { cols, height, title, corner = '', intro = [], fields, submit_label, buttons = [] } = props;
  const { theme } = useServices();
  const covered = useContext(CoveredContext);
  const { t } = useWords();
  const box = useRef<DOMElement | null>(null);
  const width = Math.min(FORM_CELLS_MAX, cols);
  const field_cells = inner(width) - labelCells(fields, inner(width));
  const form = useForm(fields, buttons, props.onSubmit, field_cells);
  const picture = pictureForm({
    theme,
    t,
    cells: inner(width),
    area_rows: areaHeight(fields, height),
    intro,
    fields,
    texts: form.texts,
    revealed: form.revealed,
    focus: form.focus,
    buttons: [submit_label, ...buttons.map(({ label }) => label)],
    errors: form.errors,
    messages: form.messages,
    waiting: form.waiting,
  });
  const roomy = picture.rows.length + 4 <= height;
  const window = windowOf(picture, height - (roomy ? 4 : 2));
  const blank = ' '.repeat(inner(width));
  const content = roomy ? [blank, ...window.rows, blank] : window.rows;
  const rows = panel({ theme, width, title, corner, active: true }, content);

  const hidden = props.hidden === true;
  // At the root there is nowhere to go back to.
  const above = useApp((state) => state.screens.length > 1);
  const warn = above || props.onBack !== undefined ? form.warnBeforeLeaving : null;
  useLayer(
    hidden
      ? null
      : {
          depth: DEPTH.field,
          places: form.in_area ? ['area', 'form', 'field', 'global'] : ['form', 'field', 'global'],
          onText: form.onText,
          handlers: {
            ...form.handlers,
            ...(warn !== null
              ? { back: warn, quit: warn, tab_home: warn, tab_admin: warn }
              : props.onBack === undefined
                ? {}
                : { back: props.onBack }),
          },
        },
  );
  const cursor =
    picture.cursor_column === null || covered || hidden
      ? undefined
      : { row: 1 + (roomy ? 1 : 0) + picture.focus_row - window.from, column: 2 + picture.cursor_column };
  useCursor(box, cursor);

  const top = Math.max(0, Math.floor((height - rows.length) / 2));
  return (
    <Box
      display={hidden ? 'none' : 'flex'}
      height={height}
      paddingTop={top}
      paddingLeft={Math.floor((cols - width) / 2)}
      flexDirection="column"
    >
      <Box ref={box} width={width} height={rows.length} flexDirection="column" flexShrink={0}>
        <Rows rows={rows} />
      </Box>
    </Box>
  );
}
