/** What a form is made of, and how its rows look. Pure; the texts are handed in and kept nowhere. */
import type { Problem, Translate } from '../i18n/index.js';
import type { EditedText } from '../state/index.js';
import { fit, width as cellsOf, wrap } from '../text/index.js';
import type { Theme } from '../theme/index.js';
import { viewArea, type AreaView } from './area_view.js';
import { viewField } from './field_view.js';
import { scrollTop } from './list_keys.js';
import { passwordSlips } from './password_slips.js';

export type TextSpec = {
  readonly name: string;
  readonly label: string;
  /** An area takes several lines. */
  readonly kind: 'text' | 'password' | 'area';
  readonly required?: boolean;
  /** Code points. */
  readonly length_max: number;
  /** Rows that an area takes at most, where that is fewer than there would be room for. */
  readonly rows_max?: number;
  readonly initial?: string;
  /** Lines under the field about what is typed; gets its text and those of all fields, gives words. */
  readonly note?: (value: string, values: FormValues) => readonly string[];
};

/** A yes or no that lives outside of the form; it is no part of what is submitted. */
export type CheckboxSpec = {
  readonly name: string;
  readonly label: string;
  readonly kind: 'checkbox';
  readonly checked: boolean;
  /** Null where it is as it is: what is set is seen, and `note` says why. */
  readonly toggle: (() => void) | null;
  /** What it was at first, where another answer is lost when the form is left. */
  readonly initial?: boolean;
  /** Stands above it: what it and those below it are about. */
  readonly heading?: string;
  /** What is said about it while it has the focus. */
  readonly note?: readonly string[];
};

export type FieldSpec = TextSpec | CheckboxSpec;

export const isText = (field: FieldSpec | undefined): field is TextSpec =>
  field !== undefined && field.kind !== 'checkbox';

export type FormButton = { readonly label: string; readonly run: () => void };

export type FormValues = Readonly<Record<string, string>>;
/** What submitting came to: null is success, and the form is no longer looked at. */
export type FormResult = null | {
  readonly problem?: Problem;
  readonly message?: string;
  readonly field_errors?: Readonly<Record<string, string>>;
  /** Fields that are emptied, for another try. */
  readonly clear?: readonly string[];
  /** Fields that get another text: what changed elsewhere and was not touched here. */
  readonly set?: Readonly<Record<string, string>>;
};

export type FormLook = {
  readonly theme: Theme;
  readonly t: Translate;
  readonly cells: number;
  /** Rows of each area. */
  readonly area_rows: number;
  readonly intro: readonly string[];
  /** Rows that the intro has at least: it may come later. */
  readonly intro_rows: number;
  readonly fields: readonly FieldSpec[];
  readonly texts: ReadonlyMap<string, EditedText>;
  readonly revealed: boolean;
  /** 0 … fields - 1 are fields, the rest are buttons; the first button submits. */
  readonly focus: number;
  readonly buttons: readonly string[];
  /** The first button does nothing for now. */
  readonly waiting: boolean;
  readonly errors: Readonly<Record<string, string>>;
  /** Lines under the buttons, painted already by role. */
  readonly messages: readonly { readonly role: 'error' | 'dim' | 'ok'; readonly text: string }[];
};

export type FormPicture = {
  readonly rows: readonly string[];
  /** What is said about the fields and about sending them; stands below all of it, so that nothing moves. */
  readonly foot: readonly string[];
  readonly cells: number;
  /** The row of the first field. */
  readonly first_row: number;
  /** The row that has the focus, and the cursor's column if it is a field. */
  readonly focus_row: number;
  readonly cursor_column: number | null;
};

const LABEL_CELLS_MAX = 22;

/** Cells before the fields of a form whose rows have `cells`. */
export function labelCells(fields: readonly FieldSpec[], cells: number): number {
  const longest = Math.max(0, ...fields.filter(isText).map(({ label }) => cellsOf(label)));
  return Math.min(longest + 2, LABEL_CELLS_MAX, Math.floor(cells / 2));
}

/** Returns the content rows of a form, each exactly `cells` wide. */
export function pictureForm(look: FormLook): FormPicture {
  const { theme, cells } = look;
  const blank = ' '.repeat(cells);
  const lines = (role: 'error' | 'dim' | 'ok', text: string): string[] =>
    wrap(text, cells).map((line) => theme.paint(role, fit(line, cells)));
  const rows = look.intro.flatMap((line) => lines('dim', line));
  const intro_rows = Math.max(rows.length, look.intro_rows);
  while (rows.length < intro_rows) rows.push(blank);
  if (intro_rows > 0) rows.push(blank);

  const first_row = rows.length;

  const labels = labelCells(look.fields, cells);
  const foot: string[] = [];
  let focus_row = 0;
  let cursor_column: number | null = null;
  for (const [at, field] of look.fields.entries()) {
    const focused = at === look.focus;
    if (!isText(field)) {
      if (field.heading !== undefined) rows.push(...lines('dim', field.heading));
      if (focused) {
        focus_row = rows.length;
        cursor_column = 1;
        for (const line of field.note ?? []) foot.push(...lines('dim', line));
      }
      const fixed = field.toggle === null;
      const box = field.checked ? (fixed ? ' x ' : '[x]') : fixed ? ' - ' : '[ ]';
      for (const [line, part] of wrap(field.label, Math.max(1, cells - box.length - 1)).entries()) {
        const text = `${line === 0 ? box : ' '.repeat(box.length)} ${part}`;
        rows.push(theme.paint(focused ? 'accent' : fixed ? 'dim' : 'plain', fit(text, cells)));
      }
      continue;
    }
    const text = look.texts.get(field.name) ?? { parts: [], cursor: 0 };
    const view = viewText(field, text, look, cells - labels);
    if (focused) {
      focus_row = rows.length + view.cursor.row;
      cursor_column = labels + view.cursor.column;
    }
    const error = look.errors[field.name];
    const label = error === undefined ? fit(field.label, labels) : `${fit(field.label, labels - 2)}✗ `;
    for (const [line, shown] of view.rows.entries()) {
      rows.push(
        theme.paint(
          error !== undefined ? 'error' : focused ? 'accent' : 'plain',
          line === 0 ? label : fit('', labels),
        ) + theme.paint(focused ? 'field_active' : 'field', shown),
      );
    }
    if (error !== undefined) foot.push(...lines('error', `✗ ${field.label}: ${error}`));
    else if (focused) {
      const value = text.parts.join('');
      const slips = field.kind === 'password' ? passwordSlips(look.t, value) : [];
      for (const line of [...slips, ...(field.note?.(value, valuesOf(look)) ?? [])])
        foot.push(...lines('dim', line));
    }
  }
  rows.push(blank);
  for (const row of buttonRows(look)) {
    if (row.focused) focus_row = rows.length;
    rows.push(row.text);
  }
  for (const { role, text } of look.messages) foot.push(...lines(role, text));
  return { rows, foot, cells, first_row, focus_row, cursor_column };
}

function viewText(field: TextSpec, text: EditedText, look: FormLook, cells: number): AreaView {
  if (field.kind === 'area')
    return viewArea(text, cells, Math.min(look.area_rows, field.rows_max ?? look.area_rows));
  const { shown, cursor } = viewField(text, cells, field.kind === 'password' && !look.revealed);
  return { rows: [shown], cursor: { row: 0, column: cursor } };
}

const valuesOf = ({ texts }: FormLook): FormValues =>
  Object.fromEntries([...texts].map(([name, { parts }]) => [name, parts.join('')]));

/** Buttons in as many rows as they need. */
function buttonRows(look: FormLook): { text: string; focused: boolean }[] {
  const { theme, cells } = look;
  const rows: { text: string; focused: boolean }[] = [];
  let line = '';
  let used = 0;
  let focused = false;
  const flush = (): void => {
    rows.push({ text: line + ' '.repeat(Math.max(0, cells - used)), focused });
    line = '';
    used = 0;
    focused = false;
  };
  for (const [at, label] of look.buttons.entries()) {
    const active = look.focus === look.fields.length + at;
    const wanted = fit(`${active ? '▸' : ' '} ${label} `, Math.min(cells, cellsOf(label) + 3));
    const gap = used === 0 ? 0 : 2;
    if (used + gap + cellsOf(wanted) > cells && used > 0) flush();
    const space = used === 0 ? '' : '  ';
    line +=
      space + theme.paint(active ? 'selected' : at > 0 ? 'plain' : look.waiting ? 'dim' : 'strong', wanted);
    used += space.length + cellsOf(wanted);
    focused ||= active;
  }
  if (used > 0) flush();
  return rows;
}

/** How a form lies in the rows that it has. */
export type FormLayout = {
  /** Where its panel begins. It stays there, whatever is said below the fields, as long as there is room. */
  readonly top: number;
  /** On very few rows the edges give way. */
  readonly framed: boolean;
  readonly content: readonly string[];
  /** The row of the content that has the focus. */
  readonly focus_row: number;
  /** The row of the picture that is shown first; the window begins there again the next time. */
  readonly from: number;
  /** Rows of the picture that are shown. */
  readonly room: number;
};

/** Rows below the buttons that are kept for what is said. */
export const FOOT_ROWS = 4;
const EDGES = 2;
const FRAMED_ROWS_MIN = 7;

/**
 * `height`: rows there are now; `usual`: rows there are while nothing is told above the hints. Where not all of it fits, the
 * fields are a window around the focus, and what is said is seen in any case.
 */
export function layForm(
  picture: FormPicture,
  height: number,
  usual: number,
  /** Where the window was; where somebody has scrolled it to. */
  { from, scrolled }: { readonly from: number; readonly scrolled: number | null },
): FormLayout {
  const { rows, foot, cells, first_row } = picture;
  const framed = height >= FRAMED_ROWS_MIN;
  const edges = framed ? EDGES : 0;
  const margin = rows.length + FOOT_ROWS + EDGES + 1 <= usual ? 1 : 0;
  const most = Math.max(1, height - edges);
  const kept = Math.max(0, Math.min(FOOT_ROWS, usual - EDGES - margin - rows.length));
  const said = foot.slice(0, Math.max(0, most - 1));
  const room = Math.max(1, Math.min(rows.length, most - said.length));
  // At the first field what stands above it is seen, too.
  const followed = scrollTop(picture.focus_row <= first_row ? 0 : from, picture.focus_row, room, rows.length);
  const first = scrolled === null ? followed : Math.max(0, Math.min(scrolled, rows.length - room));
  const shown = rows.slice(first, first + room);
  const above = shown.length + said.length + margin <= most ? margin : 0;
  const blank = ' '.repeat(cells);
  const content = [...Array.from({ length: above }, () => blank), ...shown, ...said];
  while (content.length < Math.min(most, margin + rows.length + kept)) content.push(blank);
  const top = Math.floor((usual - EDGES - margin - rows.length - kept) / 2);
  return {
    top: Math.max(0, Math.min(top, height - content.length - edges)),
    framed,
    content,
    focus_row: above + picture.focus_row - first,
    from: first,
    room,
  };
}
