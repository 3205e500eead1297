/** Which server to talk to: `host:port` with this machine's key, or a whole portcullis:// line. */
import { useApp, useServices, useWords } from '../services/index.js';
import { Form, type FormResult, type FormValues } from '../components/index.js';
import { popScreen } from '../state/index.js';
import { fit, width } from '../text/index.js';
import type { BodySize } from './body_size.js';

/** As many as fit beside the other buttons in 60 columns. */
const KNOWN_SERVERS_SHOWN = 2;
const NAME_COLUMNS = 12;

/** A portcullis:// line with pin and key takes about 170 characters. */
const ADDRESS_LENGTH_MAX = 512;

export function Connect(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const server = useApp((state) => state.server_label);

  const submit = (values: FormValues): Promise<FormResult> => {
    const outcome = effects.connectTo((values['address'] ?? '').trim());
    return Promise.resolve(outcome.ok ? null : { problem: outcome.problem });
  };
  const back = (): void => store.setState(popScreen);
  // The ones used last; others are reached by typing their name.
  const known = effects.knownServers().slice(0, KNOWN_SERVERS_SHOWN);

  return (
    <Form
      {...size}
      title={t('connect_title')}
      intro={[t('connect_help')]}
      fields={[
        {
          name: 'address',
          label: t('connect_address'),
          kind: 'text',
          required: true,
          length_max: ADDRESS_LENGTH_MAX,
          initial: server,
        },
      ]}
      submit_label={t('connect_submit')}
      onSubmit={submit}
      onBack={back}
      buttons={[
        ...known.map(({ name, label }) => ({
          label: fit(name, Math.min(NAME_COLUMNS, width(name))),
          run: (): void => {
            const outcome = label === server ? null : effects.connectTo(name);
            if (outcome?.ok === false) effects.toast('error', { problem: outcome.problem });
            else back();
          },
        })),
        { label: t('go_sign_in'), run: back },
      ]}
    />
  );
}
