/**
 * Which signals count towards a threshold, as SQL: not those of a withdrawn entry, and of an entry in quarantine only the exact ones.
 * Flow: cases/judge-windows, cases/open-cases → here. Spec: docs/design/receiver.md#floods
 */
import { type RawBuilder, sql } from 'kysely';

/** @param window name of the counting window's table in the query, whose signals are `s` */
export function signalCounts(window: 'w' | 'v'): RawBuilder<boolean> {
  const reference = sql.ref(`${window}.reference`);
  return sql<boolean>`(
    not exists (select 1 from suppressed x where x.reference = ${reference} and x.entry = s.entry)
    and (s.evidence = 'exact' or not exists (
      select 1 from floods f where f.reference = ${reference} and f.entry = s.entry and f.state <> 'released')))`;
}
