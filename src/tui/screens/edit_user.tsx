/** Editing another person's profile. */
import { useState } from 'react';
import { useServices, useWords } from '../app/services.js';
import { Form } from '../components/form.js';
import type { FormResult, FormValues } from '../components/form_model.js';
import { Rows } from '../components/rows.js';
import { popScreen } from '../state/navigation.js';
import { fit } from '../text/index.js';
import type { BodySize } from './body_size.js';
import { profileChanges, profileFields } from './profile_fields.js';
import { knownUser } from './user_keys.js';

export function EditUser(props: BodySize & { readonly account_id: string }): React.JSX.Element {
  const { cols, height, account_id } = props;
  const { effects, store } = useServices();
  const { t } = useWords();
  const [account] = useState(() => knownUser(store, account_id));
  if (account === null) return <Rows rows={[fit(` ${t('loading')}`, cols)]} />;

  const back = (): void => store.setState(popScreen);
  const submit = async (values: FormValues): Promise<FormResult> => {
    const changes = profileChanges(values, account);
    if (changes === null) return { message: t('nothing_changed') };
    const outcome = await effects.updateUser(account_id, changes, account.version);
    if (!outcome.ok) return { problem: outcome.problem };
    back();
    effects.toast('ok', { key: 'user_saved', params: { name: account.account_name } });
    return null;
  };

  return (
    <Form
      cols={cols}
      height={height}
      title={t('edit_user_title', { name: account.account_name })}
      fields={profileFields(t, account)}
      submit_label={t('save')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}
