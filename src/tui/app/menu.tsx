/** A menu over the screen: sorting, filters, what can be done with an account, the language. */
import { useEffect, useState } from 'react';
import { Dialog, dialogCells, dialogRows, listKeys, scrollTop } from '../components/index.js';
import { commandName } from '../input/index.js';
import { closeOverlay, type ListName, type MenuName } from '../state/index.js';
import { fit, width as cellsOf } from '../text/index.js';
import { menuOf } from './menu_items.js';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';

const VALUE_CELLS_MAX = 14;

export type MenuProps = {
  readonly cols: number;
  readonly rows: number;
  readonly menu: MenuName;
  readonly account_id?: string | undefined;
  readonly key_id?: string | undefined;
  readonly role?: string | undefined;
  readonly list?: ListName | undefined;
  readonly filter?: string | undefined;
};

export function Menu(props: MenuProps): React.JSX.Element {
  const { cols, rows, menu, account_id, key_id, role, list, filter } = props;
  const { theme, store, effects, now, accessible, clipboard, router } = useServices();
  const { t } = useWords();
  const state = useApp((now) => now);
  const [selected, setSelected] = useState(0);
  const { title, items } = menuOf({
    t,
    state,
    store,
    effects,
    now,
    clipboard,
    keymap: router.keymap,
    menu,
    account_id: account_id ?? null,
    key_id: key_id ?? null,
    role: role ?? null,
    list: list ?? null,
    filter: filter ?? null,
  });
  useEffect(() => (menu === 'copy' ? () => clipboard.forget() : undefined), [menu, clipboard]);
  // It offers all roles: somebody may have made one since they were read.
  const roles = menu === 'user_actions';
  useEffect(() => {
    if (roles) effects.refreshList('roles');
  }, [roles, effects]);
  const at = Math.min(selected, Math.max(0, items.length - 1));

  const choose = (index: number): void => {
    const item = items[index];
    if (item === undefined) return;
    if (item.stays !== true) store.setState(closeOverlay);
    setSelected(index);
    item.run();
  };
  const room = dialogRows(rows);
  useLayer({
    depth: DEPTH.screen,
    places: ['choice', 'list', 'global'],
    modal: true,
    onText: (_text, key) => {
      const letter = key === null ? '' : commandName(key);
      const index = letter === '' ? -1 : items.findIndex((item) => item.letter === letter);
      if (index < 0) return 'refused';
      choose(index);
      return 'acted';
    },
    onDigit: accessible ? (digit) => choose(digit - 1) : undefined,
    handlers: {
      ...listKeys(items.length, at, room, setSelected),
      choose: () => choose(at),
      back: () => store.setState(closeOverlay),
    },
  });

  const cells = dialogCells(cols);
  const top = scrollTop(0, at, room, items.length);
  const values = Math.min(VALUE_CELLS_MAX, Math.max(0, ...items.map(({ value = '' }) => cellsOf(value))));
  const content = items.slice(top, top + room).map((item, place) => {
    const chosen = top + place === at;
    const label = `${chosen ? '▸' : ' '} ${fit(item.letter, 1)}  ${item.label}`;
    const value = item.value ?? '';
    const row = value === '' ? fit(label, cells) : `${fit(label, cells - values - 1)} ${fit(value, values)}`;
    return chosen ? theme.paint('selected', row) : row;
  });
  const corner = `${top > 0 ? '↑' : ''}${top + room < items.length ? '↓' : ''}`;
  return <Dialog cols={cols} rows={rows} title={title} corner={corner} content={content} />;
}
