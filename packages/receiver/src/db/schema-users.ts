/** The tables of the people who review, and of their sign-in. Flow: ../users → here. Spec: docs/design/receiver.md#database */
import type { Role } from '@lodestone/protocol/case-review';
import type { Name } from '@lodestone/protocol/name';

/** People who review. A removed one stays as a name that is never used again, without a token. */
export interface UsersTable {
  name: Name;
  role: Role;
  /** SHA-256 of the token; null after the user was removed. */
  tokenDigest: Uint8Array | null;
}

/** With what a user signs in to the console. */
export interface CredentialsTable {
  name: Name;
  /** Argon2id of the passphrase, as a PHC string. */
  passphrase: string;
  /** Shared with the user's authenticator; encrypted (users/totp-encryption.ts). */
  totpSecret: Uint8Array;
  /** Time step of the last code that was used; it and earlier ones are refused. */
  lastStep: number;
}

/** Links that sign a user in, once. A user has at most one. */
export interface SignInLinksTable {
  /** SHA-256 of the link's token. */
  digest: Uint8Array;
  name: Name;
  /** `set-up`: the user chooses a passphrase first. `trial`: nothing is asked, for receivers that are tried out. */
  kind: SignInLinkKind;
  /** 20 random bytes. The second factor that a set-up offers follows from them and the link's token. */
  totpSalt: Uint8Array;
  /** Milliseconds since 1970. */
  endsAt: number;
}

export type SignInLinkKind = 'set-up' | 'trial';

/** Browsers that are signed in to the console. Times are milliseconds since 1970. */
export interface SessionsTable {
  /** SHA-256 of the session's token. */
  digest: Uint8Array;
  name: Name;
  startedAt: number;
  /** Time of the last request, to the minute. */
  seenAt: number;
}

/** Attempts to sign in of the last quarter of an hour, for the limits. */
export interface SignInAttemptsTable {
  /** As it was typed, whether a user has it or not. */
  name: Name;
  /** Milliseconds since 1970. */
  at: number;
}
