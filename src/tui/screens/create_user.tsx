/** Making an account for someone else. The one-time code is shown here once and is kept nowhere. */
import { useState } from 'react';
import { useServices, useWords } from '../services/index.js';
import { Form, type FormResult, type FormValues } from '../components/index.js';
import type { CreatedUser, NewUser } from '../effects/index.js';
import { dateTime } from '../i18n/index.js';
import { LIMITS } from '../../protocol/index.js';
import { popScreen } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { PERSON_FIELDS, personTyped, profileFields } from './profile_fields.js';
import { ShownOnce } from './shown_once.js';

export function CreateUser(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t, language } = useWords();
  const [created, setCreated] = useState<CreatedUser | null>(null);
  const back = (): void => store.setState(popScreen);
  if (created !== null) {
    return (
      <ShownOnce
        {...size}
        title={t('code_title', { name: created.account.account_name })}
        secrets={[{ label: null, text: created.code, copied: 'copy_code' }]}
        notes={[t('code_note'), t('code_expires', { when: dateTime(language, created.code_expires_at) })]}
        onDone={back}
      />
    );
  }

  const submit = async (values: FormValues): Promise<FormResult> => {
    const user: NewUser = { account_name: (values['account_name'] ?? '').trim(), ...personTyped(values) };
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
        ...profileFields(t, null, PERSON_FIELDS),
      ]}
      submit_label={t('create_user_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}
