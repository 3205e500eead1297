/** Signing in with login and password; the root for everyone who isn't signed in. Says why a session ended. */
import { useApp, useServices, useWords } from '../services/index.js';
import { Form, type FormResult, type FormValues } from '../components/index.js';
import { LIMITS } from '../../protocol/index.js';
import { pushScreen } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { useKeepField } from './use_keep_field.js';

export function SignIn(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const reason = useApp((state) => state.signed_out_reason);
  const server = useApp((state) => state.server_label);
  const keep = useKeepField();
  const info = useApp((state) => state.server_info);

  const submit = async (values: FormValues): Promise<FormResult> => {
    const outcome = await effects.signIn(values['account_name'] ?? '', values['password'] ?? '');
    if (outcome.ok) return null;
    // Without a connection nothing was tried, so nothing typed is taken away.
    const tried = outcome.problem.code === 'invalid_credentials';
    return { problem: outcome.problem, clear: tried ? ['password'] : [] };
  };
  const intro = [
    ...(reason === null ? [] : [t(`signed_out_${reason}`)]),
    ...(info?.setup_required === true ? [t('register_first')] : []),
  ];

  return (
    <Form
      {...size}
      title={t('sign_in_title')}
      corner={server}
      intro={intro}
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
        { label: t('go_connect'), run: () => store.setState(pushScreen({ name: 'connect' })) },
      ]}
    />
  );
}
