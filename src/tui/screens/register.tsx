/** Making an account of one's own. What isn't needed is out of the way until it is asked for. */
import { useState } from 'react';
import { useApp, useServices, useWords } from '../services/index.js';
import { type FieldSpec, Form, type FormResult, type FormValues } from '../components/index.js';
import { LIMITS } from '../../protocol/index.js';
import { popScreen } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { PERSON_FIELDS, personTyped, profileFields } from './profile_fields.js';
import { useKeepField } from './use_keep_field.js';
import { useNewPassword } from './use_new_password.js';

export function Register(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const info = useApp((state) => state.server_info);
  const server = useApp((state) => state.server_label);
  const keep = useKeepField();
  const new_password = useNewPassword('password');
  const [more, setMore] = useState(false);
  const asksCode = info?.setup_required === true && !info.setup_code_found;

  const submit = async (values: FormValues): Promise<FormResult> => {
    const differ = new_password.differs(values);
    if (differ !== null) return differ;
    const setup_code = (values['setup_code'] ?? '').trim();
    const outcome = await effects.register({
      account_name: values['account_name'] ?? '',
      password: values['password'] ?? '',
      setup_code: setup_code === '' ? null : setup_code,
      person: personTyped(values),
    });
    return outcome.ok ? null : { problem: outcome.problem };
  };

  const fields: FieldSpec[] = [
    {
      name: 'account_name',
      label: t('field_login'),
      kind: 'text',
      required: true,
      // Decomposed, as it may be pasted, a name is longer than it counts.
      length_max: 2 * LIMITS.account_name_length_max,
    },
    ...new_password.fields,
    ...(asksCode
      ? [{ name: 'setup_code', label: t('field_setup_code'), kind: 'text', length_max: 64 } as const]
      : []),
    ...keep,
    {
      name: 'more',
      label: t('register_more'),
      kind: 'checkbox',
      checked: more,
      toggle: () => setMore(!more),
    },
    ...(more ? profileFields(t, null, PERSON_FIELDS) : []),
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
