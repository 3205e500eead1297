/** Making the next key under the id of a client key. It is shown here once and is kept nowhere. */
import { useState } from 'react';
import { Form, Rows, type FormResult, type FormValues } from '../components/index.js';
import type { NewClientKey } from '../effects/index.js';
import { ago } from '../i18n/index.js';
import { LIMITS } from '../../protocol/index.js';
import { useServices, useWords } from '../services/index.js';
import { LISTS, popScreen, SCREENS } from '../state/index.js';
import { fit } from '../text/index.js';
import type { BodySize } from './body_size.js';
import { knownClientKey } from './client_key_acts.js';
import { NewClientKeyPanel } from './new_client_key.js';
import { wholeNumber } from './whole_number.js';

const HOURS_MAX = LIMITS.client_key_overlap_hours_max;
const HOURS_LENGTH_MAX = 3;

export function RotateClientKey(props: BodySize & { readonly key_id: string }): React.JSX.Element {
  const { key_id, ...size } = props;
  const { effects, store, now } = useServices();
  const { t, language } = useWords();
  const [key] = useState(() => knownClientKey(store, key_id));
  const [made, setMade] = useState<NewClientKey | null>(null);
  if (key === null) return <Rows rows={[fit(` ${t('loading')}`, size.cols)]} />;
  if (made !== null) return <NewClientKeyPanel {...size} made={made} rotated />;
  const back = (): void => store.setState(popScreen);

  const submit = async (values: FormValues): Promise<FormResult> => {
    const hours = wholeNumber(values['overlap_hours'] ?? '', 0, HOURS_MAX);
    if (hours === null)
      return { field_errors: { overlap_hours: t('field_whole_number', { min: 0, max: HOURS_MAX }) } };
    const outcome = await effects.rotateClientKey(key_id, hours);
    if (!outcome.ok) return { problem: outcome.problem };
    setMade(outcome.value);
    return null;
  };

  const older_used = ago(t, language, key.current?.last_used_at ?? null, now());
  return (
    <Form
      {...size}
      title={t(SCREENS.rotate_client_key.title, { name: LISTS.client_keys.name(key) })}
      intro={[
        t('rotate_client_key_note'),
        ...(key.next === null ? [] : [t('rotate_client_key_again', { when: older_used })]),
        ...(effects.keyInUse() === key_id ? [t('rotate_client_key_own')] : []),
      ]}
      fields={[
        {
          name: 'overlap_hours',
          label: t('field_overlap_hours'),
          kind: 'text',
          required: true,
          length_max: HOURS_LENGTH_MAX,
          initial: String(LIMITS.client_key_overlap_hours_default),
          note: (hours) => (wholeNumber(hours, 0, 0) === 0 ? [t('field_overlap_none')] : []),
        },
      ]}
      submit_label={t('rotate_client_key_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}
