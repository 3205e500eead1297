/** The one door of tui/effects: what screens ask for, done. The only caller of the client for the interface. */
export {
  type CreatedUser,
  type Effects,
  type NewClientKey,
  type NewUser,
  type ProfileChanges,
} from './contract.js';
export { createEffects } from './effects.js';
