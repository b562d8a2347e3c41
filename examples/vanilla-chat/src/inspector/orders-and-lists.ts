/** Orders and lists on a device with their sources, and the error codes of refused ones. */
import type { GuardStatus, ListStatus, OrderStatus, SourceStatus } from '@lodestone/client';
import { type Child, element } from '../ui/element.ts';

export function inForce({ orders, lists, sources }: GuardStatus): HTMLElement[] {
  const isKnown = sources.every(({ refreshed }) => refreshed !== undefined);
  const none = element('p', { class: 'empty' }, isKnown ? 'No order. Nothing is checked.' : FIRST_START);
  return [
    element('ul', { class: 'sources', 'aria-label': 'Sources of orders and lists' }, ...sources.map(sourceLine)),
    ...(orders.length > 0 ? orders.map(orderCard) : [none]),
    ...lists.map(listCard),
  ];
}

const FIRST_START =
  'First start: not every source has answered yet, so this device does not know its orders. A file to send waits for them up to five seconds.';
const STATE: Record<OrderStatus['state'], string> = {
  'not-yet': 'not yet',
  announced: 'announced',
  unknown: 'unknown: its source has been silent for 14 days',
  'in-force': 'in force',
  ended: 'ended',
};

function orderCard({ order, orderDigest, state, source, wider }: OrderStatus): HTMLElement {
  return card(
    `Order ${order.id}`,
    STATE[state],
    ['Legal basis', `${order.legal.instrument} (${order.legal.jurisdiction})`],
    ['Applies to', `${order.media.join(', ')} · ${order.surfaces.join(', ')}`],
    ['Until', order.notAfter.slice(0, 10)],
    ['Signals', signalsOf(order)],
    ...(wider ? [['Wider in', wider.join(', ')] as [string, string]] : []),
    ['Signed by', `${source} · ${short(orderDigest)}`],
  );
}

function signalsOf({ detect, receiver }: OrderStatus['order']): string {
  if (!receiver) return 'none: checks on this device only';
  const after = Math.min(...detect.flatMap(({ signal }) => (signal ? [signal.threshold] : [])));
  return `from a threshold of ${after}, to ${new URL(receiver.endpoint).host}`;
}

function listCard({ reference, release, error }: ListStatus): HTMLElement {
  const rows: [string, string][] = release
    ? [
        ['Version', `${release.version} · ${release.records} records`],
        ['Form', release.form === 'locked' ? 'locked: the device cannot read this list' : 'plain'],
        ['Until', release.notAfter.slice(0, 10)],
        ['Manifest', short(release.manifestDigest)],
        ['Merkle root', short(release.merkleRoot)],
      ]
    : [];
  return card(`List ${reference}`, release ? 'in force' : 'missing', ...rows, ...errorRow(error));
}

function sourceLine({ name, power, refreshed, error }: SourceStatus): HTMLElement {
  const when = refreshed ? `refreshed ${refreshed.slice(11, 19)} UTC` : 'not refreshed yet';
  return element(
    'li',
    { 'data-source': name },
    element('strong', {}, name),
    element('span', {}, `${power} · ${when}`),
    error && element('span', { class: 'code' }, `${error.code}: ${error.message}`),
  );
}

const errorRow = (error: ListStatus['error']): [string, string][] =>
  error ? [['Refused', `${error.code}: ${error.message}`]] : [];

function card(title: string, state: string, ...rows: readonly [string, string][]): HTMLElement {
  return element(
    'section',
    { class: 'force', 'aria-label': title },
    element('h4', {}, title, element('span', { class: 'state', 'data-state': state }, state)),
    element('dl', {}, ...rows.flatMap(([term, text]): Child[] => [element('dt', {}, term), element('dd', {}, text)])),
  );
}

/** A shortened digest, enough for a comparison by eye. The ledger's export has the complete one. */
export function short(digest: string): string {
  return `${digest.slice(0, 8)}…${digest.slice(-4)}`;
}
