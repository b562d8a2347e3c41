/** The 256 bytes of a signal, field by field: what an eavesdropper sees, and what the receiver reads. Spec: docs/design/contracts.md#signal */
import { element } from '../ui/element.ts';

export interface Field {
  /** Of the first byte. */
  readonly at: number;
  readonly bytes: number;
  readonly says: string;
}

/** Anybody on the way sees this, and that it goes to the receiver. A cover looks the same. */
export const SEEN: readonly Field[] = [
  { at: 0, bytes: 1, says: 'version, always 1' },
  { at: 1, bytes: 15, says: 'zeros, always' },
  { at: 16, bytes: 32, says: 'a new public key for each signal; it looks random' },
  { at: 48, bytes: 208, says: 'encrypted; only the receiver can read it' },
];

/** What the receiver reads after it has decrypted the last part. */
export const READ: readonly Field[] = [
  { at: 0, bytes: 1, says: 'version, always 1' },
  { at: 1, bytes: 1, says: 'a match, a model’s finding, or a cover' },
  { at: 2, bytes: 1, says: 'where: sent, uploaded, or a profile' },
  { at: 3, bytes: 1, says: 'picture, video or file' },
  { at: 4, bytes: 4, says: 'the day of the match; no time of day' },
  { at: 8, bytes: 16, says: 'a random id, so that it counts once' },
  { at: 24, bytes: 32, says: 'which order' },
  { at: 56, bytes: 32, says: 'which version of the list or model' },
  { at: 88, bytes: 16, says: 'a pseudonym of the account; only the account service can map it' },
  { at: 104, bytes: 4, says: 'until when the id is valid' },
  { at: 108, bytes: 64, says: 'the account service’s signature of the id' },
  { at: 172, bytes: 4, says: 'the number of the list’s entry' },
  { at: 176, bytes: 1, says: 'how near the match is, or how sure the model' },
  { at: 177, bytes: 1, says: 'the evidence: exact, confirmed by a model, or a model alone' },
  { at: 178, bytes: 1, says: 'how sure the confirming model is' },
  { at: 179, bytes: 8, says: 'which confirming model' },
  { at: 187, bytes: 5, says: 'zeros, always' },
];

export function signalBytes(): HTMLElement {
  return element(
    'details',
    { class: 'signal-bytes' },
    element('summary', {}, 'A signal, byte by byte'),
    element(
      'p',
      {},
      'Every signal has 256 bytes. It contains no picture, no hash of a picture, no message, no recipient and no time of day.',
    ),
    table('What an eavesdropper sees', SEEN),
    table('What the receiver reads in the encrypted part', READ),
  );
}

function table(title: string, fields: readonly Field[]): HTMLElement {
  const rows = fields.map(({ at, bytes, says }) =>
    element(
      'tr',
      {},
      element('td', { class: 'figure' }, `${at}`),
      element('td', { class: 'figure' }, `${bytes}`),
      element('td', {}, says),
    ),
  );
  const head = ['At', 'Bytes', 'What'].map((name) => element('th', { scope: 'col' }, name));
  return element(
    'table',
    {},
    element('caption', {}, title),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  );
}
