/** Choosing a password with a one-time code from an administrator. */
import { useApp, useServices, useWords } from '../app/services.js';
import { Form } from '../components/form.js';
import type { FormResult, FormValues } from '../components/form_model.js';
import { LIMITS } from '../../protocol/index.js';
import { popScreen } from '../state/navigation.js';
import type { BodySize } from './body_size.js';
import { passwordNote } from './password_notes.js';
import { useKeepField } from './use_keep_field.js';

/** Longer than any code, so that a clumsy paste is seen and can be repaired. */
const CODE_LENGTH_MAX = 128;

export function Redeem(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const info = useApp((state) => state.server_info);
  const server = useApp((state) => state.server_label);
  const keep = useKeepField();
  const length_max = 2 * LIMITS.password_length_max;

  const submit = async (values: FormValues): Promise<FormResult> => {
    const password = values['new_password'] ?? '';
    if (password !== values['repeat']) {
      return { field_errors: { repeat: t('passwords_differ') }, clear: ['repeat'] };
    }
    const code = (values['code'] ?? '').trim();
    const outcome = await effects.redeemCode(values['account_name'] ?? '', code, password);
    return outcome.ok ? null : { problem: outcome.problem };
  };
  const back = (): void => store.setState(popScreen);

  return (
    <Form
      {...size}
      title={t('redeem_title')}
      corner={server}
      intro={[t('redeem_help')]}
      fields={[
        {
          name: 'account_name',
          label: t('field_login'),
          kind: 'text',
          required: true,
          length_max: LIMITS.email_length_max,
        },
        { name: 'code', label: t('field_code'), kind: 'text', required: true, length_max: CODE_LENGTH_MAX },
        {
          name: 'new_password',
          label: t('field_new_password'),
          kind: 'password',
          required: true,
          length_max,
          note: passwordNote(t, info?.password_length_min ?? LIMITS.password_length_min),
        },
        { name: 'repeat', label: t('field_repeat'), kind: 'password', required: true, length_max },
        ...keep,
      ]}
      submit_label={t('redeem_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('go_sign_in'), run: back }]}
    />
  );
}
