/** The app's texts about a check. The SDK returns codes; each app writes its own texts. */
import type { Check, UnscannableReason } from '@lodestone/client';
import { ENGLISH_LABELS, type BlurLabels } from '@lodestone/client/blur';

const REASON: Record<UnscannableReason, string> = {
  format: 'It is in a format that cannot be read here.',
  decode: 'The file is damaged.',
  'too-large': 'It is too large.',
  deadline: 'It took too long.',
  sandbox: 'The part of this app that checks did not run.',
  limit: 'Too many were waiting to be checked.',
  'list-missing': 'A list that it is checked against is not here yet.',
  'model-missing': 'What it is checked with is not here yet.',
};

/** Labels of the blur on the person's own picture. */
export const OWN_PICTURE: BlurLabels = { ...ENGLISH_LABELS, sentence: 'Your own picture, on your own device.' };

/** A heading and a sentence about a warning or a block. */
export function explain(check: Check, what: { mine: boolean }): { heading: string; sentence: string } {
  // Only `warn` leaves the decision to the person: `block`, and an action that this app does not know, stop the content.
  if (check.action !== 'warn') {
    const heading = what.mine ? 'This was not sent' : 'This is not shown';
    if (check.outcome === 'unscannable')
      return { heading, sentence: `It could not be checked. ${REASON[check.reason]}` };
    const why = check.outcome === 'sensitive' ? 'It may be sensitive, which' : 'It matches material that';
    return { heading, sentence: `${why} is not allowed here.${what.mine ? ' It stayed on this device.' : ''}` };
  }
  if (check.outcome === 'unscannable') {
    return { heading: 'This could not be checked', sentence: REASON[check.reason] };
  }
  if (check.outcome === 'sensitive') {
    return what.mine
      ? {
          heading: 'Do you want to send this?',
          sentence: 'It may be sensitive. Once it is sent, you cannot take it back.',
        }
      : { heading: ENGLISH_LABELS.heading, sentence: `It is blurred. ${ENGLISH_LABELS.sentence}` };
  }
  return {
    heading: what.mine ? 'Do you want to send this?' : 'Do you want to see this?',
    sentence: 'It may show something that harms or distresses people.',
  };
}

export function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export function timeOf(date: Date): string {
  return date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
