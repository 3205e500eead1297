/** Making a role. */
import { useWords } from '../services/index.js';
import { SCREENS } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { RoleEditor } from './role_editor.js';

export function CreateRole(size: BodySize): React.JSX.Element {
  const { t } = useWords();
  return (
    <RoleEditor
      {...size}
      role={null}
      title={t(SCREENS.create_role.title)}
      submit_label={t('create_role_submit')}
    />
  );
}
