/** The command line behind `:`: commands, and every act that the keys could do below it. Tab completes, Enter runs. */
import { useReducer, useRef, useState } from 'react';
import type { DOMElement } from 'ink';
import {
  Dialog,
  dialogCells,
  dialogRows,
  hintLabel,
  listKeys,
  scrollTop,
  viewField,
} from '../components/index.js';
import { type Binding, shownKey } from '../input/index.js';
import {
  closeOverlay,
  type Edit,
  editedText,
  editText,
  EMPTY_TEXT,
  openOverlay,
  setQuery,
  setScreen,
  textOf,
  undoable,
} from '../state/index.js';
import { useCursor } from '../ink/index.js';
import { fit } from '../text/index.js';
import { PALETTE_COMMANDS, parsePalette, type PaletteCommand } from './palette_commands.js';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';

const LINE_LENGTH_MAX = 120;
const WORD_CELLS = 10;

type PaletteProps = {
  readonly cols: number;
  readonly rows: number;
  /** What was in force when the palette was opened. */
  readonly bindings: readonly Binding[];
};

type Offer = { readonly word: string; readonly label: string; readonly run: () => void };

export function Palette({ cols, rows, bindings }: PaletteProps): React.JSX.Element {
  const { theme, store, router, now } = useServices();
  const { t } = useWords();
  const box = useRef<DOMElement | null>(null);
  const line = useRef(EMPTY_TEXT);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [selected, setSelected] = useState(0);
  const [unknown, setUnknown] = useState<string | null>(null);
  const signedIn = useApp((state) => state.session !== null);
  const mayAdmin = useApp((state) => state.session?.permissions.includes('users.read') === true);

  const close = (): void => store.setState(closeOverlay);
  const possible = (word: string): boolean =>
    word === 'users' ? mayAdmin : word === 'home' || word === 'logout' ? signedIn : true;
  const run = (command: PaletteCommand): void => {
    if (command.kind === 'unknown' || (command.kind !== 'sign_out' && !possible(command.kind))) {
      setUnknown(command.kind === 'unknown' ? command.word : command.kind);
      return;
    }
    close();
    switch (command.kind) {
      case 'users':
        store.setState(setScreen({ name: 'users' }));
        store.setState(undoable(setQuery(command.query), null, now()));
        return;
      case 'home':
        store.setState(setScreen({ name: 'home' }));
        return;
      case 'quit':
        store.setState(openOverlay({ name: 'confirm', act: { kind: 'quit', signed_in: signedIn } }));
        return;
      case 'sign_out':
        if (signedIn) store.setState(openOverlay({ name: 'confirm', act: { kind: 'sign_out' } }));
        return;
      case 'help':
        // Once the palette is gone from the input stack, so that the help shows what lies below it.
        queueMicrotask(() => store.setState(openOverlay({ name: 'help' })));
        return;
      case 'language': {
        const { language } = command;
        store.setState(undoable((state) => ({ ...state, language }), { key: 'undo_language' }, now()));
        return;
      }
      case 'theme': {
        const { theme: name } = command;
        store.setState(undoable((state) => ({ ...state, theme: name }), { key: 'undo_theme' }, now()));
      }
    }
  };
  const text = textOf(line.current);
  const typed = text.replace(/^\s*:?/, '');
  const put = (value: string): void => {
    line.current = editedText(value);
    setUnknown(null);
    redraw();
  };
  const offers: readonly Offer[] = [
    ...PALETTE_COMMANDS.filter(
      ({ word }) => possible(word) && typed.split(' ')[0] !== word && word.startsWith(typed),
    ).map(({ word, rest }) => ({
      word,
      label: rest,
      run: () => (rest === '' ? run(parsePalette(word)) : put(`${word} `)),
    })),
    ...bindings
      .filter(({ id }) => id !== 'palette')
      .map((binding) => ({
        word: shownKey(binding.keys[0] ?? ''),
        label: hintLabel(t, binding),
        run: () => {
          close();
          // Once the palette is gone from the input stack, so that the act reaches the place it belongs to.
          queueMicrotask(() => router.run(binding.id));
        },
      }))
      .filter(({ label }) => label.toLocaleLowerCase().includes(typed.trim().toLocaleLowerCase())),
  ];
  const room = Math.max(1, dialogRows(rows) - 3);
  const at = Math.min(selected, Math.max(0, offers.length - 1));
  const edit = (change: Edit): void => {
    line.current = editText(line.current, change, LINE_LENGTH_MAX);
    setSelected(0);
    setUnknown(null);
    redraw();
  };
  const submit = (): void => {
    const command = parsePalette(text);
    // What was typed in full counts; else the chosen offer.
    if (typed.trim() !== '' && command.kind !== 'unknown' && selected === 0) run(command);
    else if (offers[at] === undefined) run(command);
    else offers[at].run();
  };
  const { up, down } = listKeys(offers.length, at, room, setSelected);
  useLayer({
    depth: DEPTH.field,
    places: ['palette', 'choice', 'field', 'list', 'global'],
    modal: true,
    onText: (part) => {
      edit({ kind: 'insert', text: part.replace(/[\n\t]+/g, ' ') });
      return 'typed';
    },
    handlers: {
      ...(up === undefined || down === undefined ? {} : { up, down }),
      choose: submit,
      back: close,
      complete: () => {
        const offer = PALETTE_COMMANDS.find(({ word }) => possible(word) && word.startsWith(typed));
        if (offer !== undefined) put(offer.rest === '' ? offer.word : `${offer.word} `);
      },
      field_backspace: () => (text === '' ? close() : edit({ kind: 'backspace' })),
      field_left: () => edit({ kind: 'left' }),
      field_right: () => edit({ kind: 'right' }),
      field_home: () => edit({ kind: 'home' }),
      field_end: () => edit({ kind: 'end' }),
      field_word_back: () => edit({ kind: 'word_back' }),
      field_kill_left: () => edit({ kind: 'kill_left' }),
      ...(text === '' ? {} : { interrupt: () => edit({ kind: 'clear' }) }),
    },
  });

  const cells = dialogCells(cols);
  const view = viewField(line.current, cells - 2, false);
  useCursor(box, { row: 1, column: 4 + view.cursor });
  const top = scrollTop(0, at, room, offers.length);
  const content = [
    `${theme.paint('key', ':')} ${theme.paint('field_active', view.shown)}`,
    unknown === null
      ? ' '.repeat(cells)
      : theme.paint('error', fit(t('palette_unknown', { word: unknown }), cells)),
    ...offers.slice(top, top + room).map(({ word, label }, place) => {
      const chosen = top + place === at;
      const row = `${chosen ? '▸' : ' '} ${fit(word, WORD_CELLS)} ${fit(label, cells - WORD_CELLS - 3)}`;
      return chosen ? theme.paint('selected', row) : row;
    }),
  ];
  return <Dialog cols={cols} rows={rows} title={t('palette_title')} content={content} box={box} />;
}
