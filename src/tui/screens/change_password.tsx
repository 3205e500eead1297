/** Changing one's own password; all other sessions end with it. */
import { useApp, useServices, useWords } from '../app/services.js';
import { Form } from '../components/form.js';
import type { FormResult, FormValues } from '../components/form_model.js';
import { LIMITS } from '../../protocol/index.js';
import { popScreen } from '../state/navigation.js';
import type { BodySize } from './body_size.js';
import { passwordNote } from './password_notes.js';

export function ChangePassword(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const info = useApp((state) => state.server_info);
  const length_max = 2 * LIMITS.password_length_max;
  const back = (): void => store.setState(popScreen);

  const submit = async (values: FormValues): Promise<FormResult> => {
    const wanted = values['new_password'] ?? '';
    if (wanted !== values['repeat']) {
      return { field_errors: { repeat: t('passwords_differ') }, clear: ['repeat'] };
    }
    const outcome = await effects.changePassword(values['current_password'] ?? '', wanted);
    if (!outcome.ok) {
      const wrong = outcome.problem.code === 'current_password_wrong';
      return { problem: outcome.problem, clear: wrong ? ['current_password'] : [] };
    }
    back();
    effects.toast('ok', { key: 'password_changed', params: { count: outcome.value } });
    return null;
  };

  return (
    <Form
      {...size}
      title={t('change_password_title')}
      intro={[t('change_password_note')]}
      fields={[
        {
          name: 'current_password',
          label: t('field_current_password'),
          kind: 'password',
          required: true,
          length_max,
        },
        {
          name: 'new_password',
          label: t('field_new_password'),
          kind: 'password',
          required: true,
          length_max,
          note: passwordNote(t, info?.password_length_min ?? LIMITS.password_length_min),
        },
        { name: 'repeat', label: t('field_repeat'), kind: 'password', required: true, length_max },
      ]}
      submit_label={t('change_password_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}
