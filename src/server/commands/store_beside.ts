/** The store that the server of these settings uses, for a command that runs beside it. */
import type { Config } from '../config.js';
import { secureExistingFolder } from '../data_folder/index.js';
import { Store } from '../store/index.js';

/** Opens it. Throws StoreOpenError, DataFolderError. */
export async function storeBeside({ data, database }: Config): Promise<Store> {
  if (database.kind === 'sqlite') return Store.beside(data);
  // What lies in the folder tells where the server is: that of another user is no more believed than with a database in it.
  secureExistingFolder(data);
  return Store.besidePostgres(database.address);
}
