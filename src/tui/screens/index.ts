/** The one door of tui/screens: the screen that is shown, and words and accounts that dialogs share with screens. */
export { deviceText } from './account_words.js';
export { clientKeyActs, knownClientKey } from './client_key_acts.js';
export { knownRole, mayManageRoles, roleActs } from './role_acts.js';
export { ScreenView } from './screen_views.js';
export { knownUser } from './user_keys.js';
