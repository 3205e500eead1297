/** Changing what a program may do by its client key with nobody signed in. */
import { useState } from 'react';
import { Form, Rows, type FormResult } from '../components/index.js';
import { useApp, useServices, useWords } from '../services/index.js';
import { heldBy, LISTS, popScreen, SCREENS } from '../state/index.js';
import { fit } from '../text/index.js';
import type { BodySize } from './body_size.js';
import { knownClientKey } from './client_key_acts.js';
import { clientPermissionFields, clientPermissionsChosen, toggled } from './client_key_fields.js';

export function EditClientKey(props: BodySize & { readonly key_id: string }): React.JSX.Element {
  const { key_id, ...size } = props;
  const { effects, store } = useServices();
  const { t } = useWords();
  const held = heldBy(useApp((state) => state.person));
  const [key] = useState(() => knownClientKey(store, key_id));
  const [first] = useState<ReadonlySet<string>>(() => new Set(key?.permissions));
  const [chosen, setChosen] = useState(first);
  if (key === null) return <Rows rows={[fit(` ${t('loading')}`, size.cols)]} />;
  const name = LISTS.client_keys.name(key);
  const back = (): void => store.setState(popScreen);

  const submit = async (): Promise<FormResult> => {
    const permissions = clientPermissionsChosen(chosen);
    if (permissions.length === first.size && permissions.every((one) => first.has(one)))
      return { message: t('nothing_changed') };
    const outcome = await effects.updateClientKey(key_id, permissions);
    if (!outcome.ok) return { problem: outcome.problem };
    back();
    effects.toast('ok', { key: 'client_key_saved', params: { name } });
    return null;
  };

  return (
    <Form
      {...size}
      title={t(SCREENS.edit_client_key.title, { name })}
      intro={[t('edit_client_key_note')]}
      fields={clientPermissionFields(t, chosen, first, held, (permission) =>
        setChosen((before) => toggled(before, permission)),
      )}
      submit_label={t('save')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}
