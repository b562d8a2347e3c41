/** All routes of signed-in users. Each names the action that access.ts allows or refuses. Flow: console → here. Spec: docs/design/receiver.md#console */
import { CALLBACK_ROUTES } from './callback-routes.ts';
import { CASE_ROUTES } from './case-routes.ts';
import { CONTEST_ROUTES } from './contest-routes.ts';
import { EXPORT_ROUTES } from './export-routes.ts';
import { FLOOD_ROUTES } from './flood-routes.ts';
import { LOOKUP_ROUTES } from './lookup-routes.ts';
import { OVERVIEW_ROUTES } from './overview.ts';
import { REPORT_ROUTES } from './report-routes.ts';
import { USER_ROUTES } from './user-routes.ts';
import type { Route } from './visit.ts';

export const ROUTES: readonly Route[] = [
  ...CASE_ROUTES,
  ...EXPORT_ROUTES,
  ...CONTEST_ROUTES,
  ...FLOOD_ROUTES,
  ...LOOKUP_ROUTES,
  ...CALLBACK_ROUTES,
  ...OVERVIEW_ROUTES,
  ...REPORT_ROUTES,
  ...USER_ROUTES,
];
