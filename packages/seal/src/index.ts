/**
 * Encrypts and decrypts signals, and issues and verifies subject ids. No other package creates the 256 bytes of a signal.
 * @module @lodestone/seal
 */
export {
  generateReceiverKey,
  importPrivateKeys,
  type PrivateKey,
  type PrivateKeys,
  type ReceiverPrivateKey,
} from './keys.ts';
export { type LookupSigner, openLookup, signLookup } from './lookups.ts';
export { openRevocations, signRevocations } from './revocations.ts';
export { openSignal, restoreSealed, type SealedSignal, sealSignal } from './signal.ts';
export {
  type BatchRequest,
  digestOfEndpoint,
  generateSubjectKey,
  importSubjectKey,
  importSubjectPublicKey,
  issueSubjectIds,
  type SubjectKey,
  verifySubjectId,
} from './subject-ids.ts';
export { openYoungAccounts, signYoungAccounts } from './young-accounts.ts';
export { SIGNAL_SUITE, signalSuite, type SignalKeyPair, type SignalSuite } from './suite.ts';
