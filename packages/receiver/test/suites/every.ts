/** The suites that hold on every database. */
import type { World } from '../support/world.ts';
import { countedOnce } from './counted-once.ts';
import { keptAsLongAsADayCounts } from './kept-as-long-as-a-day-counts.ts';
import { noCaseBelowTheThreshold } from './no-case-below-the-threshold.ts';
import { oneAnswerForEveryBody } from './one-answer-for-every-body.ts';
import { ordersComeFromTheirSources } from './orders-come-from-their-sources.ts';

export const everySuite: readonly [name: string, suite: (world: () => World) => void][] = [
  ['one answer for every body', oneAnswerForEveryBody],
  ['counted once', countedOnce],
  ['no case below the threshold', noCaseBelowTheThreshold],
  ['kept as long as a day counts', keptAsLongAsADayCounts],
  ['orders come from their sources', ordersComeFromTheirSources],
];
