/** Says that the line is up where the status bar isn't heard: it is read aloud with a new screen only. */
import { useEffect } from 'react';
import { useApp, useServices } from '../services/index.js';

export function useConnectionNews(): void {
  const { accessible, effects } = useServices();
  const address = useApp((state) => state.server_label);
  const name = useApp(({ connection }) => (connection.name === 'ready' ? connection.server_name : null));
  useEffect(() => {
    if (accessible && name !== null)
      effects.toast('info', { key: 'connected_notice', params: { address, name } });
  }, [accessible, effects, address, name]);
}
