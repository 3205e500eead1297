/** The one door of tui/state: all that the interface knows, and every change of it. Pure. */
export { CLIENT_KEY_STATES, clientKeyState, type ClientKeyState } from './client_key_state.js';
export {
  LIST_NAMES,
  LISTS,
  listSpec,
  type FilterSpec,
  type ListName,
  type ListOf,
  type ListSpec,
  type QueryOf,
  type RowOf,
  type SignInEntry,
  type UsersQuery,
  type ClientKeysQuery,
  type RolesQuery,
} from './list_table.js';
export {
  initialState,
  type AppState,
  type BulkVerb,
  type ConfirmAct,
  type ConnectionView,
  type Holders,
  type MenuName,
  type Overlay,
  type ServerInfo,
  type SignedOutReason,
  type ToastKind,
} from './model.js';
export {
  addToast,
  closeOverlay,
  dismissToasts,
  dropProblem,
  expireToasts,
  openOverlay,
  popScreen,
  pushScreen,
  screenOf,
  setScreen,
  signedOut,
  unasked,
  TOAST_MS,
} from './navigation.js';
export {
  filterParts,
  loadedRows,
  MARKS_MAX,
  missingPage,
  queryKey,
  rowAt,
  searchParts,
  selectedRow,
  type ListQuery,
  type Page,
  type PagedList,
} from './paged_list.js';
export { NOBODY, type PersonState, type SessionView, type UserDetail } from './person.js';
export {
  changePerson,
  forgetRows,
  keepRows,
  leaveForbidden,
  listFailed,
  listLoading,
  lock,
  markRange,
  ownAccountChanged,
  pageArrived,
  rowChanged,
  selectRow,
  setMarks,
  setQuery,
  signedInAs,
  toggleMark,
  userChanged,
} from './person_changes.js';
export {
  grouped,
  heldBy,
  isGrave,
  permitsOf,
  PERMISSION_GROUPS,
  roleOf,
  type PermissionGroup,
} from './roles.js';
export {
  mayBeAt,
  plainScreen,
  screenEntry,
  SCREEN_NAMES,
  SCREENS,
  SIGNED_IN_SCREEN,
  SIGNED_OUT_SCREEN,
  tabsOf,
  type Load,
  type Screen,
  type ScreenName,
  type ScreenOf,
  type Tab,
} from './screen_table.js';
export { createAppStore, type AppStore } from './store.js';
export {
  asksBeforeSuspending,
  expireResumable,
  RESUME_MS,
  suspendedNow,
  suspensionKept,
} from './suspension.js';
export { areaPlace, areaRows, moveRows, type AreaPlace } from './text_area.js';
export { editedText, editText, EMPTY_TEXT, textOf, type Edit, type EditedText } from './text_edit.js';
export { expireUndo, undo, undoable } from './undo.js';
