/**
 * A session as a network observer sees it: times, sizes and servers, without the host's traffic. Pure.
 * Flow: session → here → claims.ts. Spec: docs/design/audit.md#compare
 */
import { parseLedger } from '@lodestone/protocol/ledger';
import { type DetectionOrder, parseOrder } from '@lodestone/protocol/order';
import { namedByUrlPath, sha256Hex } from '@lodestone/trust';
import { explainTraffic, type ExplanationRules } from '../../traffic/explain.ts';
import type { Session } from '../../traffic/session.ts';
import { destinationOf, type SentRequest, sizeOf, describeRecord } from '../../traffic/record.ts';
import { requestsOf } from '../ledger/claims.ts';

export interface Post {
  atMs: number;
  to: string;
  /** On the wire: address, headers, body. */
  bytes: number;
  /** SHA-256 of the body. */
  body: string;
}

export interface Observed {
  /** From the opening of the app to the end of the recording. */
  durationMs: number;
  /** Requests with a body, which include signals and covers. Times count from the opening. */
  posts: readonly Post[];
  /** Every other request, with its bytes on the wire. */
  others: readonly { what: string; bytes: number }[];
  /** Each attached file: time since the opening, and the result that the app reported. */
  attached: readonly { atMs: number; result: string }[];
  /** Requests to first-party servers: shown, not tested. */
  firstPartyRequests: number;
  /** Orders that the app fetched during the session. */
  orders: readonly DetectionOrder[];
}

export function observe(session: Session, rules: ExplanationRules): Observed {
  const ledgers = session.ledgers.map((ndjson) => requestsOf(parseLedger(ndjson)));
  const { explained } = explainTraffic(session.traffic, ledgers, rules);
  const [opening] = session.moments;
  const from = opening?.at ?? 0;
  const observable = explained
    .filter(({ reason }) => reason.by === 'ledger' || reason.by === 'unexplained')
    .map(({ sent }) => sent)
    // Blocked requests were never on the network.
    .filter((sent) => sizeOf(sent) > 0);
  const isPost = (sent: (typeof observable)[number]): sent is SentRequest =>
    sent.kind === 'request' && sent.body.length > 0;
  return {
    durationMs: session.endedAt - from,
    posts: observable.filter(isPost).map((sent) => ({
      atMs: sent.at - from,
      to: destinationOf(sent),
      bytes: sizeOf(sent),
      body: sha256Hex(sent.body),
    })),
    others: observable
      .filter((sent) => !isPost(sent))
      .map((sent) => ({ what: describeRecord(sent), bytes: sizeOf(sent) })),
    attached: session.moments
      .filter(({ file }) => file !== undefined)
      .map(({ at, file = '', label }) => ({ atMs: at - from, result: label.slice(file.length + 2) })),
    firstPartyRequests: explained.filter(({ reason }) => reason.by === 'first-party').length,
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

/** Times between consecutive posts. */
export function gaps({ posts }: Observed): number[] {
  return posts.slice(1).map(({ atMs }, i) => atMs - (posts[i]?.atMs ?? 0));
}

/** Time from each attached file to the next post; Infinity if none came before the recording ended. */
export function delays({ posts, attached }: Observed): number[] {
  return attached.map(({ atMs }) => (posts.find((post) => post.atMs >= atMs)?.atMs ?? Infinity) - atMs);
}

/** The number of posts whose body was sent before in this session, byte for byte. */
export function repeats({ posts }: Observed): number {
  return posts.length - new Set(posts.map(({ body }) => body)).size;
}

export function kindOf({ to, bytes }: Post): string {
  return `${bytes} bytes to ${to}`;
}
