/**
 * The places of recorded traffic that are searched: the parts of each record, and bodies that follow each other to one address, joined,
 * since an app may send a file in pieces. Pure. Flow: record.ts → here → search.ts, picture-search.ts. Spec: docs/design/audit.md#capture
 */
import { searchablePlaces, type TrafficRecord } from './record.ts';

export interface SearchedPlace {
  /** Id of the record; of the first, for joined bodies. */
  sent: number;
  /** "body", "header Cookie", "12 bodies joined". */
  place: string;
  bytes: Uint8Array;
  /** Ids of the records that are joined; empty for a part of one record. */
  joins: readonly number[];
}

export function* searchedPlaces(
  traffic: readonly TrafficRecord[],
  moments: readonly number[] = [],
): Generator<SearchedPlace> {
  for (const sent of traffic)
    for (const { place, bytes } of searchablePlaces(sent)) yield { sent: sent.id, place, bytes, joins: [] };
  yield* joinedBodies(traffic, moments);
}

/** Pieces of base64 of an encoded message are at least this long. */
const BASE64_RUN = /[A-Za-z0-9+/_-]{32,}={0,2}/g;

/**
 * Bodies to one address, all together, and those between two steps of the auditor: a piece of one picture is not joined to another.
 * @param moments times of the auditor's steps
 */
function* joinedBodies(traffic: readonly TrafficRecord[], moments: readonly number[]): Generator<SearchedPlace> {
  const pieces = traffic.flatMap((sent) => {
    const to = addressOf(sent);
    return to === undefined || !('body' in sent) || sent.body.length === 0 ? [] : [{ ...sent, to, body: sent.body }];
  });
  for (const all of Map.groupBy(pieces, ({ to }) => to).values()) {
    const steps = Map.groupBy(all, ({ at }) => moments.filter((moment) => moment <= at).length);
    for (const group of new Set(steps.size > 1 ? [all, ...steps.values()] : [all])) {
      const [first] = group;
      if (!first || group.length < 2) continue;
      const joins = group.map(({ id }) => id);
      const bodies = group.map(({ body }) => body);
      yield { sent: first.id, place: `${group.length} bodies joined`, bytes: Buffer.concat(bodies), joins };
      const runs = bodies.map((body) => longestRun(Buffer.from(body).toString('latin1')));
      if (runs.every((run) => run !== ''))
        yield {
          sent: first.id,
          place: `base64 of ${group.length} bodies joined`,
          bytes: Buffer.from(runs.join('')),
          joins,
        };
    }
  }
}

/** Without the query, which may number the pieces. */
function addressOf(sent: TrafficRecord): string | undefined {
  switch (sent.kind) {
    case 'request':
    case 'message':
      return `${sent.kind} ${sent.url.replace(/[?#].*$/, '')}`;
    case 'datagram':
    case 'stream':
      return `${sent.kind} ${sent.to}`;
    case 'name':
    case 'packets':
      return undefined;
  }
}

function longestRun(text: string): string {
  const runs = text.match(BASE64_RUN) ?? [];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}
