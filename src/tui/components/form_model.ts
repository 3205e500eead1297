/** What a form is made of, and how its rows look. Pure; the texts are handed in and kept nowhere. */
import type { Problem, Translate } from '../i18n/index.js';
import type { EditedText } from '../state/index.js';
import { fit, width as cellsOf, wrap } from '../text/index.js';
import type { Theme } from '../theme/index.js';
import { viewArea, type AreaView } from './area_view.js';
import { viewField } from './field_view.js';
import { passwordSlips } from './password_slips.js';

export type TextSpec = {
  readonly name: string;
  readonly label: string;
  /** An area takes several lines. */
  readonly kind: 'text' | 'password' | 'area';
  readonly required?: boolean;
  /** Code points. */
  readonly length_max: number;
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
  readonly toggle: () => void;
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
  const rows: string[] = [];
  const say = (role: 'error' | 'dim' | 'ok', text: string, indent: number): void => {
    for (const line of wrap(text, Math.max(1, cells - indent))) {
      rows.push(' '.repeat(indent) + theme.paint(role, fit(line, cells - indent)));
    }
  };
  for (const line of look.intro) say('dim', line, 0);
  if (look.intro.length > 0) rows.push(' '.repeat(cells));

  const labels = labelCells(look.fields, cells);
  let focus_row = 0;
  let cursor_column: number | null = null;
  for (const [at, field] of look.fields.entries()) {
    const focused = at === look.focus;
    if (!isText(field)) {
      if (focused) {
        focus_row = rows.length;
        cursor_column = 1;
      }
      const box = field.checked ? '[x]' : '[ ]';
      rows.push(theme.paint(focused ? 'accent' : 'plain', fit(`${box} ${field.label}`, cells)));
      continue;
    }
    const text = look.texts.get(field.name) ?? { parts: [], cursor: 0 };
    const view = viewText(field, text, look, cells - labels);
    if (focused) {
      focus_row = rows.length + view.cursor.row;
      cursor_column = labels + view.cursor.column;
    }
    for (const [line, shown] of view.rows.entries()) {
      rows.push(
        theme.paint(focused ? 'accent' : 'plain', fit(line === 0 ? field.label : '', labels)) +
          theme.paint(focused ? 'field_active' : 'field', shown),
      );
    }
    const error = look.errors[field.name];
    if (error !== undefined) say('error', `✗ ${error}`, labels);
    else if (focused) {
      const value = text.parts.join('');
      const slips = field.kind === 'password' ? passwordSlips(look.t, value) : [];
      for (const line of [...slips, ...(field.note?.(value, valuesOf(look)) ?? [])]) say('dim', line, labels);
    }
  }
  rows.push(' '.repeat(cells));
  for (const row of buttonRows(look)) {
    if (row.focused) focus_row = rows.length;
    rows.push(row.text);
  }
  for (const { role, text } of look.messages) say(role, text, 0);
  return { rows, focus_row, cursor_column };
}

function viewText(field: TextSpec, text: EditedText, look: FormLook, cells: number): AreaView {
  if (field.kind === 'area') return viewArea(text, cells, look.area_rows);
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

/** Returns the window of `height` rows around the focus. */
export function windowOf(
  picture: FormPicture,
  height: number,
): { readonly from: number; readonly rows: readonly string[] } {
  const hidden = picture.rows.length - height;
  if (hidden <= 0) return { from: 0, rows: picture.rows };
  const from = Math.max(0, Math.min(hidden, picture.focus_row - Math.floor(height / 2)));
  return { from, rows: picture.rows.slice(from, from + height) };
}
