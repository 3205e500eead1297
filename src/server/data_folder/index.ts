/** The data folder and the files in it, but for the database. */
export * from './certificate.js';
export * from './data_folder.js';
export * from './server_file.js';
