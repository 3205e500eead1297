/** The one door of tui/components: what screens are made of. Ink elements and the rows behind them; nothing here knows a screen. */
export { Dialog, dialogCells, dialogRows } from './dialog.js';
export { viewField } from './field_view.js';
export { useFlash } from './flash.js';
export { Form } from './form.js';
export { type CheckboxSpec, type FieldSpec, type FormResult, type FormValues } from './form_model.js';
export { hintLabel, KeyHints } from './key_hints.js';
export { listKeys, scrollTop } from './list_keys.js';
export { beside, inner, labelled, panel } from './panel.js';
export { problemWords, saidWords } from './problem_words.js';
export { CoveredContext, Rows } from './rows.js';
export { StatusBar } from './status_bar.js';
export { type Cell, type Column, headerRow, type LaidColumn, layColumns, tableRow } from './table.js';
export { useSearchField } from './use_search_field.js';
