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
  | 'export the record'
  | 'manage users';

export const ALLOWED: Readonly<Record<ConsoleAction, Readonly<Record<Role, boolean>>>> = {
  'see figures': { reviewer: true, lead: true, auditor: true, administrator: false },
  'see cases': { reviewer: true, lead: true, auditor: true, administrator: false },
  'review cases': { reviewer: true, lead: true, auditor: false, administrator: false },
  'hold cases': { reviewer: false, lead: true, auditor: false, administrator: false },
  'see contests': { reviewer: true, lead: true, auditor: false, administrator: false },
  'export the record': { reviewer: false, lead: true, auditor: true, administrator: true },
  'manage users': { reviewer: false, lead: false, auditor: false, administrator: true },
};
