/** Migration 14: what client keys permit with nobody signed in. Those that are there keep what each of them could do. */

export const clientPermissions = `
ALTER TABLE client_keys ADD COLUMN permissions TEXT NOT NULL DEFAULT '';
UPDATE client_keys SET permissions = 'tokens.verify';
`;
