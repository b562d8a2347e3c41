/** Report sections of a ledger: requests over time, totals, all entries. Spec: docs/design/audit.md#ledger */
import type { LedgerEntry, LedgerRequest } from '@lodestone/protocol/ledger';
import { fromInstant } from '@lodestone/protocol/time';
import { requestsOf } from './claims.ts';
import type { LedgerFacts } from './run.ts';
import { bytes, digest, type Section, folded, table } from '../../report/html/section.ts';
import { flow } from '../../report/html/flow.ts';
import { timeline, type Tone } from '../../report/html/timeline.ts';

const LANES: Record<LedgerRequest['purpose'], { lane: string; tone: Tone }> = {
  metadata: { lane: 'Metadata', tone: 'e' },
  order: { lane: 'Orders', tone: 'a' },
  list: { lane: 'Lists', tone: 'a' },
  keys: { lane: 'Keys', tone: 'a' },
  model: { lane: 'Models', tone: 'a' },
  signal: { lane: 'Signals', tone: 'c' },
};

export function ledgerSections({ entries, totals, clockSetBack }: LedgerFacts): Section[] {
  const requests = requestsOf(entries);
  if (requests.length === 0) return [];
  const used = Object.entries(LANES).filter(([purpose]) => requests.some((request) => request.purpose === purpose));
  return [
    {
      title: 'When requests were made',
      about: 'One dot for each request, by the device’s clock.',
      body: timeline({
        label: `${requests.length} requests by time and purpose. The tables below have the same data.`,
        lanes: used.map(([, { lane }]) => lane),
        dots: requests.map(({ time, purpose, method, origin, path, request, response }) => ({
          ...LANES[purpose],
          at: fromInstant(time),
          bytes: Math.max(request.bytes, response.bytes),
          title: `${time} ${method} ${origin}${path}: ${bytes(request.bytes)} sent, ${bytes(response.bytes)} received`,
        })),
      }),
    },
    {
      title: 'Requests by purpose and server',
      about: 'Bytes are those of the bodies. A GET has no body.',
      body: flow(
        'Requests and bytes sent by purpose and server. The table below has the same data.',
        totals.map(({ purpose, method, origin, requests: many, sentBytes }) => ({
          from: `${LANES[purpose].lane} (${method})`,
          to: origin,
          requests: many,
          sentBytes,
          tone: LANES[purpose].tone,
        })),
      ),
    },
    {
      title: 'Totals',
      body: table(
        `Requests by purpose and server${clockSetBack > 0 ? `. The device’s clock was set back ${clockSetBack} times` : ''}`,
        [
          { head: 'Purpose' },
          { head: 'Method' },
          { head: 'Server' },
          { head: 'Requests', number: true },
          { head: 'Sent', number: true },
          { head: 'Received', number: true },
        ],
        totals.map((one) => [
          one.purpose,
          one.method,
          one.origin,
          one.requests,
          bytes(one.sentBytes),
          bytes(one.receivedBytes),
        ]),
      ),
    },
    { title: 'All entries', body: folded(`${entries.length} entries`, entryTable(entries)) },
  ];
}

function entryTable(entries: readonly LedgerEntry[]): Section['body'] {
  return table(
    'The ledger, line by line',
    [
      { head: 'No.', number: true },
      { head: 'Time' },
      { head: 'Entry' },
      { head: 'Sent', number: true },
      { head: 'Status' },
      { head: 'Digest' },
    ],
    entries.map((entry) =>
      entry.type === 'note'
        ? [entry.seq, entry.time, [noteText(entry), digest(entry.of)], '', '', digest(entry.digest.slice(0, 16))]
        : [
            entry.seq,
            entry.time,
            `${entry.method} ${entry.origin}${entry.path} (${entry.purpose})`,
            bytes(entry.request.bytes),
            entry.response.status,
            digest(entry.digest.slice(0, 16)),
          ],
    ),
  );
}

function noteText(entry: Extract<LedgerEntry, { type: 'note' }>): string {
  if (entry.note !== 'pruned') return `${entry.note}: `;
  const { entries, requests, signals, from, to } = entry.pruned;
  return `pruned: ${entries} entries (${requests} requests, ${signals} signals) from ${from} to ${to}, the last of them `;
}
