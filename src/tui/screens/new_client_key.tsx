/** A client key that was made just now, as the address of this server with it and alone. */
import type { NewClientKey } from '../effects/index.js';
import { dateTime } from '../i18n/index.js';
import { useServices, useWords } from '../services/index.js';
import { popScreen } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { ShownOnce } from './shown_once.js';

/** Names that lead nowhere from another machine. */
const LOOPBACK = /^portcullis:\/\/(localhost|127\.[\d.]+|\[::1\])[:?]/;

type NewClientKeyProps = BodySize & {
  readonly made: NewClientKey;
  /** It takes the place of another one. */
  readonly rotated: boolean;
};

export function NewClientKeyPanel({ made, rotated, ...size }: NewClientKeyProps): React.JSX.Element {
  const { store, now } = useServices();
  const { t, language } = useWords();
  const { client_key, connection_key, connection_string } = made;
  const { name, expires_at, current } = client_key;
  const host = LOOPBACK.exec(connection_string)?.[1];
  const old_until = current?.not_after ?? null;
  const old =
    old_until === null || old_until <= now()
      ? t('old_key_ended')
      : t('old_key_until', { when: dateTime(language, old_until) });
  const end =
    expires_at === null
      ? t('client_key_no_end')
      : t('code_expires', { when: dateTime(language, expires_at) });
  return (
    <ShownOnce
      {...size}
      title={t('new_key_title', { name })}
      secrets={[
        { label: t('new_key_address'), text: connection_string, copied: 'copy_key_address' },
        { label: t('new_key_alone'), text: connection_key, copied: 'copy_key_alone' },
      ]}
      notes={[
        t('new_key_note'),
        `${end}${rotated ? ` ${old}` : ''}`,
        ...(host === undefined ? [] : [t('new_key_loopback', { host })]),
      ]}
      onDone={() => store.setState(popScreen)}
    />
  );
}
