/** Editing one's own profile. */
import { useState } from 'react';
import { useServices, useWords } from '../app/services.js';
import { Form } from '../components/form.js';
import type { FormResult, FormValues } from '../components/form_model.js';
import { Rows } from '../components/rows.js';
import { popScreen } from '../state/navigation.js';
import type { BodySize } from './body_size.js';
import { profileChanges, profileFields } from './profile_fields.js';

export function EditProfile(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  // The account as it was when editing began: a change from elsewhere must be noticed, not overwritten.
  const [account] = useState(() => store.getState().session?.account ?? null);
  if (account === null) return <Rows rows={[]} />;

  const back = (): void => store.setState(popScreen);
  const submit = async (values: FormValues): Promise<FormResult> => {
    const changes = profileChanges(values, account);
    if (changes === null) return { message: t('nothing_changed') };
    const outcome = await effects.updateProfile(changes, account.version);
    if (!outcome.ok) return { problem: outcome.problem };
    back();
    effects.toast('ok', { key: 'profile_saved' });
    return null;
  };

  return (
    <Form
      {...size}
      title={t('edit_profile_title')}
      corner={account.account_name}
      fields={profileFields(t, account)}
      submit_label={t('save')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}
