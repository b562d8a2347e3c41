/**
 * What somebody who watches the network sees of a session: when, how much, to whom. Not the host's own traffic, which tells
 * what the host makes it tell. Flow: session → here → compare.ts. Pure.
 */
import { parseLedger } from '@lodestone/protocol/ledger';
import { type DetectionOrder, parseOrder } from '@lodestone/protocol/order';
import { namedByUrlPath } from '@lodestone/trust';
import { explain, type Rules } from '../../traffic/explain.ts';
import type { Session } from '../../traffic/session.ts';
import { destinationOf, type SentRequest, sizeOf, whatOf } from '../../traffic/record.ts';
import { requestsOf } from '../ledger/run.ts';

export interface Observed {
  /** From the opening of the app to the end of the recording. */
  durationMs: number;
  /** Requests with a body, which is where signals and covers are: since the opening. */
  posts: readonly { atMs: number; to: string; bytes: number }[];
  /** Every other request: what is asked of whom, and how many bytes that is on the wire. */
  others: readonly { what: string; bytes: number }[];
  /** When each file was attached, since the opening, and what the app said. */
  attached: readonly { atMs: number; said: string }[];
  /** Requests of the host's own: shown, not judged. */
  ownRequests: number;
  /** Documents that the app was given during the session. */
  orders: readonly DetectionOrder[];
}

export function observe(session: Session, rules: Rules): Observed {
  const ledgers = session.ledgers.map((ndjson) => requestsOf(parseLedger(ndjson)));
  const { explained } = explain(session.traffic, ledgers, rules);
  const [opening] = session.moments;
  const from = opening?.at ?? 0;
  const watched = explained
    .filter(({ reason }) => reason.by === 'ledger' || reason.by === 'nothing')
    .map(({ sent }) => sent)
    // What the proxy held back at the end was never on the network.
    .filter((sent) => sizeOf(sent) > 0);
  const isPost = (sent: (typeof watched)[number]): sent is SentRequest =>
    sent.kind === 'request' && sent.body.length > 0;
  return {
    durationMs: session.endedAt - from,
    posts: watched
      .filter(isPost)
      .map((sent) => ({ atMs: sent.at - from, to: destinationOf(sent), bytes: sizeOf(sent) })),
    others: watched.filter((sent) => !isPost(sent)).map((sent) => ({ what: whatOf(sent), bytes: sizeOf(sent) })),
    attached: session.moments
      .filter(({ file }) => file !== undefined)
      .map(({ at, file = '', label }) => ({ atMs: at - from, said: label.slice(file.length + 2) })),
    ownRequests: explained.filter(({ reason }) => reason.by === 'own').length,
    orders: session.traffic.flatMap((sent) =>
      sent.kind === 'request' &&
      namedByUrlPath(new URL(sent.url).pathname)?.kind === 'order' &&
      sent.response &&
      sent.status === 200
        ? [parseOrder(sent.response)]
        : [],
    ),
  };
}

/** Times between one post and the next. */
export function gaps({ posts }: Observed): number[] {
  return posts.slice(1).map(({ atMs }, i) => atMs - (posts[i]?.atMs ?? 0));
}

/** Time from each attached file to the next post; the end of the recording where none came. */
export function delays({ posts, attached, durationMs }: Observed): number[] {
  return attached.map(({ atMs }) => (posts.find((post) => post.atMs >= atMs)?.atMs ?? durationMs) - atMs);
}
