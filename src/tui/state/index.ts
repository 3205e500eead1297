/** The one door of tui/state: all that the interface knows, and every change of it. Pure. */
export {
  type AppState,
  type BulkVerb,
  type ConfirmAct,
  type ConnectionView,
  FIRST_QUERY,
  initialState,
  type Loaded,
  type MenuName,
  type Overlay,
  queryKey,
  type Screen,
  type ScreenName,
  type ServerInfo,
  type SignedOutReason,
  type SignInEntry,
  type ToastKind,
  type UsersQuery,
  type UsersState,
} from './model.js';
export {
  addToast,
  closeOverlay,
  dismissToasts,
  expireToasts,
  openOverlay,
  popScreen,
  pushScreen,
  screenOf,
  setScreen,
  signedOut,
  TOAST_MS,
} from './navigation.js';
export { type AppStore, createAppStore } from './store.js';
export { type AreaPlace, areaPlace, areaRows, moveRows } from './text_area.js';
export { type Edit, type EditedText, editedText, editText, EMPTY_TEXT, textOf } from './text_edit.js';
export { expireUndo, undo, undoable } from './undo.js';
export {
  forgetUsers,
  markRange,
  MARKS_MAX,
  missingPage,
  PAGE_ROWS,
  selectedUser,
  selectUser,
  setMarks,
  setQuery,
  toggleMark,
  userAt,
  userChanged,
  usersFailed,
  usersLoading,
  usersPageArrived,
} from './users.js';
