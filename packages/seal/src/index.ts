/** Encrypts and decrypts signals, and issues and verifies subject ids. No other package creates the 192 bytes of a signal. */
export { generateReceiverKey, importPrivateKeys, type PrivateKeys, type ReceiverPrivateKey } from './keys.ts';
export { openSignal, restoreSealed, type SealedSignal, sealSignal } from './signal.ts';
export { verifySubjectId, issueSubjectId } from './subject-id.ts';
export { SIGNAL_SUITE, signalSuite, type SignalKeyPair, type SignalSuite } from './suite.ts';
