/** Out: the only package that mints and opens the 192 bytes of a signal, and issues and checks the subject's tag. */
export { generateReceiverKey, importPrivateKeys, type PrivateKeys, type ReceiverPrivateKey } from './keys.ts';
export { openSignal, restoreSealed, type SealedSignal, sealSignal } from './signal.ts';
export { checkSubject, issueSubject } from './subject.ts';
export { SIGNAL_SUITE, signalSuite, type SignalKeyPair, type SignalSuite } from './suite.ts';
