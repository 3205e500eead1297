/** Editing one's own profile. */
import { useState } from 'react';
import { useServices, useWords } from '../services/index.js';
import { Rows } from '../components/index.js';
import type { BodySize } from './body_size.js';
import { ProfileEditor } from './profile_editor.js';

export function EditProfile(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const [account] = useState(() => store.getState().person.session?.account ?? null);
  if (account === null) return <Rows rows={[]} />;
  return (
    <ProfileEditor
      {...size}
      account={account}
      title={t('edit_profile_title')}
      corner={account.account_name}
      save={(changes, version) => effects.updateProfile(changes, version)}
      read={() => effects.readProfile()}
      saved={{ key: 'profile_saved' }}
    />
  );
}
