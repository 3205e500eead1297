/** The one door of tui/components: what screens are made of. Ink elements and the rows behind them; nothing here knows a screen. */
export { Dialog, dialogCells, dialogRows } from './dialog.js';
export { editKeys, useEditedText } from './edit_keys.js';
export { viewField } from './field_view.js';
export { useFlash } from './flash.js';
export { Form } from './form.js';
export { type CheckboxSpec, type FieldSpec, type FormResult, type FormValues } from './form_model.js';
export { hintLabel, KeyHints } from './key_hints.js';
export { listKeys, scrollTop } from './list_keys.js';
export { listPanel, panelRoom } from './list_panel.js';
export { ListScreen } from './list_screen.js';
export { beside, inner, labelled, labelledPanel, panel } from './panel.js';
export { passwordSlips } from './password_slips.js';
export { problemWords, saidWords } from './problem_words.js';
export { CoveredContext, Rows } from './rows.js';
export { StatusBar } from './status_bar.js';
export type { Cell, Column } from './table.js';
export { useRowsShown } from './use_rows_shown.js';
export { useSearchField } from './use_search_field.js';
