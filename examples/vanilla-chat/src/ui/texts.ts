/** The app's texts about a check. The SDK returns codes; each app writes its own texts. */
import type { Check, UnscannableReason } from '@lodestone/client';
import { ENGLISH_LABELS, type BlurLabels } from '@lodestone/client/blur';

const REASON: Record<UnscannableReason, string> = {
  format: 'This app cannot read its format.',
  decode: 'The file is damaged.',
  'too-large': 'The file is too large.',
  'too-long': 'It is too long to be checked as a whole.',
  codec: 'This browser cannot read all of its frames.',
  deadline: 'The check took too long.',
  sandbox: 'The checker did not start, or was stopped.',
  limit: 'Too many files were checked at the same time.',
  'list-missing': 'A list needed for the check is not available.',
  'model-missing': 'A model needed for the check is not available.',
};

/** Only with the option `whileUnknown`, which this app does not set. */
const NOT_KNOWN = 'It is not known yet whether it must be checked.';

/** Labels of the blur on the person's own picture. */
export const OWN_PICTURE: BlurLabels = { ...ENGLISH_LABELS, sentence: 'Your own picture, on your own device.' };

interface Explanation {
  heading: string;
  sentence: string;
}

/** A heading and a sentence about a warning or a block. An action that this app does not know stops the content. */
export function explain(check: Check, { mine }: { mine: boolean }): Explanation {
  switch (check.action) {
    case 'warn':
      return question(check, mine);
    case 'block':
    case 'allow': // allowed content has no explanation
      return stopped(check, mine);
    default:
      check.action satisfies never;
      return stopped(check, mine);
  }
}

function stopped(check: Check, mine: boolean): Explanation {
  const heading = mine ? 'This was not sent' : 'This is not shown';
  if (check.outcome === 'unscannable') return { heading, sentence: `It could not be checked. ${REASON[check.reason]}` };
  if (check.outcome === 'skipped') return { heading, sentence: NOT_KNOWN };
  const why = check.outcome === 'sensitive' ? 'It may be sensitive, which' : 'It matches material that';
  return { heading, sentence: `${why} is not allowed here.${mine ? ' It stayed on this device.' : ''}` };
}

function question(check: Check, mine: boolean): Explanation {
  if (check.outcome === 'unscannable') {
    return { heading: 'This could not be checked', sentence: REASON[check.reason] };
  }
  if (check.outcome === 'skipped') return { heading: 'This was not checked', sentence: NOT_KNOWN };
  if (check.outcome === 'sensitive') {
    return mine
      ? {
          heading: 'Do you want to send this?',
          sentence: 'It may be sensitive. You cannot take it back after sending.',
        }
      : { heading: ENGLISH_LABELS.heading, sentence: `It is blurred. ${ENGLISH_LABELS.sentence}` };
  }
  return {
    heading: mine ? 'Do you want to send this?' : 'Do you want to see this?',
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
