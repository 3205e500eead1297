/** Making an account of one's own. The password is typed twice; the repetition never leaves this screen. */
import { useApp, useServices, useWords } from '../app/services.js';
import { Form } from '../components/form.js';
import type { FieldSpec, FormResult, FormValues } from '../components/form_model.js';
import { LIMITS } from '../../protocol/index.js';
import { popScreen } from '../state/navigation.js';
import type { BodySize } from './body_size.js';
import { passwordNote } from './password_notes.js';
import { useKeepField } from './use_keep_field.js';

export function Register(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const info = useApp((state) => state.server_info);
  const server = useApp((state) => state.server_label);
  const keep = useKeepField();
  const length_min = info?.password_length_min ?? LIMITS.password_length_min;
  const asksCode = info?.setup_required === true && !info.setup_code_found;

  const submit = async (values: FormValues): Promise<FormResult> => {
    const password = values['password'] ?? '';
    if (password !== values['repeat']) {
      return { field_errors: { repeat: t('passwords_differ') }, clear: ['repeat'] };
    }
    const setup_code = (values['setup_code'] ?? '').trim();
    const outcome = await effects.register({
      account_name: values['account_name'] ?? '',
      password,
      setup_code: setup_code === '' ? null : setup_code,
    });
    return outcome.ok ? null : { problem: outcome.problem };
  };

  const fields: FieldSpec[] = [
    {
      name: 'account_name',
      label: t('field_login'),
      kind: 'text',
      required: true,
      length_max: LIMITS.account_name_length_max,
    },
    {
      name: 'password',
      label: t('field_password'),
      kind: 'password',
      required: true,
      length_max: 2 * LIMITS.password_length_max,
      note: passwordNote(t, length_min),
    },
    {
      name: 'repeat',
      label: t('field_repeat'),
      kind: 'password',
      required: true,
      length_max: 2 * LIMITS.password_length_max,
    },
    ...(asksCode
      ? [{ name: 'setup_code', label: t('field_setup_code'), kind: 'text', length_max: 64 } as const]
      : []),
    ...keep,
  ];
  const intro =
    info === null
      ? []
      : info.setup_required
        ? [t(asksCode ? 'register_first_code' : 'register_first')]
        : info.registration_open
          ? []
          : [t('registration_closed_note')];
  const back = (): void => store.setState(popScreen);

  return (
    <Form
      {...size}
      title={t('register_title')}
      corner={server}
      intro={intro}
      fields={fields}
      submit_label={t('register_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('go_sign_in'), run: back }]}
    />
  );
}
