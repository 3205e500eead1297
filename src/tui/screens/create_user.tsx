/** Making an account for someone else. The one-time code is shown here once and is kept nowhere. */
import { useState } from 'react';
import { Box } from 'ink';
import { DEPTH, useLayer, useServices, useWords } from '../services/index.js';
import { Form, type FormResult, type FormValues, inner, panel, Rows } from '../components/index.js';
import type { CreatedUser, NewUser } from '../effects/index.js';
import { dateTime } from '../i18n/index.js';
import { LIMITS } from '../../protocol/index.js';
import { popScreen } from '../state/index.js';
import { fit, wrap } from '../text/index.js';
import type { BodySize } from './body_size.js';
import { profileFields } from './profile_fields.js';

const CODE_PANEL_CELLS_MAX = 64;
const NEW_USER_FIELDS = ['first_name', 'last_name', 'email', 'phone'] as const;

export function CreateUser(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const [created, setCreated] = useState<CreatedUser | null>(null);
  const back = (): void => store.setState(popScreen);
  if (created !== null) return <CodePanel {...size} created={created} onDone={back} />;

  const submit = async (values: FormValues): Promise<FormResult> => {
    const user: NewUser = { account_name: (values['account_name'] ?? '').trim() };
    for (const name of NEW_USER_FIELDS) {
      const value = (values[name] ?? '').trim();
      if (value !== '') user[name] = value;
    }
    const outcome = await effects.createUser(user);
    if (!outcome.ok) return { problem: outcome.problem };
    setCreated(outcome.value);
    return null;
  };

  return (
    <Form
      {...size}
      title={t('create_user_title')}
      intro={[t('create_user_note')]}
      fields={[
        {
          name: 'account_name',
          label: t('field_login'),
          kind: 'text',
          required: true,
          length_max: LIMITS.account_name_length_max,
        },
        ...profileFields(t, null, NEW_USER_FIELDS),
      ]}
      submit_label={t('create_user_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}

type CodePanelProps = BodySize & { readonly created: CreatedUser; readonly onDone: () => void };

function CodePanel({ cols, height, created, onDone }: CodePanelProps): React.JSX.Element {
  const { theme } = useServices();
  const { t, language } = useWords();
  // Enter and Esc both end it; the letters of other screens must not, or the code would be gone by a slip.
  useLayer({
    depth: DEPTH.screen,
    places: ['notice', 'global'],
    modal: true,
    handlers: { close: onDone, back: onDone },
  });
  const width = Math.min(CODE_PANEL_CELLS_MAX, cols);
  const cells = inner(width);
  const text = (line: string): string[] => wrap(line, cells).map((part) => fit(part, cells));
  const rows = panel(
    { theme, width, title: t('code_title', { name: created.account.account_name }), active: true },
    [
      ' '.repeat(cells),
      ...text(created.code).map((line) => theme.paint('strong', line)),
      ' '.repeat(cells),
      ...text(t('code_note')),
      ...text(t('code_expires', { when: dateTime(language, created.code_expires_at) })),
      ' '.repeat(cells),
      theme.paint('selected', fit(` Enter ${t('code_done')} `, Math.min(cells, 20))) +
        ' '.repeat(Math.max(0, cells - 20)),
    ],
  );
  const top = Math.max(0, Math.floor((height - rows.length) / 2));
  return (
    <Box height={height} paddingTop={top} paddingLeft={Math.floor((cols - width) / 2)} flexDirection="column">
      <Rows rows={rows} />
    </Box>
  );
}
