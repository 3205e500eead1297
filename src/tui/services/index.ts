/** The one door of tui/services: what every component can reach, and who gets a key. */
export { Clipboard, type Copyable, type CopyOutcome } from './clipboard.js';
export { Questions } from './questions.js';
export { type Handlers, type Layer, Router } from './router.js';
export {
  DEPTH,
  DepthContext,
  type Services,
  ServicesContext,
  useApp,
  useClock,
  useLayer,
  useServices,
  useWords,
} from './services.js';
