/** What the store's files are called in the data folder. */

export const DATABASE_FILE = 'portcullis.db';
export const LOCK_FILE = 'lock.db';
