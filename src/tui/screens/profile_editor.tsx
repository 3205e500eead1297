/**
 * Editing a profile, one's own or another's: the form, then what would change, then saving. When someone else was faster,
 * what they changed is shown, what was typed here stays, and saving is offered again.
 */
import { useRef, useState } from 'react';
import { DEPTH, useLayer, useServices, useWords } from '../services/index.js';
import {
  Form,
  type FormResult,
  type FormValues,
  inner,
  keyRows,
  panel,
  Rows,
  useKeyOf,
  useScroll,
} from '../components/index.js';
import type { ProfileChanges } from '../effects/index.js';
import type { Attempt, Said, Translate } from '../i18n/index.js';
import type { Account } from '../../protocol/index.js';
import { popScreen } from '../state/index.js';
import { fit, width as cellsOf, wrap } from '../text/index.js';
import type { Theme } from '../theme/index.js';
import type { BodySize } from './body_size.js';
import {
  differences,
  profileChanges,
  profileFields,
  PROFILE_FIELD_NAMES,
  type Difference,
} from './profile_fields.js';

export type ProfileEditorProps = BodySize & {
  /** The account as it was when editing began: a change from elsewhere must be noticed, not overwritten. */
  readonly account: Account;
  readonly title: string;
  readonly corner?: string;
  readonly save: (changes: ProfileChanges, version: number) => Promise<Attempt<Account>>;
  readonly read: () => Promise<Attempt<Account>>;
  readonly saved: Said;
};

type Asking = {
  readonly changes: readonly Difference[];
  readonly answer: (go: boolean) => void;
};

export function ProfileEditor(props: ProfileEditorProps): React.JSX.Element {
  const { cols, height, title, corner = '' } = props;
  const { effects, store } = useServices();
  const { t } = useWords();
  const base = useRef(props.account);
  const [asking, setAsking] = useState<Asking | null>(null);

  const back = (): void => store.setState(popScreen);
  const ask = (changes: readonly Difference[]): Promise<boolean> =>
    new Promise((resolve) => {
      const answer = (go: boolean): void => {
        setAsking(null);
        resolve(go);
      };
      setAsking({ changes, answer });
    });
  const submit = async (values: FormValues): Promise<FormResult> => {
    const before = base.current;
    const changes = profileChanges(values, before);
    if (changes === null) return { message: t('nothing_changed') };
    if (!(await ask(differences(before, { ...before, ...changes })))) return null;
    const outcome = await props.save(changes, before.version);
    if (outcome.ok) {
      back();
      effects.toast('ok', props.saved);
      return null;
    }
    if (outcome.problem.code !== 'stale_version') return { problem: outcome.problem };
    return merge(values);
  };
  /** Takes what someone else saved as the new beginning. Fields that were touched here keep what was typed. */
  const merge = async (values: FormValues): Promise<FormResult> => {
    const before = base.current;
    const now = await props.read();
    if (!now.ok) return { problem: now.problem };
    base.current = now.value;
    const theirs = differences(before, now.value);
    const set = Object.fromEntries(
      theirs
        .filter(({ name }) => (values[name] ?? '') === (before[name] ?? ''))
        .map(({ name }) => [name, now.value[name] ?? '']),
    );
    const what = theirs.map(({ name, to }) => `${t(`field_${name}`)} → ${to ?? t('none')}`).join('; ');
    return { message: t('stale_merged', { what: what === '' ? t('stale_other') : what }), set };
  };

  return (
    <>
      {asking === null ? null : <DiffPanel {...{ cols, height, title }} asking={asking} />}
      <Form
        cols={cols}
        height={height}
        hidden={asking !== null}
        title={title}
        corner={corner}
        fields={profileFields(t, props.account)}
        submit_label={t('save')}
        onSubmit={submit}
        onBack={back}
        buttons={[{ label: t('cancel'), run: back }]}
      />
    </>
  );
}

const DIFF_CELLS_MAX = 76;
const EDGES = 2;

type DiffPanelProps = BodySize & { readonly title: string; readonly asking: Asking };

function DiffPanel({ cols, height, title, asking }: DiffPanelProps): React.JSX.Element {
  const { theme } = useServices();
  const { t } = useWords();
  const width = Math.min(DIFF_CELLS_MAX, cols);
  const cells = inner(width);
  const all = diffRows(t, theme, asking.changes, cells);
  const keys = keyRows(t('diff_keys', { yes: useKeyOf('confirm_yes') }), cells).map((row) =>
    theme.paint('strong', row),
  );
  const room = Math.max(1, height - EDGES - 1 - keys.length);
  const scroll = useScroll(all.length, room);
  useLayer({
    depth: DEPTH.field,
    places: ['confirm', 'list', 'global'],
    modal: true,
    handlers: {
      ...scroll.handlers,
      confirm_yes: () => asking.answer(true),
      back: () => asking.answer(false),
    },
  });
  const content = [...all.slice(scroll.top, scroll.top + room), ' '.repeat(cells), ...keys];
  const corner = scroll.sign === '' ? t('diff_corner') : scroll.sign;
  const rows = panel({ theme, width, title, corner, active: true }, content);
  const left = ' '.repeat(Math.floor((cols - width) / 2));
  const top = Math.max(0, Math.floor((height - rows.length) / 2));
  return <Rows rows={[...Array.from({ length: top }, () => ' '), ...rows.map((row) => left + row)]} />;
}

function diffRows(t: Translate, theme: Theme, changes: readonly Difference[], cells: number): string[] {
  const labels = Math.min(
    Math.max(...PROFILE_FIELD_NAMES.map((name) => cellsOf(t(`field_${name}`)))) + 2,
    Math.floor(cells / 2),
  );
  const room = cells - labels - 2;
  const lines = (sign: string, role: 'error' | 'ok', label: string, value: string | null): string[] =>
    wrap(value ?? t('none'), room).map(
      (line, at) =>
        theme.paint('dim', fit(at === 0 ? label : '', labels)) +
        theme.paint(role, `${at === 0 ? sign : ' '} ${fit(line, room)}`),
    );
  return changes.flatMap(({ name, from, to }) => [
    ...lines('-', 'error', t(`field_${name}`), from),
    ...lines('+', 'ok', '', to),
  ]);
}
