/** What the examples of several entries show: two accounts, and what belongs to them. */

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
  created_at: 1795000000000,
  updated_at: 1795000100000,
  last_seen_at: 1795000200000,
  password_changed_at: 1795000000000,
  version: 3,
};

export const exampleUser = {
  ...exampleAccount,
  account_id: 'a_0BoRis5tUvWxYz9AbCdE',
  account_name: 'boris',
  roles: ['user' as const],
};

export const exampleSession = {
  session_id: 's_1dK8wYc5Gf3hJq7RzU2e',
  current: true,
  client_name: 'auth-tui',
  client_version: '0.1.0',
  os: 'linux',
  host_name: 'lab',
  address: '127.0.0.1',
  created_at: 1795000000000,
  last_active_at: 1795000200000,
  expires_at: 1797592200000,
};

export const exampleToken = 'pcs_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc';

export const exampleDeviceToken = 'pcd_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc';

export const exampleTokens = {
  access_token: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhXzdRaDJtWnAwTHI0c1R4OVZiTjFjIn0.c2lnbmF0dXJl',
  access_token_expires_at: 1795000900000,
  refresh_token: 'pcr_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc',
};

export const exampleSignedIn = {
  account: exampleAccount,
  session: exampleSession,
  session_token: exampleToken,
  ...exampleTokens,
  device_token: exampleDeviceToken,
};
