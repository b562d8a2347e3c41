/**
 * The error type of Lodestone and all its codes. The code is the contract. The message is for people: cause, place, fix.
 * (`@lodestone/pdq` has no dependencies and defines its own `PdqError`.) Spec: docs/design/contracts.md#errors
 */

export const ERROR_CODES = [
  // The host app
  'ERR_OPTIONS', // createGuard received invalid options, or a React hook has no provider
  'ERR_CONTENT', // check received neither a Blob nor bytes
  'ERR_DISPOSED', // the guard was disposed
  'ERR_NO_DOCUMENT', // check was called without a document, for example on a server
  'ERR_LOAD', // the client's code, a chunk of the host's bundle, could not be loaded
  'ERR_UNSUPPORTED', // the browser or this build lacks the named feature
  // Documents and layouts
  'ERR_SCHEMA', // a document does not match its schema
  'ERR_SIZE', // a document is larger than its limit, or has the wrong length
  'ERR_LIST_FORMAT', // a .lode file breaks its layout
  'ERR_LEDGER_CHAIN', // a ledger entry does not follow from the entry before
  // Signed inputs
  'ERR_TRUST_SIGNATURE', // fewer valid signatures than the role's threshold
  'ERR_TRUST_ROLLBACK', // older than the version trusted before
  'ERR_TRUST_EXPIRED', // metadata, a list or an order has expired
  'ERR_TRUST_DIGEST', // bytes differ from the signed digest or length
  'ERR_TRUST_METADATA', // metadata that breaks TUF or our profile of it (delegations, wrong role, wrong version)
  'ERR_TRUST_POWER', // the source may not publish this
  'ERR_TRUST_MISSING', // a signed document names a target that does not exist
  'ERR_TRUST_ENDPOINT', // an order names another endpoint than the host pinned
  'ERR_TRUST_PURPOSE', // a list changed its purpose or form under the same name, or has another than an order requires
  'ERR_TRUST_PROOF', // a Merkle proof does not lead to the root
  // The sandbox
  'ERR_SANDBOX_VERSION', // the sandbox document is from another build, or was modified in transit
  'ERR_SANDBOX_POLICY', // a header of the page or of the served sandbox forbids the sandbox; the message has the line to add
  'ERR_SANDBOX_BOOT', // the sandbox did not start before its deadline
  'ERR_SANDBOX_GATE', // the sandbox sent a message that cannot be true
  'ERR_SANDBOX_GONE', // the sandbox was terminated during a call
  'ERR_SANDBOX_DEADLINE', // the sandbox did not answer in time
  'ERR_SANDBOX_PART', // a lazy part of the sandbox, such as the one for videos, does not run
  'ERR_MODEL', // a model is for another build, does not load, or its figures do not support the order
  // Network
  'ERR_NETWORK', // a request failed
  'ERR_NETWORK_POLICY', // the page's Content-Security-Policy blocks a request; the message has the line to add
  'ERR_HTTP', // a server answered with an unexpected status
  'ERR_SIGNAL_FORMAT', // not a signal: wrong length, version, reserved bytes or value
  'ERR_SIGNAL_OPEN', // a signal cannot be decrypted
  'ERR_KEYS', // the receiver has no valid key now
  'ERR_SUBJECT', // not a batch of subject ids as the account service issues it, or no id is left
  'ERR_STORAGE', // the browser denies storage
  // Tools
  'ERR_BROWSER_MISSING', // no browser is installed
  'ERR_BROWSER_START', // a browser is installed but does not start or respond
  'ERR_USAGE', // an invalid command line
  'ERR_IMPORT', // a picture or row that cannot be added to a list
  'ERR_ORDER_LAW', // the order breaks a rule of its jurisdiction
  'ERR_REPOSITORY', // an authority's folder is invalid or damaged
  'ERR_SIGNER', // a signing key cannot be used: wrong passphrase, unreadable file, failed command, or not a holder's key
  'ERR_CASE', // an action on a case or a user that the rules of review refuse
  'ERR_RECEIVER', // the receiver's data folder or configuration is invalid
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * @example
 * try {
 *   createGuard(options);
 * } catch (error) {
 *   if (error instanceof LodestoneError && error.code === 'ERR_OPTIONS') report(error.message);
 * }
 */
export class LodestoneError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'LodestoneError';
  readonly code: C;
  constructor(code: C, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
