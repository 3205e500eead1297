/** The command line behind `:`: commands, and every act that the keys could do below it. Tab completes, Enter runs. */
import { useRef, useState } from 'react';
import type { DOMElement } from 'ink';
import {
  Dialog,
  dialogCells,
  dialogRows,
  hintLabel,
  listKeys,
  scrollTop,
  useEditedText,
  useLayout,
  viewField,
} from '../components/index.js';
import { type Binding, keysOn } from '../input/index.js';
import {
  closeOverlay,
  mayBeAt,
  openOverlay,
  plainScreen,
  setQuery,
  setScreen,
  undoable,
} from '../state/index.js';
import { useCursor } from '../ink/index.js';
import { fit } from '../text/index.js';
import { useQuit } from './use_quit.js';
import { PALETTE_COMMANDS, parsePalette, screenOfWord, type PaletteCommand } from './palette_commands.js';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';

const LINE_LENGTH_MAX = 120;
const WORD_CELLS = 10;
const HEAD_ROWS = 2;

type PaletteProps = {
  readonly cols: number;
  readonly rows: number;
  /** What was in force when the palette was opened. */
  readonly bindings: readonly Binding[];
};

type Unknown = { readonly word: string; readonly near: string | null };

type Offer = { readonly word: string; readonly label: string; readonly run: () => void };

export function Palette({ cols, rows, bindings }: PaletteProps): React.JSX.Element {
  const { theme, store, router, now, effects } = useServices();
  const askToQuit = useQuit();
  const { t } = useWords();
  const layout = useLayout();
  const box = useRef<DOMElement | null>(null);
  const [selected, setSelected] = useState(0);
  const [unknown, setUnknown] = useState<Unknown | null>(null);
  const line = useEditedText('', LINE_LENGTH_MAX, () => {
    setSelected(0);
    setUnknown(null);
  });
  const permissions = useApp((state) => state.person.session?.permissions ?? null);
  const signedIn = permissions !== null;

  const close = (): void => store.setState(closeOverlay);
  const possible = (word: string): boolean => {
    const screen = screenOfWord(word);
    return screen === null ? word !== 'logout' || signedIn : mayBeAt(screen, permissions);
  };
  const run = (command: PaletteCommand): void => {
    if (command.kind === 'unknown') {
      const { word, near } = command;
      // What this person may not see isn't offered either.
      setUnknown({ word, near: near === null || possible(near) ? near : null });
      return;
    }
    if (command.kind === 'screen' && !mayBeAt(command.screen, permissions)) {
      setUnknown({ word: command.word, near: null });
      return;
    }
    close();
    switch (command.kind) {
      case 'screen':
        store.setState(setScreen(plainScreen(command.screen)));
        if (command.asks !== null)
          store.setState(undoable(setQuery(command.asks.list, command.asks.query), null, now()));
        return;
      case 'ask_before_quitting':
        store.setState({ asks_before_quitting: command.on });
        effects.toast('ok', { key: command.on ? 'quits_asking' : 'quits_at_once' });
        return;
      case 'quit':
        askToQuit();
        return;
      case 'sign_out':
        if (signedIn) store.setState(openOverlay({ name: 'confirm', act: { kind: 'sign_out' } }));
        return;
      case 'accounts':
        store.setState(openOverlay({ name: 'menu', menu: 'accounts' }));
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
  const unknownText = ({ word, near }: Unknown): string =>
    near === null ? t('palette_unknown', { word }) : t('palette_near', { word, near });
  const text = line.value();
  const typed = text.replace(/^\s*:?/, '');
  const put = (value: string): void => {
    line.set(value);
    setUnknown(null);
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
        word: keysOn(layout, binding.keys)[0] ?? '',
        label: hintLabel(t, binding),
        run: () => {
          close();
          // Once the palette is gone from the input stack, so that the act reaches the place it belongs to.
          queueMicrotask(() => router.run(binding.id));
        },
      }))
      .filter(({ label }) => label.toLocaleLowerCase().includes(typed.trim().toLocaleLowerCase())),
  ];
  const room = Math.max(1, dialogRows(rows) - HEAD_ROWS - 1);
  const at = Math.min(selected, Math.max(0, offers.length - 1));
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
    onText: line.onText,
    handlers: {
      ...line.handlers,
      ...(up === undefined || down === undefined ? {} : { up, down }),
      choose: submit,
      back: close,
      complete: () => {
        const offer = PALETTE_COMMANDS.find(({ word }) => possible(word) && word.startsWith(typed));
        if (offer !== undefined) put(offer.rest === '' ? offer.word : `${offer.word} `);
      },
      ...(text === '' ? { field_backspace: close } : {}),
    },
  });

  const cells = dialogCells(cols);
  const view = viewField(line.text, cells - 2, false);
  useCursor(box, { row: 1, column: 4 + view.cursor });
  const top = scrollTop(0, at, room, offers.length);
  const content = [
    `${theme.paint('key', ':')} ${theme.paint('field_active', view.shown)}`,
    unknown === null ? ' '.repeat(cells) : theme.paint('error', fit(unknownText(unknown), cells)),
    ...offers.slice(top, top + room).map(({ word, label }, place) => {
      const chosen = top + place === at;
      const row = `${chosen ? '▸' : ' '} ${fit(word, WORD_CELLS)} ${fit(label, cells - WORD_CELLS - 3)}`;
      return chosen ? theme.paint('selected', row) : row;
    }),
  ];
  const words = PALETTE_COMMANDS.filter(({ word }) => possible(word)).length;
  return (
    <Dialog
      cols={cols}
      rows={rows}
      title={t('palette_title')}
      content={content}
      content_rows={HEAD_ROWS + Math.min(room, words + bindings.length)}
      box={box}
    />
  );
}
