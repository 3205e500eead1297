/** The one door of tui/app: the interface as a whole. */
export { runApp, type RunningApp } from './run_app.js';
