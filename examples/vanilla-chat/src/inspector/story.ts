/** One check told in four answers: where the file went, what it was compared with, who decided, and what left the device for it. */
import type { Check, GuardStatus, OrderStatus } from '@lodestone/client';
import type { CheckRecord } from '../device.ts';
import { type Child, element } from '../ui/element.ts';

export interface Story {
  readonly went: string;
  readonly compared: string;
  readonly decided: string;
  readonly left: string;
}

export function storyOf({ surface, check }: CheckRecord & { check: Check }, status: GuardStatus): Story {
  const isScanned = check.outcome !== 'skipped';
  const orders = status.orders.filter(({ orderDigest }) => check.orders.includes(orderDigest));
  return {
    went: `${isScanned ? 'Into the sandbox: a frame of this page that cannot send anything.' : 'Not into the sandbox.'} ${NEXT[surface][check.action]}`,
    compared: isScanned ? comparedWith(status) : `Nothing: ${SKIPPED[check.reason]}`,
    decided: orders.length > 0 ? orders.map(nameOf).join('; ') : 'No order: this check required nothing.',
    left: leftFor(surface, check, orders),
  };
}

/** A closed part of an item in the list of checks. */
export function storyPart(story: Story): HTMLElement {
  const rows: readonly [string, string][] = [
    ['Where it went', story.went],
    ['Compared with', story.compared],
    ['Decided by', story.decided],
    ['Left the device for it', story.left],
  ];
  return element(
    'details',
    { class: 'story' },
    element('summary', {}, 'What happened'),
    element('dl', {}, ...rows.flatMap(([term, text]): Child[] => [element('dt', {}, term), element('dd', {}, text)])),
  );
}

const NEXT: Record<CheckRecord['surface'], Record<Check['action'], string>> = {
  send: {
    allow: 'Then it was encrypted and sent to the other person.',
    warn: 'It is sent only if the person decides so.',
    block: 'It went no further.',
  },
  receive: {
    allow: 'It had arrived encrypted, was decrypted here, and was shown after the check.',
    warn: 'It is shown only if the person decides so.',
    block: 'It is not shown.',
  },
};

const SKIPPED: Record<Extract<Check, { outcome: 'skipped' }>['reason'], string> = {
  'no-order': 'no order applies to this device.',
  'not-covered': 'no order applies to such files.',
  'inputs-missing': 'the list of the order has not arrived yet.',
  'orders-unknown': 'this device has not received its orders yet.',
  unsupported: 'this browser is too old.',
};

function comparedWith({ lists, models }: GuardStatus): string {
  const listed = lists.flatMap(({ reference, release }) =>
    release ? [`the list ${reference.split('/').at(-2)}, version ${release.version}, ${release.records} records`] : [],
  );
  const classified = models.map(({ reference }) => `the model ${reference.split('/').at(-2)}`);
  const all = [...listed, ...classified];
  return all.length > 0 ? `${all.join('; ')}. All of it is on this device.` : 'Nothing: no list has arrived yet.';
}

function nameOf({ order }: OrderStatus): string {
  return `Order ${order.id} of ${order.issuer.court ?? order.issuer.authority}, under ${order.legal.instrument}`;
}

function leftFor(surface: CheckRecord['surface'], check: Check, orders: readonly OrderStatus[]): string {
  if (check.outcome !== 'match' && check.outcome !== 'sensitive') return 'Nothing.';
  if (surface === 'receive') return 'Nothing: what a person receives is never signalled.';
  const mayCount = orders.some(({ order }) => order.receiver && order.detect.some(({ signal }) => signal));
  return mayCount
    ? 'Nothing now. If the conditions of the order are met, one signal of 256 bytes leaves later: the ledger shows it, and “A signal, byte by byte” what it contains.'
    : 'Nothing: the order asks for no signal.';
}
