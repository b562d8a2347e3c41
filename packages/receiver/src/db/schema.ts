/**
 * The receiver's tables as TypeScript types; in the database, names are snake_case. Flow: ingest and sources → here → cases.
 * Promise: no table holds an account, a network address, or a time of a signal finer than a day.
 * Spec: docs/design/receiver.md#database.
 */
import type { Kysely } from 'kysely';
import type { CaseNotesTable, CaseReceiptsTable, CasesTable, RecordEntriesTable } from './schema-cases.ts';
import type { CallbacksTable, ContestsTable, FeedbackTable } from './schema-contests.ts';
import type { FloodNotesTable, FloodsTable } from './schema-floods.ts';
import type { LookupsTable } from './schema-lookups.ts';
import type { MonthlyCountsTable } from './schema-report.ts';
import type {
  CountingWindowsTable,
  CountsTable,
  OrderCountsTable,
  SignalIdsTable,
  SignalsTable,
  TombstonesTable,
  WaitingTable,
} from './schema-signals.ts';
import type {
  ClockTable,
  LineagesTable,
  ListIndexesTable,
  ListShardsTable,
  ManifestsTable,
  OrdersTable,
  SourcesTable,
  SuppressedTable,
} from './schema-sources.ts';
import type {
  CredentialsTable,
  SessionsTable,
  SignInAttemptsTable,
  SignInLinksTable,
  UsersTable,
} from './schema-users.ts';

export interface Tables {
  signalIds: SignalIdsTable;
  waiting: WaitingTable;
  countingWindows: CountingWindowsTable;
  cases: CasesTable;
  caseNotes: CaseNotesTable;
  caseReceipts: CaseReceiptsTable;
  contests: ContestsTable;
  callbacks: CallbacksTable;
  feedback: FeedbackTable;
  users: UsersTable;
  credentials: CredentialsTable;
  signInLinks: SignInLinksTable;
  sessions: SessionsTable;
  signInAttempts: SignInAttemptsTable;
  recordEntries: RecordEntriesTable;
  signals: SignalsTable;
  tombstones: TombstonesTable;
  counts: CountsTable;
  orderCounts: OrderCountsTable;
  orders: OrdersTable;
  lineages: LineagesTable;
  manifests: ManifestsTable;
  listIndexes: ListIndexesTable;
  listShards: ListShardsTable;
  suppressed: SuppressedTable;
  floods: FloodsTable;
  floodNotes: FloodNotesTable;
  lookups: LookupsTable;
  monthlyCounts: MonthlyCountsTable;
  sources: SourcesTable;
  clock: ClockTable;
}
export type Database = Kysely<Tables>;
