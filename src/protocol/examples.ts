/**
 * What the examples of several entries show: two accounts, and what belongs to them. A test plays every example on a real
 * server and compares: what stands here is what a server says.
 */

/** When the accounts were made, when `anna` was changed last, and the moment at which every example happens. */
const MADE_AT = 1795000000000;
const CHANGED_AT = 1795000100000;
export const EXAMPLE_AT = 1795000200000;

const sessionDays = (days: number): number => EXAMPLE_AT + days * 86_400_000;

/** An administrator, as she is seen by herself. */
export const exampleAccount = {
  account_id: 'a_7Qh2mZp0Lr4sTx9VbN1c',
  account_name: 'anna',
  first_name: 'Anna',
  last_name: null,
  email: 'anna@example.test',
  phone: null,
  bio: null,
  picture_url: null,
  locale: 'en',
  status: 'active' as const,
  roles: ['admin' as const, 'user' as const],
  created_at: MADE_AT,
  updated_at: CHANGED_AT,
  last_seen_at: EXAMPLE_AT,
  password_changed_at: MADE_AT,
  version: 3,
};

/** The same account in the moment in which it was made. */
export const exampleNewAccount = {
  ...exampleAccount,
  locale: null,
  roles: ['user' as const],
  created_at: EXAMPLE_AT,
  updated_at: EXAMPLE_AT,
  password_changed_at: EXAMPLE_AT,
  version: 1,
};

/** Somebody whom administrators act on. Nobody has changed anything about him. */
export const exampleUser = {
  ...exampleAccount,
  account_id: 'a_0BoRis5tUvWxYz9AbCdE',
  account_name: 'boris',
  first_name: 'Boris',
  email: 'boris@example.test',
  locale: null,
  roles: ['user' as const],
  updated_at: MADE_AT,
  last_seen_at: MADE_AT,
  version: 1,
};

/** The same in the moment in which he was changed for the first, second … time. */
export const exampleUserAt = (version: number) => ({ ...exampleUser, updated_at: EXAMPLE_AT, version });

/** The device that the sessions of the examples are on. */
export const exampleDevice = {
  client_name: 'auth-tui',
  client_version: '0.1.0',
  os: 'linux',
  host_name: 'lab',
};

export const exampleSession = {
  session_id: 's_1dK8wYc5Gf3hJq7RzU2e',
  current: true,
  ...exampleDevice,
  address: '127.0.0.1',
  last_address: '127.0.0.1',
  created_at: MADE_AT,
  last_active_at: EXAMPLE_AT,
  expires_at: sessionDays(30),
};

export const exampleToken = 'pcs_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc';

export const exampleDeviceToken = 'pcd_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc';

/** Of the Ed25519 key whose 32 bytes count up from 0. */
export const exampleSigningKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: 'A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg',
  kid: '1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y',
  alg: 'EdDSA',
  use: 'sig',
};

export const exampleTokens = {
  // Signed with the key of the test vectors, so that whoever checks it finds it good.
  access_token:
    'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjFJRzJ0TUg3SjJ3Ykpabk9mOExKelFpdEtmN0xNdm9BRWxzdURNVk01NFkifQ.eyJpc3MiOiJQb3J0Y3VsbGlzIiwiYXVkIjoicG9ydGN1bGxpcyIsInN1YiI6ImFfN1FoMm1acDBMcjRzVHg5VmJOMWMiLCJuYW1lIjoiYW5uYSIsInNpZCI6InNfMWRLOHdZYzVHZjNoSnE3UnpVMmUiLCJqdGkiOiJqXzVYYzhWYjJObTZRdzlFcjNUeTFVIiwiaWF0IjoxNzk1MDAwMjAwLCJleHAiOjE3OTUwMDExMDB9.fjBQVCfxKG5VTX5XfAKoyqnDa3LcRhp3VIPPfSyTFleod51lI2u3eh_uDeJ1wj4av7ahtOb6k-jeAzf9WqHYBA',
  access_token_expires_at: EXAMPLE_AT + 900_000,
  refresh_token: 'pcr_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc',
};

/** The refresh token that comes after that one. */
export const exampleNextRefreshToken = 'pcr_Zp0Lr4sTx9VbN1cQh2m7YwEjRWeJq83vASNFZ4mrze8';

/** What a sign-in gives: a session that begins in this moment. */
export const exampleSignedIn = {
  account: exampleAccount,
  session: { ...exampleSession, created_at: EXAMPLE_AT },
  session_token: exampleToken,
  ...exampleTokens,
  device_token: exampleDeviceToken,
};
