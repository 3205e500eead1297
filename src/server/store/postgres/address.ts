export type DatabaseAddress = { readonly url: string };
export const clientOptions = (address: DatabaseAddress): { connectionString: string } => ({
  connectionString: address.url,
});
export const describeAddress = (address: DatabaseAddress): string => new URL(address.url).host;
