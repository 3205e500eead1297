/** Signing in with login and password; the root for everyone who isn't signed in. Says why a session ended. */
import { useState } from 'react';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';
import { Form, inner, panel, Rows, type FormResult, type FormValues } from '../components/index.js';
import { LIMITS } from '../../protocol/index.js';
import { openOverlay, pushScreen } from '../state/index.js';
import { fit, wrap } from '../text/index.js';
import type { BodySize } from './body_size.js';
import { useKeepField } from './use_keep_field.js';

export function SignIn(size: BodySize): React.JSX.Element {
  const resuming = useApp((state) => state.resuming);
  return (
    <>
      {resuming === null ? null : <Resuming {...size} account_name={resuming.account_name} />}
      <SignInForm {...size} hidden={resuming !== null} />
    </>
  );
}

const RESUMING_CELLS = 64;

/** Stands in the place of the form while a kept session is taken up: what is typed meanwhile is meant for nobody. */
function Resuming({
  cols,
  height,
  account_name,
}: BodySize & { readonly account_name: string | null }): React.JSX.Element {
  const { theme, effects } = useServices();
  const { t } = useWords();
  const server = useApp((state) => state.server_label);
  useLayer({
    depth: DEPTH.screen,
    places: ['global'],
    modal: true,
    handlers: { back: () => effects.signInAnew() },
  });
  const width = Math.min(RESUMING_CELLS, cols);
  const cells = inner(width);
  const words = account_name === null ? t('resuming') : t('resuming_as', { name: account_name });
  const content = [
    ...wrap(words, cells).map((line) => fit(line, cells)),
    ' '.repeat(cells),
    ...wrap(t('resuming_esc'), cells).map((line) => theme.paint('dim', fit(line, cells))),
  ];
  const rows = panel({ theme, width, title: t('sign_in_title'), corner: server, active: true }, content);
  const left = ' '.repeat(Math.floor((cols - width) / 2));
  const top = Math.max(0, Math.floor((height - rows.length) / 2));
  return <Rows rows={[...Array.from({ length: top }, () => ' '), ...rows.map((row) => left + row)]} />;
}

function SignInForm({ hidden, ...size }: BodySize & { readonly hidden: boolean }): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const reason = useApp((state) => state.signed_out_reason);
  const server = useApp((state) => state.server_label);
  const keep = useKeepField();
  const info = useApp((state) => state.server_info);
  // Read when the form opens: whoever signs in or out comes here anew.
  const [kept] = useState(() => effects.keptAccounts().length > 0);

  const submit = async (values: FormValues): Promise<FormResult> => {
    const outcome = await effects.signIn(values['account_name'] ?? '', values['password'] ?? '');
    if (outcome.ok) return null;
    // Without a connection nothing was tried, so nothing typed is taken away.
    const tried = outcome.problem.code === 'invalid_credentials';
    return { problem: outcome.problem, clear: tried ? ['password'] : [] };
  };
  const intro = [
    ...(reason === null ? [] : [t(`signed_out_${reason}`)]),
    ...(info?.setup_required === true
      ? [t(info.setup_code_found ? 'sign_in_first' : 'sign_in_first_code')]
      : []),
    ...(info?.auto_register === true ? [t('sign_in_registers')] : []),
  ];

  return (
    <Form
      {...size}
      hidden={hidden}
      title={t('sign_in_title')}
      corner={server}
      intro={intro}
      intro_rows={1}
      fields={[
        {
          name: 'account_name',
          label: t('field_login'),
          kind: 'text',
          required: true,
          length_max: LIMITS.email_length_max,
        },
        {
          name: 'password',
          label: t('field_password'),
          kind: 'password',
          required: true,
          length_max: 2 * LIMITS.password_length_max,
        },
        ...keep,
      ]}
      submit_label={t('sign_in_submit')}
      onSubmit={submit}
      buttons={[
        { label: t('go_register'), run: () => store.setState(pushScreen({ name: 'register' })) },
        { label: t('go_redeem'), run: () => store.setState(pushScreen({ name: 'redeem' })) },
        ...(kept
          ? [
              {
                label: t('go_accounts'),
                run: () => store.setState(openOverlay({ name: 'menu', menu: 'accounts' })),
              },
            ]
          : []),
        { label: t('go_connect'), run: () => store.setState(pushScreen({ name: 'connect' })) },
      ]}
    />
  );
}
