/** Names of other systems' settings, with what there is here in their place. */

const NO_SECRET =
  'there is none to choose: the server signs with a key that it makes itself, sealed under master_key in the data folder';
const NO_STORE = 'there is none: everything is in one SQLite file in the data folder, AUTH_DATA';
const OTHER_STORE =
  'AUTH_DATABASE names a PostgreSQL here; without it everything is in the data folder, AUTH_DATA';
const NO_BROWSER = 'there is none: no browser speaks to this server, so there is no origin, page or cookie';
const NO_PROVIDER = 'there is none: nobody signs in through other services here';

/** Settings of other systems of this kind, by a pattern of their names. */
const FOREIGN: readonly (readonly [pattern: RegExp, answer: string])[] = [
  [/^(JWT_SECRET(_KEY)?|SECRET_KEY|AUTH_SECRET|SESSION_SECRET)$/, NO_SECRET],
  [/^(JWT_)?ALGORITHM$/, 'there is none: access tokens are signed with EdDSA and nothing else'],
  [/^(JWT_)?ACCESS_TOKEN_EXPIRE_MINUTES$/, 'AUTH_ACCESS_TOKEN_MINUTES is that here, 1 to 1,440 minutes'],
  [
    /^(JWT_EXPIRATION_HOURS|REFRESH_TOKEN_EXPIRE_DAYS|SESSION_COOKIE_MAX_AGE)$/,
    'how long somebody stays signed in is AUTH_SESSION_IDLE_DAYS and AUTH_SESSION_DAYS here, how long one access token is ' +
      'good AUTH_ACCESS_TOKEN_MINUTES',
  ],
  [/^REDIS_URL$/, NO_STORE],
  [/^(DATABASE_URL|DB_URL|SQLALCHEMY_DATABASE_URI|POSTGRES(QL)?_URL)$/, OTHER_STORE],
  [/^(GOOGLE|GITHUB|FACEBOOK|X|TWITTER|TELEGRAM|VK|YANDEX)_(CLIENT|APP)_(ID|SECRET)$/, NO_PROVIDER],
  [/^(SESSION_COOKIE_[A-Z]+|SESSION_TOKEN_HEADER|FRONTEND_URL|BACKEND_CORS_ORIGINS)$/, NO_BROWSER],
];

/** Returns what stands here in the place of another system's setting; null for a name that is none of theirs either. */
export function foreignAnswer(name: string): string | null {
  return FOREIGN.find(([pattern]) => pattern.test(name.toUpperCase()))?.[1] ?? null;
}
