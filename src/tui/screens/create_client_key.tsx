/** Making a client key for a program or machine. The key is shown here once and is kept nowhere. */
import { useState } from 'react';
import { Form, type FormResult, type FormValues } from '../components/index.js';
import type { NewClientKey } from '../effects/index.js';
import { LIMITS } from '../../protocol/index.js';
import { useApp, useServices, useWords } from '../services/index.js';
import { heldBy, popScreen, SCREENS } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { clientPermissionFields, clientPermissionsChosen, toggled } from './client_key_fields.js';
import { NewClientKeyPanel } from './new_client_key.js';
import { wholeNumber } from './whole_number.js';

/** About ten years; one without an end is better than one beyond. */
const DAYS_MAX = 3_650;
const DAYS_LENGTH_MAX = 4;
const NOTHING: ReadonlySet<string> = new Set();

export function CreateClientKey(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const held = heldBy(useApp((state) => state.person));
  const [made, setMade] = useState<NewClientKey | null>(null);
  const [chosen, setChosen] = useState(NOTHING);
  const back = (): void => store.setState(popScreen);
  if (made !== null) return <NewClientKeyPanel {...size} made={made} rotated={false} />;

  const submit = async (values: FormValues): Promise<FormResult> => {
    const typed = (values['days'] ?? '').trim();
    const days = wholeNumber(typed, 1, DAYS_MAX);
    if (typed !== '' && days === null)
      return { field_errors: { days: t('field_whole_number', { min: 1, max: DAYS_MAX }) } };
    const outcome = await effects.createClientKey(
      (values['name'] ?? '').trim(),
      days,
      clientPermissionsChosen(chosen),
    );
    if (!outcome.ok) return { problem: outcome.problem };
    setMade(outcome.value);
    return null;
  };

  return (
    <Form
      {...size}
      title={t(SCREENS.create_client_key.title)}
      intro={[t('create_client_key_note')]}
      fields={[
        {
          name: 'name',
          label: t('field_name'),
          kind: 'text',
          required: true,
          length_max: LIMITS.client_key_name_length_max,
        },
        {
          name: 'days',
          label: t('field_key_days'),
          kind: 'text',
          length_max: DAYS_LENGTH_MAX,
          note: (days) => (days === '' ? [t('field_key_days_note')] : []),
        },
        ...clientPermissionFields(t, chosen, NOTHING, held, (permission) =>
          setChosen((before) => toggled(before, permission)),
        ),
      ]}
      submit_label={t('create_client_key_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}
