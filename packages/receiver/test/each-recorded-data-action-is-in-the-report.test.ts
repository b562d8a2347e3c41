/** What people do to stored data, a look-up and an entry in a flood among it, has a figure in the yearly report. */
import { DATA_ROLES, type DataAction } from '@lodestone/protocol/case-record';
import { expect, test } from 'vitest';
import { DEFINITIONS } from '../src/report/breakdowns.ts';
import { actionKey } from '../src/report/counts.ts';
import { YearFigures } from '../src/report/read-year.ts';

/** Counted by what they were about: the format of a file, the state of a case that was deleted. */
const COUNTED_OTHERWISE: readonly DataAction[] = ['export', 'purge'];
const actions = (Object.keys(DATA_ROLES) as DataAction[]).filter((action) => !COUNTED_OTHERWISE.includes(action));

test.each(actions)('%s', (action) => {
  const key = actionKey({ type: 'data', action, cases: 1 } as Parameters<typeof actionKey>[0], 'lead');
  const year = new YearFigures([{ month: '2026-03', measure: 'actions', dimension: 'action', key, count: 7 }]);
  const counted = Object.values(DEFINITIONS).flatMap(({ read }) => [...read(year).values()]);
  expect(counted.filter((count) => count === 7)).toHaveLength(1);
});
