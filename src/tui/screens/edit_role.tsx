/** Changing what a role permits, and what is said of it. */
import { useState } from 'react';
import { Rows } from '../components/index.js';
import { useServices, useWords } from '../services/index.js';
import { SCREENS } from '../state/index.js';
import { fit } from '../text/index.js';
import type { BodySize } from './body_size.js';
import { knownRole } from './role_acts.js';
import { RoleEditor } from './role_editor.js';

export function EditRole(props: BodySize & { readonly role: string }): React.JSX.Element {
  const { role: name, ...size } = props;
  const { store } = useServices();
  const { t } = useWords();
  const [role] = useState(() => knownRole(store, name));
  if (role === null) return <Rows rows={[fit(` ${t('loading')}`, size.cols)]} />;
  return (
    <RoleEditor {...size} role={role} title={t(SCREENS.edit_role.title, { name })} submit_label={t('save')} />
  );
}
