/**
 * The one error type of Lodestone and every code it can carry. The code is the contract; the message is for people:
 * it says what is wrong, where, and what to do. (`@lodestone/pdq` stands alone and has its own `PdqError`.)
 */

export type ErrorCode =
  // What the host app did
  | 'ERR_OPTIONS' // createGuard got wrong options
  | 'ERR_CONTENT' // check got something that is neither a Blob nor bytes
  | 'ERR_DISPOSED' // the guard was disposed
  | 'ERR_NO_DOCUMENT' // check was called where there is no document
  | 'ERR_UNSUPPORTED' // the browser or this build lacks something that is named
  // Documents and layouts
  | 'ERR_SCHEMA' // a document does not fit its schema
  | 'ERR_SIZE' // a document is over its bound, or not of its length
  | 'ERR_LIST_FORMAT' // a .lode file breaks its layout
  | 'ERR_LEDGER_CHAIN' // a ledger entry does not follow from the one before
  // Signed inputs
  | 'ERR_TRUST_SIGNATURE' // too few valid signatures of a role's keys
  | 'ERR_TRUST_ROLLBACK' // older than what was trusted before
  | 'ERR_TRUST_EXPIRED' // metadata, list or order past its end
  | 'ERR_TRUST_DIGEST' // bytes differ from the signed digest or length
  | 'ERR_TRUST_METADATA' // metadata that breaks TUF or our profile of it (delegations, wrong role, wrong version)
  | 'ERR_TRUST_POWER' // the source may not publish this
  | 'ERR_TRUST_MISSING' // a signed document names a target that is not there
  | 'ERR_TRUST_ENDPOINT' // an order names another endpoint than the host pinned
  | 'ERR_TRUST_PROOF' // a Merkle proof does not lead to the root
  // The sandbox
  | 'ERR_SANDBOX_VERSION' // the sandbox document is of another build, or was changed on its way
  | 'ERR_SANDBOX_POLICY' // a header of the page, or of the served sandbox, forbids the sandbox: the message has the line to add
  | 'ERR_SANDBOX_BOOT' // the sandbox did not start before its deadline
  | 'ERR_SANDBOX_GATE' // the sandbox said something that cannot be true
  | 'ERR_SANDBOX_GONE' // the sandbox was torn down while a call was under way
  | 'ERR_SANDBOX_DEADLINE' // the sandbox did not answer in time
  | 'ERR_MODEL' // a model is not for this build, does not load, or an order asks more of it than its figures allow
  // The way out
  | 'ERR_NETWORK' // a request did not get through
  | 'ERR_HTTP' // a server answered with an unexpected status
  | 'ERR_SIGNAL_FORMAT' // not a signal: length, version, reserved bytes or a value
  | 'ERR_SIGNAL_OPEN' // a sealed signal does not open
  | 'ERR_KEYS' // no key of the receiver is valid now
  | 'ERR_SUBJECT' // not the subject that the account service issues
  | 'ERR_STORAGE' // the browser refuses storage
  // Tools
  | 'ERR_BROWSER_MISSING' // no browser found, and none could be had
  | 'ERR_BROWSER_START' // a browser is there, and does not start or answer
  | 'ERR_USAGE' // a command line that makes no sense
  | 'ERR_IMPORT' // a picture or a row that cannot enter a list
  | 'ERR_ORDER_LAW' // the order breaks a rule of its jurisdiction
  | 'ERR_REPOSITORY' // an authority's folder is not what it must be
  | 'ERR_RECEIVER'; // the receiver's data folder or configuration is not what it must be

/** @example `try { createGuard(options) } catch (error) { if (error instanceof LodestoneError && error.code === 'ERR_OPTIONS') … }` */
export class LodestoneError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'LodestoneError';
  readonly code: C;
  constructor(code: C, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
