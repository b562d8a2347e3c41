/**
 * Who may open the console: whoever used a one-time link, until the session ends. Flow: receiver (link) → here ← console.
 * Promise: a link signs in once and within 10 minutes; only digests of links and sessions are kept, in memory, and they
 * are compared in constant time. Spec: docs/design/receiver.md#console.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export const LINK_MS = 600_000;
export const SESSION_MS = 28_800_000;
/** A further sign-in ends the oldest session. */
const MAX_SESSIONS = 16;
const TOKEN_BYTES = 32;

/** What is stored of a token. */
interface Grant {
  readonly digest: Buffer;
  readonly endsAt: number;
}

export class SignIn {
  #links: readonly Grant[] = [];
  #sessions: readonly Grant[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns the token of a new link; the link before it ends */
  issueLink(): string {
    const [token, link] = newGrant(this.#now() + LINK_MS);
    this.#links = [link];
    return token;
  }

  /** @returns the token of a new session, or undefined if the link was used, is too old, or was never issued */
  useLink(linkToken: string): string | undefined {
    if (!holds(this.#links, linkToken, this.#now())) return undefined;
    this.#links = [];
    const [token, session] = newGrant(this.#now() + SESSION_MS);
    this.#sessions = [...this.#sessions.slice(1 - MAX_SESSIONS), session];
    return token;
  }

  isSignedIn(sessionToken: string): boolean {
    return holds(this.#sessions, sessionToken, this.#now());
  }

  signOut(sessionToken: string): void {
    const digest = digestOf(sessionToken);
    this.#sessions = this.#sessions.filter((session) => !timingSafeEqual(session.digest, digest));
  }
}

function newGrant(endsAt: number): [token: string, grant: Grant] {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return [token, { digest: digestOf(token), endsAt }];
}

/** Compares with every grant, so that the time does not depend on which one fits. */
function holds(grants: readonly Grant[], token: string, now: number): boolean {
  const digest = digestOf(token);
  return grants.filter((grant) => timingSafeEqual(grant.digest, digest)).some(({ endsAt }) => now < endsAt);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
