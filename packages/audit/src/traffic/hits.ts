/** Occurrences of an attached file in the traffic. Flow: search.ts, pictures/picture-search.ts → here → claims. Spec: docs/design/audit.md#capture */
import type { SearchedPlace } from './searched-places.ts';

export interface Hit {
  /** Id of the record. */
  sent: number;
  /** Part of the record and its encodings: "body, base64, gzip". */
  location: string;
  what: 'content' | 'hash' | 'score' | 'canary' | 'picture';
  /** The file or the canary. */
  subject: string;
  /** "bytes 4,096 to 4,111 of harbour.jpg", "SHA-256 of harbour.jpg", … */
  description: string;
}

/** Without the hits in joined bodies that one of these bodies has by itself. */
export function withoutRepeats(found: readonly { place: SearchedPlace; hits: readonly Hit[] }[]): Hit[] {
  const kept: Hit[] = [];
  for (const { place, hits } of found) {
    for (const hit of hits) {
      const isRepeat = kept.some(
        (one) => one.what === hit.what && one.subject === hit.subject && place.joins.includes(one.sent),
      );
      if (!isRepeat) kept.push(hit);
    }
  }
  return kept;
}
