/** The report of `npm start -- --once`, as lines. */
import type { Case } from '@lodestone/receiver';
import type { Observed, Recorded } from './drive-chat.ts';
import type { Comparison } from './expectations.ts';

export function reportLines(
  { checks }: Observed,
  { sdk, own, differences }: Comparison,
  cases: readonly Case[],
): string[] {
  return [
    '',
    'Checks',
    ...table(
      checks.map(({ file, surface, outcome, reason, action, milliseconds }) => [
        file,
        surface,
        reason ? `${outcome}/${reason}` : outcome,
        action,
        milliseconds,
      ]),
    ),
    '',
    `Requests of the SDK: ${sdk.length}`,
    ...table(rowsOf(sdk)),
    '',
    `Requests of the page to its server: ${own.length}`,
    ...table(rowsOf(own)),
    '',
    `Cases at the receiver: ${cases.length}`,
    ...cases.flatMap(({ pseudonym, order, entries }) =>
      entries.map(
        ({ reference, version, entry, level, signals }) =>
          `  pseudonym ${pseudonym.slice(0, 8)}… · order ${order.source}:${order.orderId} · ${reference} version ${version}, ` +
          `entry ${entry}, distance ${level}, ${signals} ${signals === 1 ? 'signal' : 'signals'}`,
      ),
    ),
    '',
    ...differences.map((what) => `Difference: ${what}`),
  ];
}

/** Both devices send the same requests, so equal ones share a row. */
function rowsOf(requests: readonly Recorded[]): string[][] {
  const rows = new Map<string, { row: string[]; times: number }>();
  for (const { method, url, body, status } of requests) {
    const short = url.replaceAll(/[0-9a-f]{64}/g, (digest) => `${digest.slice(0, 6)}…`);
    const row = [method, short, `${body.bytes} B`, String(status)];
    const key = row.join(' ');
    rows.set(key, { row, times: (rows.get(key)?.times ?? 0) + 1 });
  }
  return [...rows.values()].map(({ row, times }) => [...row, times > 1 ? `× ${times}` : '']);
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}
