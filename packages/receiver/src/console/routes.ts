/** All routes of signed-in users. Each names the action that access.ts allows or refuses. Flow: console → here. Spec: docs/design/receiver.md#console */
import { CASE_ROUTES } from './case-routes.ts';
import { CONTEST_ROUTES } from './contest-routes.ts';
import { OVERVIEW_ROUTES } from './overview.ts';
import { USER_ROUTES } from './user-routes.ts';
import type { Route } from './visit.ts';

export const ROUTES: readonly Route[] = [...CASE_ROUTES, ...CONTEST_ROUTES, ...OVERVIEW_ROUTES, ...USER_ROUTES];
