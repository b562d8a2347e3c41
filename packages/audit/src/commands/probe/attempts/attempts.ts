/** The table of attempts, by subject. A new attempt is one line in the file of its subject. Spec: docs/design/audit.md#probe */
import type { Attempt, Place } from './attempt.ts';
import { code } from './code.ts';
import { device } from './device.ts';
import { elements } from './elements.ts';
import { hostPage } from './host-page.ts';
import { navigation } from './navigation.ts';
import { peerConnections } from './peer-connections.ts';
import { requests } from './requests.ts';
import { resourceHints } from './resource-hints.ts';
import { storage } from './storage.ts';
import { timing } from './timing.ts';

export type { Attempt, Place } from './attempt.ts';

export const ATTEMPTS: readonly Attempt[] = [
  ...requests,
  ...code,
  ...elements,
  ...resourceHints,
  ...navigation,
  ...peerConnections,
  ...storage,
  ...hostPage,
  ...timing,
  ...device,
];

export function attemptsAt(place: Place, isolation?: Attempt['isolation']): Attempt[] {
  return ATTEMPTS.filter((one) => (one.where === 'both' || one.where === place) && one.isolation === isolation);
}
