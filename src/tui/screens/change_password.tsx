/** Changing one's own password; all other sessions end with it. */
import { useServices, useWords } from '../services/index.js';
import { Form, type FormResult, type FormValues } from '../components/index.js';
import { LIMITS } from '../../protocol/index.js';
import { popScreen } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { useNewPassword } from './use_new_password.js';

export function ChangePassword(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const new_password = useNewPassword('new_password');
  const back = (): void => store.setState(popScreen);

  const submit = async (values: FormValues): Promise<FormResult> => {
    const differ = new_password.differs(values);
    if (differ !== null) return differ;
    const outcome = await effects.changePassword(
      values['current_password'] ?? '',
      values['new_password'] ?? '',
    );
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
          length_max: 2 * LIMITS.password_length_max,
        },
        ...new_password.fields,
      ]}
      submit_label={t('change_password_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('cancel'), run: back }]}
    />
  );
}
