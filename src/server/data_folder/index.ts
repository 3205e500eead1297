/** The data folder and the files in it, but for the database. */
export * from './data_folder.js';
