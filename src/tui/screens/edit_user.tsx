/** Editing another person's profile. */
import { useState } from 'react';
import { useServices, useWords } from '../services/index.js';
import { Rows } from '../components/index.js';
import { fit } from '../text/index.js';
import type { BodySize } from './body_size.js';
import { ProfileEditor } from './profile_editor.js';
import { knownUser } from './user_keys.js';

export function EditUser(props: BodySize & { readonly account_id: string }): React.JSX.Element {
  const { cols, height, account_id } = props;
  const { effects, store } = useServices();
  const { t } = useWords();
  const [account] = useState(() => knownUser(store, account_id));
  if (account === null) return <Rows rows={[fit(` ${t('loading')}`, cols)]} />;
  const name = account.account_name;
  return (
    <ProfileEditor
      cols={cols}
      height={height}
      account={account}
      title={t('edit_user_title', { name })}
      save={(changes, version) => effects.updateUser(account_id, changes, version)}
      read={() => effects.readUser(account_id)}
      saved={{ key: 'user_saved', params: { name } }}
    />
  );
}
