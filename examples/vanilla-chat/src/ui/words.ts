/** What the app says about a check. The SDK gives codes; the words for them are the app's own. */
import type { Check, UnscannableReason } from '@lodestone/client';

const REASON: Record<UnscannableReason, string> = {
  format: 'It is in a format that cannot be read here.',
  decode: 'The file is damaged.',
  'too-large': 'It is too large.',
  deadline: 'It took too long.',
  room: 'The part of this app that checks did not run.',
  limit: 'Too many were waiting to be checked.',
  'list-missing': 'A list that it is checked against is not here yet.',
  'model-missing': 'What it is checked with is not here yet.',
};

/** Why a person is asked, or told no, in a heading and a sentence. */
export function explain(check: Check, what: { mine: boolean }): { heading: string; sentence: string } {
  if (check.action === 'block') {
    const heading = what.mine ? 'This was not sent' : 'This is not shown';
    return check.outcome === 'unscannable'
      ? { heading, sentence: `It could not be checked. ${REASON[check.reason]}` }
      : {
          heading,
          sentence: `It matches material that is not allowed here.${what.mine ? ' It stayed on this device.' : ''}`,
        };
  }
  if (check.outcome === 'unscannable') {
    return { heading: 'This could not be checked', sentence: REASON[check.reason] };
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
