/**
 * A review in plain words, one fact on each line: what a holder reads before signing. Pure.
 * Promise: every field of a new document, and every field that differs in a changed one, has a line.
 * Spec: docs/design/authority.md#signing
 */
import type { Digest } from '@lodestone/protocol/digest';
import type { DetectionOrder } from '@lodestone/protocol/order';
import { type RootSigned, widerFields } from '@lodestone/trust';
import { HOLDER_ROLES } from '../keys/holder.ts';
import { describeJudgement, judgeOrder } from '../order/law.ts';
import type { TargetDocument } from '../repository/target-document.ts';
import { describeOrder } from './describe-order.ts';
import type { DocumentChange, Review } from './review.ts';
import { nameOf } from './signatures.ts';
import { describeLocked } from '../locked/report.ts';

export function describeReview(review: Review): string[] {
  const { draft, changes, publishedTargets } = review;
  const lines = [
    `${draft.authority} (${draft.power}), prepared ${draft.builtAt}`,
    ...describeRoot(review),
    `targets ${draft.targets.version}, after targets ${publishedTargets}; valid until ${draft.targets.expires}`,
  ];
  const what =
    changes.length === 0
      ? ['no document changes: this publication only renews the signatures']
      : [...changes.flatMap(describeChange), ...lockedLists(review)];
  return [...lines, ...indented(what)].map(visible);
}

/** Control and formatting characters, with which a document could hide text or rewrite lines of the terminal, as their codes. */
function visible(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

function describeRoot({ draft, before }: Review): string[] {
  const { nextRoot } = draft;
  if (!nextRoot) return [];
  const names = (ids: readonly Digest[]): string =>
    ids
      .map((id) => `${nameOf(draft.holders, id)} (key ${id.slice(0, 16)})`)
      .sort()
      .join(', ');
  const roles = HOLDER_ROLES.flatMap((role) => {
    const [old, next] = [before?.roles[role], nextRoot.roles[role]];
    const added = next.keyids.filter((id) => !old?.keyids.includes(id));
    const removed = old?.keyids.filter((id) => !next.keyids.includes(id)) ?? [];
    return [
      `  ${role}: ${next.threshold} of ${next.keyids.length} must sign: ${names(next.keyids)}`,
      ...(before && added.length > 0 ? [`  ${role}: adds ${names(added)}`] : []),
      ...(removed.length > 0 ? [`  ${role}: removes ${names(removed)}`] : []),
      ...(old && old.threshold !== next.threshold ? [`  ${role}: threshold ${old.threshold} → ${next.threshold}`] : []),
    ];
  });
  const what = before ? `replaces root ${before.version}` : 'the first root, which apps pin';
  return [
    `root ${nextRoot.version}, ${what}; valid until ${nextRoot.expires}`,
    ...roles,
    ...onlineKeys(before, nextRoot),
  ];
}

function onlineKeys(before: RootSigned | undefined, next: RootSigned): string[] {
  return (['snapshot', 'timestamp'] as const)
    .filter((role) => before && before.roles[role].keyids.join() !== next.roles[role].keyids.join())
    .map((role) => `  ${role}: a new online key`);
}

/** Of the locked lists that change. Their files show no rows, so only the authority's folder can say what they have. */
function lockedLists({ draft, changes }: Review): string[] {
  const changed = changes.flatMap(({ after }) => (after?.kind === 'list' ? after.manifest.list : []));
  return (draft.locked ?? [])
    .filter(({ list }) => changed.includes(list))
    .flatMap((report) => [
      `locked list ${report.list}, as the authority's folder reports it:`,
      ...indented(describeLocked(report)),
    ]);
}

function describeChange({ path, before, after }: DocumentChange): string[] {
  if (!after) return [`withdrawn: ${path}`, ...(before ? [`  ${withdrawalOf(before)}`] : [])];
  if (!before) return [`new: ${path}`, ...indented(describeNew(after))];
  return [`changed: ${path}`, ...indented(describeDifference(before, after))];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function withdrawalOf(document: TargetDocument): string {
  return {
    order: 'devices stop checking for this order',
    keys: 'devices stop sending signals to these keys',
    list: 'devices stop using this list',
    suppression: 'entries that were suppressed count again',
    model: 'devices stop running this model',
  }[document.kind];
}

function describeNew(document: TargetDocument): string[] {
  if (document.kind === 'order')
    return [...describeOrder(document.order), ...law(document.order), ...allFields(document)];
  return [...summaryOf(undefined, document), ...allFields(document)];
}

function describeDifference(before: TargetDocument, after: TargetDocument): string[] {
  const fields = differences(contentOf(before), contentOf(after));
  if (after.kind === 'order' && before.kind === 'order') {
    const wider = widerFields([before.order], after.order);
    const announced =
      wider.length > 0
        ? [`wider than before in ${wider.join(', ')}: apps announce it, and apply it after 7 days at the latest`]
        : [];
    return [...announced, ...fields, ...describeOrder(after.order), ...law(after.order)];
  }
  return [...summaryOf(before, after), ...fields];
}

const law = (order: DetectionOrder): string[] => describeJudgement(judgeOrder(order)).map((line) => `law: ${line}`);

/** How many rows or entries a list gains or loses. */
function summaryOf(before: TargetDocument | undefined, after: TargetDocument): string[] {
  if (after.kind === 'list') {
    const old = before?.kind === 'list' ? before.manifest.counts : undefined;
    const rows = (['pdq', 'sha256', 'vpdq'] as const).map((type) => {
      const count = after.manifest.counts[type];
      return old ? `${type} ${old[type]} → ${count}` : `${type} ${count}`;
    });
    const form = after.manifest.form === 'locked' ? ' (locked)' : '';
    return [`list ${after.manifest.list}${form}, release ${after.manifest.version}: rows ${rows.join(', ')}`];
  }
  if (after.kind === 'suppression') {
    const old = before?.kind === 'suppression' ? before.suppression.entries : [];
    const added = after.suppression.entries.filter((entry) => !old.includes(entry));
    const removed = old.filter((entry) => !after.suppression.entries.includes(entry));
    return [`suppresses ${added.length} more entries, and ${removed.length} fewer`];
  }
  return [];
}

function contentOf(document: TargetDocument): object {
  const { kind: _, ...rest } = document;
  return Object.values(rest)[0] ?? {};
}

const allFields = (document: TargetDocument): string[] =>
  [...fieldsOf(contentOf(document))].map(([name, value]) => `${name}: ${value}`);

function differences(before: object, after: object): string[] {
  const [old, next] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...old.keys(), ...next.keys()])]
    .filter((name) => old.get(name) !== next.get(name))
    .map((name) => `${name}: ${old.get(name) ?? 'absent'} → ${next.get(name) ?? 'absent'}`);
}

/** Every field by its path, such as `detect.0.maxDistance`. Arrays of plain values are one field. */
function fieldsOf(value: unknown, name = ''): Map<string, string> {
  const isPlain = typeof value !== 'object' || value === null;
  const isList = Array.isArray(value) && value.every((item) => typeof item !== 'object');
  if (isPlain || isList) return new Map([[name, JSON.stringify(value) ?? 'absent']]);
  return new Map(
    Object.entries(value).flatMap(([key, item]) => [...fieldsOf(item, name === '' ? key : `${name}.${key}`)]),
  );
}
