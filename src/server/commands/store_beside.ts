/** The store that the server of these settings uses, for a command that runs beside it. */
import type { Config } from '../config.js';
import { Store } from '../store/index.js';

/** Opens it. Throws StoreOpenError, DataFolderError. */
export async function storeBeside({ data, database }: Config): Promise<Store> {
  return database.kind === 'postgres' ? Store.besidePostgres(database.address) : Store.beside(data);
}
