/** Asks whether the program is to end; where a server would end with it, says for how many. */
import { useApp, useServices } from '../services/index.js';
import { openOverlay } from '../state/index.js';

/** Returns what `q` and `:q` do. */
export function useQuit(): () => void {
  const { store, effects, quit, stops_server } = useServices();
  const signed_in = useApp((state) => state.person.session !== null);
  return () => {
    // Others would lose it: that is asked whatever the settings say.
    if (stops_server) {
      void effects.othersConnected().then((others) => {
        if (store.getState().overlays.some(({ name }) => name === 'confirm')) return;
        const act = { kind: 'quit', signed_in, stops_server: { others } } as const;
        store.setState(openOverlay({ name: 'confirm', act }));
      });
      return;
    }
    if (!store.getState().asks_before_quitting) quit();
    else store.setState(openOverlay({ name: 'confirm', act: { kind: 'quit', signed_in } }));
  };
}
