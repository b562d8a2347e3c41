/** Prints the results of commands: one fact per line, readable and easy to grep. */
import type { ImportReport } from '../import/import.ts';
import { checkHolder } from '../keys/holder.ts';
import { keyIdOf } from '../keys/signer.ts';
import { describeJudgement } from '../order/law.ts';
import type { StagedOrder } from '../order/stage.ts';
import { ALSO_LOCKED, describeLocked } from '../locked/report.ts';
import { describeReview } from '../publication/describe.ts';
import type { PrepareReport } from '../publication/prepare.ts';
import type { DraftStatus } from '../publication/status.ts';
import type { PublishReport } from '../repository/publish.ts';
import type { InForce } from '../repository/verify.ts';

export function printImport({ form, unranked, added, known, weak, alsoLocked, refused }: ImportReport): void {
  for (const { source, entry, types } of added)
    console.log(`added    ${source}: entry ${entry} (${countedTypes(types)})`);
  for (const { source, entry } of known) console.log(`known    ${source}: entry ${entry}`);
  for (const { source, entry, why } of weak) console.log(`weak     ${source}: entry ${entry}: ${why}`);
  for (const { source, entry, list, otherEntry } of alsoLocked)
    console.log(
      `also     ${source}: entry ${entry}: locked in list ${list} too, as entry ${otherEntry}: ${ALSO_LOCKED}`,
    );
  for (const { source, why } of refused) console.log(`refused  ${source}: ${why}`);
  console.log(`${added.length} added, ${known.length} already known, ${refused.length} refused`);
  if (form === 'locked' && added.some(({ types }) => types.some((type) => type !== 'pdq')))
    console.log('SHA-256 rows and videos stay readable in a locked list');
  if (form === 'locked' && unranked > 0)
    console.log(
      `${unranked} rows came as hashes: it is not known which bits edits of their pictures change. Import pictures, so that devices find more edited copies`,
    );
}

/** Such as `21 pdq, sha256`. */
function countedTypes(types: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => (count === 1 ? type : `${count} ${type}`)).join(', ');
}

export function printStagedOrder({ path, judgement, warnings, unchecked }: StagedOrder): void {
  console.log(`staged ${path}`);
  for (const line of describeJudgement(judgement)) console.log(`law: ${line}`);
  for (const warning of warnings) console.log(`warning: ${warning}`);
  for (const model of unchecked) {
    console.log(`not checked: ${model} must have per-group accuracy figures; pass its manifest with --model`);
  }
}

/** The step that usually follows: a person at a terminal sees it, and a script that reads the output does not. */
export function printNext(step: string): void {
  console.error(`next: ${step}`);
}

/** After a command that changed what the next publication has. */
export function printNextPublication(directory: string): void {
  printNext(`lodestone-authority publish ${directory} (if holders sign: prepare, sign, then publish)`);
}

/** The coordinator compares these key ids with the holders. */
export function printHolders(documents: readonly unknown[]): void {
  for (const { name, publicKey, roles } of documents.map(checkHolder)) {
    console.log(`holder ${name}: key ${keyIdOf(publicKey)}, signs ${roles.join(' and ')}`);
  }
}

export function printPreparation({ draft, parts, isNew, dropped }: PrepareReport): void {
  const what = parts.join(' and ');
  console.log(isNew ? `prepared ${what} in ${draft}` : `${draft} is up to date: ${what}`);
  if (dropped.length > 0) console.log(`signatures that no longer count: ${dropped.join(', ')} must sign again`);
  printNext('each holder runs "lodestone-authority sign"; "lodestone-authority status" shows who has signed');
}

export function printStatus({ review, parts, missing, refused, outdated }: DraftStatus): void {
  for (const line of describeReview(review)) console.log(line);
  for (const { part, signedBy, isComplete } of parts) {
    const names = signedBy.length > 0 ? `signed by ${signedBy.join(', ')}` : 'not signed';
    console.log(`${isComplete ? 'complete' : 'open    '}  ${part}: ${names}`);
  }
  for (const sentence of missing) console.log(`missing   ${sentence}`);
  for (const sentence of refused) console.log(`refused   ${sentence}`);
  for (const change of outdated ?? []) console.log(`changed   ${change}: run "lodestone-authority prepare"`);
  const isReady = missing.length === 0 && (outdated ?? []).length === 0;
  console.log(isReady ? 'ready: run "lodestone-authority publish"' : 'not ready to publish');
}

/** Progress goes to standard error, so that standard output has only results. */
export const printProgress = (line: string): void => console.error(line);

export function printEscrow(file: string, { list, rows }: { list: string; rows: number }): void {
  console.log(
    `escrow of list ${list}: ${rows} rows in ${file}. Whoever has it can read the list: give it to the auditor only`,
  );
}

export function printPublication({ repository, versions, lists, locked, warnings }: PublishReport): void {
  for (const warning of warnings) console.error(`warning: ${warning}`);
  for (const { list, version, counts } of lists) {
    console.log(`list ${list} ${version}: ${counts.pdq} pdq, ${counts.sha256} sha256, ${counts.vpdq} vpdq`);
  }
  for (const report of locked) for (const line of describeLocked(report)) console.log(`list ${report.list}: ${line}`);
  for (const { list } of locked) {
    // once: a list can be restored only from a backup, and until its first publication there is nothing to back up
    if (lists.some((one) => one.list === list && one.version === 1))
      console.log(
        `list ${list}: back up record/${list} with its folder "locked", which cannot be made again, and keep it secret`,
      );
  }
  const { root, targets, snapshot, timestamp } = versions;
  console.log(`root ${root}, targets ${targets}, snapshot ${snapshot}, timestamp ${timestamp} in ${repository}`);
}

export function printInForce({ versions, root, orders, lists, suppressions, keys, models }: InForce): void {
  for (const { path, order, state } of orders) {
    console.log(`order  ${path}: ${state}, ${order.notBefore} to ${order.notAfter}, basis "${order.basis}"`);
  }
  for (const { path, manifest, inForce } of lists) {
    const { version, form, counts, notAfter, merkleRoot } = manifest;
    const rows = `${form === 'locked' ? 'locked: ' : ''}${counts.pdq} pdq, ${counts.sha256} sha256, ${counts.vpdq} vpdq`;
    console.log(`list   ${path}: ${inForce ? 'in force' : 'ended'}, version ${version}, ${rows}, until ${notAfter}`);
    console.log(`       Merkle root ${merkleRoot}`);
  }
  for (const { path, suppression } of suppressions)
    console.log(`suppr. ${path}: ${suppression.entries.length} entries`);
  for (const { path, keys: file } of keys) {
    for (const { id, notBefore, notAfter } of file.keys)
      console.log(`key    ${path}: id ${id}, ${notBefore} to ${notAfter}`);
  }
  for (const { path, manifest, inForce } of models) {
    const { version, file, figures, notAfter } = manifest;
    const groups = new Set(figures.map(({ group }) => group)).size;
    const accuracy =
      groups > 0 ? `accuracy figures for ${groups} groups` : 'no per-group accuracy figures: never signals';
    console.log(
      `model  ${path}: ${inForce ? 'in force' : 'ended'}, version ${version}, ${accuracy}, until ${notAfter}`,
    );
    console.log(`       SHA-256 ${file.sha256}, ${file.length} bytes`);
  }
  console.log(`root   ${root.version}: ${root.threshold} of ${root.keys} keys sign, until ${root.expires}`);
  console.log(`verified: targets ${versions.targets}, timestamp ${versions.timestamp}`);
}
