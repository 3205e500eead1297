/** The roles that text can have. Screens name these and nothing else. */
export type Paint =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'title'
  | 'border'
  | 'border_active'
  | 'accent'
  | 'ok'
  | 'warn'
  | 'error'
  | 'selected'
  | 'tab_active'
  | 'field'
  | 'field_active'
  | 'key'
  | 'hint'
  | 'banner';
