/**
 * The fields that several actions share. A description written here is the only one: documents, JSON Schemas and the
 * client's hover texts all come from it.
 */
import * as z from 'zod';
import { LIMITS } from './limits.js';
import {
  APPLICATION_PERMISSION,
  BUILT_IN_ROLE_NAMES,
  COMMON_PERMISSION_NAMES,
  PERMISSION_NAMES,
  ROLE_NAME,
} from './permissions.js';
import { secret, unlog } from './secret.js';

const ID_LENGTH = 20;
const id = (prefix: string, what: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9A-Za-z]{${ID_LENGTH}}$`))
    .describe(what);

export const accountId = id('a', 'the account, for good: names may change, this does not');
export const sessionId = id('s', 'one sign-in on one device');
export const clientKeyId = id('k', 'the client key, for good: a rotation does not change it');

/** Returns the schema of text that a person wrote: at most `max` code points, no control characters, no space at the ends. */
export const personText = (max: number, what: string, form = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u) =>
  z.string().trim().min(1).max(max).regex(form).describe(what);

/** What a new account is called; the rules beyond length are told by `account_name_invalid`. */
export const accountName = unlog(
  z
    .string()
    .min(LIMITS.account_name_length_min)
    // Decomposed a name is longer than it counts; the exact count is checked by the rule for names.
    .max(LIMITS.account_name_length_max * 2)
    .describe(
      'letters and digits of one script, with . _ - inside; stored in lower case, look-alikes count as taken',
    ),
);

/** What someone types to sign in. */
export const signInName = unlog(
  z
    .string()
    .min(1)
    .max(LIMITS.email_length_max)
    .describe('the account name, or the e-mail address of the account'),
);

/** A password as typed. Only its upper bound is checked here; policy is the server's. */
export const password = secret(
  z
    .string()
    .min(1)
    // No more is looked at; the exact count is checked by the policy, which says so in its own words.
    .max(LIMITS.password_length_max * 2)
    .describe('the password, as typed'),
);

export const sessionToken = secret(
  z
    .string()
    .regex(/^pcs_[A-Za-z0-9_-]{43}$/)
    .describe('resumes this session on another connection; keep it like a password'),
);

export const refreshToken = secret(
  z
    .string()
    .regex(/^pcr_[A-Za-z0-9_-]{43}$/)
    .describe('gets one new pair of tokens, once; bound to the client key that it was given to'),
);

/** Longest token that is looked at, characters. */
export const TOKEN_LENGTH_MAX = 4096;

export const accessToken = secret(
  z
    .string()
    .max(TOKEN_LENGTH_MAX)
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}$/)
    .describe('JWT (EdDSA, `typ` at+jwt) that proves the session to other services for a few minutes'),
);

export const redeemCode = secret(
  z
    .string()
    .regex(/^pcc_[A-Za-z0-9_-]{43}$/)
    .describe('a one-time code that lets its receiver choose a password'),
);

export const deviceToken = secret(
  z
    .string()
    .regex(/^pcd_[A-Za-z0-9_-]{43}$/)
    .describe(
      'tells that this account has signed in on this device before; worthless for any other account, with another client key, and without the password',
    ),
);

export const setupCode = secret(
  z
    .string()
    .regex(/^pca_[A-Za-z0-9_-]{43}$/)
    .describe('the one-time code that makes the registering account the first administrator'),
);

export const email = unlog(
  z
    .string()
    .trim()
    .min(3)
    .max(LIMITS.email_length_max)
    // What makes an address is the server's rule, which says exactly what is wrong; here only its bounds.
    .describe('an e-mail address, without quotes and comments; its domain may be in any script'),
);

export const phone = unlog(
  z
    .string()
    .trim()
    .max(LIMITS.phone_length_max)
    .regex(/^\+?[0-9][0-9 ().-]{3,30}$/)
    .describe('a phone number; digits, spaces and ( ) . - after an optional +'),
);

export const firstName = unlog(personText(LIMITS.name_length_max, 'first name'));
export const lastName = unlog(personText(LIMITS.name_length_max, 'last name'));
export const bio = unlog(
  personText(
    LIMITS.bio_length_max,
    'a few words about the person; lines end with U+000A',
    /^(?:[^\p{Cc}\p{Zl}\p{Zp}]|\n)*$/u,
  ),
);
export const pictureUrl = unlog(
  z
    .string()
    .trim()
    .max(LIMITS.url_length_max)
    .regex(/^https?:\/\/[!-~]+$/)
    .describe('address of a picture, http or https, in ASCII'),
);
export const locale = z
  .string()
  .max(LIMITS.locale_length_max)
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/)
  .describe('preferred language as a BCP 47 tag, for example `en` or `ru-RU`');

export const ACCOUNT_STATUSES = ['active', 'pending', 'suspended'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];
export const accountStatus = z
  .enum(ACCOUNT_STATUSES)
  .describe('`pending`: created by an administrator, no password chosen yet');

export const role = z
  .string()
  .regex(ROLE_NAME)
  .describe(
    'a role: a named set of permissions; `user`, `moderator` and `admin` are built in, others are made by `create_role`',
  );
/** A role as a result holds it: whatever is stored. */
export const roleHeld = z.string().describe('the name of a role');
export const builtInRole = z.enum(BUILT_IN_ROLE_NAMES).describe('one of the built-in roles');

/** A permission that can be asked about and put into a role. */
export const permission = z
  .union([
    z.enum([...PERMISSION_NAMES, ...COMMON_PERMISSION_NAMES]),
    z.string().max(LIMITS.permission_length_max).regex(APPLICATION_PERMISSION),
  ])
  .describe(
    'a permission: of the server itself (`users.read`), one that all services understand (`write`), or of a service (`wiki:write`)',
  );
const sortedPermissions = z
  .array(z.string())
  .describe('what it permits, sorted; `*`, of `admin` alone, stands for those of every service');
export const timestamp = (what: string) => z.int().describe(`${what}, Unix milliseconds`);

/** The parts of a profile that people edit. */
export const profileFields = {
  first_name: firstName,
  last_name: lastName,
  email,
  phone,
  bio,
  picture_url: pictureUrl,
  locale,
};

/** A change to a profile: what is left out stays, null clears. */
export const profileChange = {
  first_name: firstName.nullable().optional(),
  last_name: lastName.nullable().optional(),
  email: email.nullable().optional(),
  phone: phone.nullable().optional(),
  bio: bio.nullable().optional(),
  picture_url: pictureUrl.nullable().optional(),
  locale: locale.nullable().optional(),
};

/** Returns the schema of a text of a profile as a result holds it. */
const stored = (what: string) => z.string().nullable().describe(`${what}; null when there is none`);

/** An account as its owner and administrators see it. */
export const account = z
  .object({
    account_id: accountId,
    account_name: z.string().describe('canonical account name'),
    first_name: stored('first name'),
    last_name: stored('last name'),
    email: stored('e-mail address'),
    phone: stored('phone number'),
    bio: stored('a few words about the person'),
    picture_url: stored('address of a picture, http or https, in ASCII'),
    locale: stored('preferred language as a BCP 47 tag'),
    status: accountStatus,
    roles: z.array(roleHeld).describe('sorted; every account has `user`'),
    created_at: timestamp('when the account was made'),
    updated_at: timestamp('last change of the profile, roles or status'),
    last_seen_at: timestamp('last activity, at most a minute old').nullable(),
    password_changed_at: timestamp('when the password was chosen').nullable(),
    version: z.int().describe('rises with every change; send it back to notice that someone else was faster'),
  })
  .describe('an account');

export type Account = z.infer<typeof account>;

/** A role as those see it who may look at accounts. */
export const roleRecord = z
  .object({
    role: roleHeld,
    description: z.string().nullable().describe('what it is for; null when nobody has said it'),
    built_in: z.boolean().describe('whether it is one of the three that nobody can change'),
    permissions: sortedPermissions,
    created_at: timestamp('when it was made; null for a built-in role').nullable(),
    updated_at: timestamp('when it was changed last; null for a built-in role').nullable(),
    version: z.int().describe('rises with every change; send it back to notice that someone else was faster'),
  })
  .describe('a role with what it permits');

export type RoleRecord = z.infer<typeof roleRecord>;

const deviceText = (what: string) =>
  z
    .string()
    .trim()
    .max(LIMITS.device_text_length_max)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u)
    .describe(what);

/** What a client says about itself when a session begins or goes on. Shown to the account's owner, believed by nobody. */
export const device = z
  .strictObject({
    client_name: deviceText('program, for example `auth-tui`').optional(),
    client_version: deviceText('its version').optional(),
    os: deviceText('operating system').optional(),
    host_name: deviceText('name of the machine').optional(),
  })
  .describe('what the client says about itself; shown in the list of sessions, never trusted');

export type Device = z.infer<typeof device>;

/** The parts of `device` as a result holds them. */
export const deviceSaid = {
  client_name: z.string().nullable().describe('program, as it said itself; null when it said nothing'),
  client_version: z.string().nullable().describe('version of the program, as it said itself'),
  os: z.string().nullable().describe('operating system, as the client said'),
  host_name: z.string().nullable().describe('name of the machine, as the client said'),
};

export const session = z
  .object({
    session_id: sessionId,
    current: z.boolean().describe('true for the session of the connection that asks'),
    ...deviceSaid,
    address: z.string().describe('network address of the sign-in, as the server saw it'),
    last_address: z
      .string()
      .optional()
      .describe(
        'network address from which it was used last, at most a minute old, as the server saw it; earlier servers leave it out',
      ),
    created_at: timestamp('sign-in'),
    last_active_at: timestamp('last activity, at most a minute old'),
    expires_at: timestamp('end of the session if nothing happens until then'),
  })
  .describe('a session');

export type Session = z.infer<typeof session>;

/** What `register`, `authenticate` and `redeem_code` give. */
export const signedIn = z.object({
  account,
  session,
  session_token: sessionToken,
  access_token: accessToken,
  access_token_expires_at: timestamp('end of the access token'),
  refresh_token: refreshToken,
  device_token: deviceToken,
});

export const pageLimit = z
  .int()
  .min(1)
  .max(LIMITS.page_rows_max)
  .optional()
  .describe(`rows of this page, ${LIMITS.page_rows_default} unless told`);

export const pageCursor = z
  .string()
  .max(LIMITS.page_cursor_length_max)
  .regex(/^[A-Za-z0-9_-]+$/)
  .describe(
    'the place where the next page begins; opaque, and good for the same account and the same question, of whatever `limit`',
  );
