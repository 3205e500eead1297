/** The data folder and the files in it, but for the database. */
export * from './certificate.js';
export * from './data_folder.js';
export * from './file_faults.js';
export * from './master_key.js';
export { distrust, kindOf, OF_OTHERS, readPrivate, writePrivate } from './private_files.js';
export * from './secure_folder.js';
export * from './server_file.js';
