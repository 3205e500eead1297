/** Choosing a password with a one-time code from an administrator. */
import { useApp, useServices, useWords } from '../services/index.js';
import { Form, type FormResult, type FormValues } from '../components/index.js';
import { LIMITS } from '../../protocol/index.js';
import { popScreen } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { useKeepField } from './use_keep_field.js';
import { useNewPassword } from './use_new_password.js';

/** Longer than any code, so that a clumsy paste is seen and can be repaired. */
const CODE_LENGTH_MAX = 128;

export function Redeem(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const server = useApp((state) => state.server_label);
  const keep = useKeepField();
  const new_password = useNewPassword('new_password');

  const submit = async (values: FormValues): Promise<FormResult> => {
    const differ = new_password.differs(values);
    if (differ !== null) return differ;
    const code = (values['code'] ?? '').trim();
    const outcome = await effects.redeemCode(
      values['account_name'] ?? '',
      code,
      values['new_password'] ?? '',
    );
    return outcome.ok ? null : { problem: outcome.problem };
  };
  const back = (): void => store.setState(popScreen);

  return (
    <Form
      {...size}
      title={t('redeem_title')}
      corner={server}
      intro={[t('redeem_help')]}
      fields={[
        {
          name: 'account_name',
          label: t('field_login'),
          kind: 'text',
          required: true,
          length_max: LIMITS.email_length_max,
        },
        { name: 'code', label: t('field_code'), kind: 'text', required: true, length_max: CODE_LENGTH_MAX },
        ...new_password.fields,
        ...keep,
      ]}
      submit_label={t('redeem_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[{ label: t('go_sign_in'), run: back }]}
    />
  );
}
