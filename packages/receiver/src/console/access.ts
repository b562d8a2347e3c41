/**
 * Who may do what in the console: the one table of actions and roles. Each route names an action, and is registered by it; the
 * functions behind it have rules of their own. Spec: docs/design/receiver.md#console
 */
import type { Role } from '@lodestone/protocol/case-review';

export type ConsoleAction =
  | 'see figures' // totals, and no case
  | 'see cases' // an auditor sees the process, and no subject
  | 'review cases' // which actions, the rules of review say
  | 'hold cases'
  | 'see contests' // they have texts of users
  | 'see floods' // an auditor sees the decisions, and no entry
  | 'decide floods'
  | 'ask look-ups'
  | 'sign look-ups' // by who cannot act on a case
  | 'see look-ups' // with their reason, which who signs reads
  | 'export cases' // files with subjects, each in the record
  | 'see callbacks' // not what they say
  | 'retry callbacks'
  | 'write the report' // totals of a year
  | 'export the record'
  | 'manage users';

export const ALLOWED: Readonly<Record<ConsoleAction, Readonly<Record<Role, boolean>>>> = {
  'see figures': { reviewer: true, lead: true, auditor: true, administrator: false },
  'see cases': { reviewer: true, lead: true, auditor: true, administrator: false },
  'review cases': { reviewer: true, lead: true, auditor: false, administrator: false },
  'hold cases': { reviewer: false, lead: true, auditor: false, administrator: false },
  'see contests': { reviewer: true, lead: true, auditor: false, administrator: false },
  'see floods': { reviewer: true, lead: true, auditor: true, administrator: false },
  'decide floods': { reviewer: false, lead: true, auditor: false, administrator: false },
  'ask look-ups': { reviewer: true, lead: true, auditor: false, administrator: false },
  'sign look-ups': { reviewer: false, lead: false, auditor: true, administrator: true },
  'see look-ups': { reviewer: true, lead: true, auditor: true, administrator: true },
  'export cases': { reviewer: false, lead: true, auditor: false, administrator: false },
  'see callbacks': { reviewer: false, lead: true, auditor: true, administrator: true },
  'retry callbacks': { reviewer: false, lead: true, auditor: false, administrator: true },
  'write the report': { reviewer: false, lead: true, auditor: true, administrator: false },
  'export the record': { reviewer: false, lead: true, auditor: true, administrator: true },
  'manage users': { reviewer: false, lead: false, auditor: false, administrator: true },
};
