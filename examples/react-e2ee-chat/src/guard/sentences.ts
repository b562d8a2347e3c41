/** What the app says about a check and about the guard. The SDK returns codes; each app writes its own sentences. Pure. */
import type { Check, GuardStatus, OrderStatus, UnscannableReason } from '@lodestone/client';

const WHY: Record<UnscannableReason, string> = {
  format: 'Its format is unknown.',
  decode: 'The file is damaged.',
  'too-large': 'It is too large.',
  'too-long': 'It is too long to be checked completely.',
  codec: 'This browser cannot read its frames.',
  deadline: 'The check took too long.',
  sandbox: 'The check could not start.',
  limit: 'Too many files are waiting.',
  'list-missing': 'A list that the check needs has not arrived yet.',
  'model-missing': 'A model that the check needs has not arrived yet.',
};

export interface Sentences {
  heading: string;
  text: string;
}

/** What a card says instead of the file. Never called for `allow`; an action that this app does not know reads like a block. */
export function explain(check: Check, mine: boolean): Sentences {
  const question = mine ? 'Send it anyway?' : 'Show it anyway?';
  if (check.action === 'warn') {
    switch (check.outcome) {
      case 'unscannable':
        return { heading: 'This file could not be checked', text: `${WHY[check.reason]} ${question}` };
      case 'skipped':
        return { heading: 'Not checked yet', text: `It is not known yet whether files must be checked. ${question}` };
      case 'sensitive':
        return { heading: 'This may be sensitive', text: question };
      case 'match':
      case 'clear':
        return { heading: 'This may distress people', text: question };
    }
  }
  const heading = mine ? 'Not sent' : 'Not shown';
  if (check.outcome === 'unscannable') return { heading, text: `The file could not be checked. ${WHY[check.reason]}` };
  if (check.outcome === 'skipped') return { heading, text: 'It is not known yet whether files must be checked.' };
  if (check.outcome === 'sensitive') return { heading, text: 'It may be sensitive, which is not allowed here.' };
  return {
    heading,
    text: `It matches material that is not allowed here.${mine ? ' It stayed on this device.' : ''}`,
  };
}

export interface GuardLine {
  state: 'on' | 'off' | 'starting' | 'unknown';
  text: string;
}

/** One line about the guard. */
export function guardLine({ state, orders, sources }: GuardStatus): GuardLine {
  if (state === 'unsupported') return { state: 'off', text: 'This browser is too old for checks' };
  if (orders.some((order) => order.state === 'in-force'))
    return { state: 'on', text: 'Files are checked on this device' };
  if (orders.some((order) => order.state === 'announced')) return { state: 'off', text: 'Checks are announced' };
  if (orders.some((order) => order.state === 'unknown')) return { state: 'unknown', text: 'Orders are out of date' };
  const answered = sources.filter(({ power, refreshed }) => power !== 'lists' && refreshed !== undefined).length;
  const asked = sources.filter(({ power }) => power !== 'lists').length;
  if (asked > 0 && answered === asked) return { state: 'off', text: 'No order asks for checks' };
  const failed = sources.some(({ error }) => error !== undefined);
  return failed
    ? { state: 'unknown', text: 'Orders are not known yet' }
    : { state: 'starting', text: 'Checks are starting' };
}

/** The orders that decided a check. */
export function ordersOf({ orders }: GuardStatus, check: Check): OrderStatus[] {
  return orders.filter(({ orderDigest }) => check.orders.includes(orderDigest));
}

/** A signed text in the first language that the person reads. */
export function inLanguage(texts: Readonly<Record<string, string>>): string {
  const wanted = [...navigator.languages.flatMap((tag) => [tag, tag.split('-')[0] ?? tag]), 'en'];
  return texts[wanted.find((tag) => tag in texts) ?? Object.keys(texts)[0] ?? ''] ?? '';
}
