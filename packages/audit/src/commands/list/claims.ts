/** Claims about mirrors and their lists. Pure. Flow: run.ts → here → report. Spec: docs/design/audit.md#list */
import { LodestoneError } from '@lodestone/protocol/error';
import { LARGEST_DISTANCE } from '@lodestone/protocol/order';
import { type Claim, claimBuilder, count, fail, notTested, type Outcome, pass } from '../../report/report.ts';
import type { Mirror, MirroredList } from './mirror.ts';
import type { ListFacts, ReadMirror } from './facts.ts';
import type { Answer } from './lookup.ts';
import type { Rebuilt } from './rebuild.ts';

export const LIST_CLAIMS = {
  'mirror-serves-signed-lists': 'The mirror serves what the authority signed',
  'mirrors-agree': 'All mirrors serve the same lists',
  'hash-is-listed': 'The hash is listed',
  'hash-is-absent': 'The hash is on no list',
  'entry-is-listed': 'The entry is listed',
  'list-is-rebuilt': 'The escrow gives the signed list, byte for byte',
  'rows-open': 'Each locked row opens with its hash',
  'strength-is-stated': 'Each entry is as strong as the authority states',
} as const;
const claim = claimBuilder(LIST_CLAIMS);

export function mirrorClaims(mirrors: readonly ReadMirror[], list: string | undefined): Claim[] {
  return [
    ...mirrors.map(({ url, mirror, refused }) =>
      claim(
        'mirror-serves-signed-lists',
        'It was read as a new app reads it: the TUF workflow from the pinned root, then each list’s manifest, file, length, digest and counts, and its Merkle root recalculated from its records.',
        mirror ? accepted(onlyList(mirror, list)) : fail(refused ?? ''),
        `${url} serves what the authority signed`,
      ),
    ),
    claim(
      'mirrors-agree',
      'Path, version, digest and suppressions of each list were compared between the mirrors.',
      agree(mirrors.flatMap(({ mirror }) => (mirror ? [onlyList(mirror, list)] : []))),
    ),
  ];
}

export function onlyList(mirror: Mirror, list: string | undefined): Mirror {
  if (list === undefined) return mirror;
  const lists = mirror.lists.filter(({ manifest }) => manifest.list === list);
  if (lists.length === 0) throw new LodestoneError('ERR_USAGE', `${mirror.url} has no list "${list}" (--list)`);
  return { ...mirror, lists };
}

function accepted({ versions, lists, files }: Mirror): Outcome {
  const ended = lists.filter(({ inForce }) => !inForce);
  const what = lists.map(
    ({ manifest: { list, version, form, counts } }) =>
      `${list} ${version} (${form === 'locked' ? 'locked, ' : ''}${count(counts.pdq + counts.sha256 + counts.vpdq, 'record')})`,
  );
  return pass(
    `Targets ${versions.targets}, ${count(files.size, 'signed file')}: ${what.join(', ') || 'no lists'}.` +
      (ended.length > 0 ? ` Expired: ${ended.map(({ manifest }) => manifest.list).join(', ')}.` : ''),
  );
}

function agree(mirrors: readonly Mirror[]): Outcome {
  const [first, ...others] = mirrors;
  if (!first || others.length === 0) return notTested('Fewer than two mirrors could be read.');
  const [expected, ...rest] = mirrors.map((mirror) => new Set(mirror.lists.map(identity)));
  const differences = rest.flatMap((lists, i) =>
    [...lists.symmetricDifference(expected ?? new Set<string>())].map((one) => `${one} differs at ${others[i]?.url}`),
  );
  return differences.length === 0
    ? pass(
        `${count(mirrors.length, 'mirror')}, ${count(first.lists.length, 'list')}: ${[...(expected ?? [])].join('; ')}.`,
      )
    : fail(`${differences.join('; ')}.`);
}

function identity({ path, manifest: { version }, manifestSha256, suppressed }: MirroredList): string {
  return `${path} version ${version}, manifest ${manifestSha256}, ${suppressed.length > 0 ? `without ${suppressed.join(', ')}` : 'nothing suppressed'}`;
}

const PROOF = 'A Merkle proof was created from the list, and verified against the signed root alone.';

export function answerClaim({ question, answers }: ListFacts['answers'][number]): Claim {
  const found = answers.filter((one) => one.found === 'record');
  const rows = found.map(({ list, proofs, suppressed }) => {
    const records = proofs.map(({ record, index }) => `${record.type} row ${index}, entry ${record.entry}`);
    return `list ${list}: ${records.join('; ')}${suppressed ? ' (suppressed: it no longer matches)' : ''}`;
  });
  const listed = `${rows.join('. ')}.`;
  const noList = answers.length === 0 ? notTested('No mirror served a list.') : undefined;
  if (question.ask === 'entry') {
    const outcome = noList ?? (found.length > 0 ? pass(listed) : fail('No list has it.'));
    return claim('entry-is-listed', PROOF, outcome, `Entry ${question.entry} is listed`);
  }
  const near = answers.flatMap((one) =>
    one.found !== 'record' && one.nearest ? [{ ...one.nearest, list: one.list }] : [],
  );
  const absent = absence(answers, near);
  if (question.ask === 'listed') {
    const outcome = noList ?? (found.length > 0 ? pass(listed) : fail(absent));
    return claim('hash-is-listed', PROOF, outcome, `${question.name} is listed`);
  }
  const isNear = near.some(({ distance }) => distance <= LARGEST_DISTANCE);
  // A row of a locked list that does not open can still be near.
  const unlisted = answers.some((one) => one.found === 'nothing' && one.isUnproven) ? notTested(absent) : pass(absent);
  const absentOutcome = found.length > 0 ? fail(listed) : isNear ? fail(absent) : unlisted;
  return claim(
    'hash-is-absent',
    PROOF,
    noList ?? absentOutcome,
    question.hashes.pdq
      ? `${question.name} is on no list, and no listed picture is within ${LARGEST_DISTANCE} bits of it`
      : `${question.name} is on no list`,
  );
}

interface Near {
  list: string;
  entry: number;
  distance: number;
}

/** What was found of a hash that is on no list. */
function absence(answers: readonly Answer[], near: readonly Near[]): string {
  const locked = answers.filter((one) => one.found === 'nothing' && one.isUnproven).map(({ list }) => list);
  const cutShort = answers.filter((one) => one.found === 'nothing' && one.isCutShort).map(({ list }) => list);
  const [nearest] = near.toSorted((a, b) => a.distance - b.distance);
  const isProven = answers.some((one) => one.found === 'nothing' && one.proofs.length > 0);
  return [
    ...(isProven ? [`${locked.length > 0 ? 'As SHA-256, proven' : 'Proven'} absent between its two neighbours.`] : []),
    ...(nearest
      ? [
          `The nearest listed picture differs in ${nearest.distance} of 256 bits (entry ${nearest.entry} of list ${nearest.list}).`,
        ]
      : []),
    ...(locked.length > 0
      ? [
          `No PDQ row of the locked list ${locked.join(', ')} opens${cutShort.length > 0 ? '' : ': the hash itself is not a row'}. Whether a row near to it is listed cannot be shown.`,
        ]
      : []),
    ...(cutShort.length > 0
      ? [
          `The search of ${cutShort.join(', ')} ended early, because more rows have tags of the hash than chance explains: such rows can hide others.`,
        ]
      : []),
  ].join(' ');
}

/** @param rebuilt undefined if no list has the salt of the escrow */
export function rebuildClaims(rebuilt: Rebuilt | undefined, hasLists: boolean): Claim[] {
  return [
    rebuildClaim(rebuilt, hasLists),
    claim('rows-open', OPENED, openedOutcome(rebuilt)),
    claim('strength-is-stated', SCORED, strengthOutcome(rebuilt)),
  ];
}

function rebuildClaim(rebuilt: Rebuilt | undefined, hasLists: boolean): Claim {
  const tested =
    'The rows of the escrow were locked again with its seed and parameters, and the file was compared with the signed one. Its readable rows were taken from the signed file.';
  if (!hasLists) return claim('list-is-rebuilt', tested, notTested('No mirror served a list.'));
  if (!rebuilt) return claim('list-is-rebuilt', tested, fail('No list has the salt of the escrow.'));
  const { list, version, rows, entries, sha256, difference } = rebuilt;
  return claim(
    'list-is-rebuilt',
    tested,
    difference === undefined
      ? pass(
          `${count(rows, 'row')} of ${count(entries, 'entry', 'entries')} written again: the file with SHA-256 ${sha256}.`,
        )
      : fail(`The first difference: ${difference}.`),
    `The escrow gives list ${list} ${version}, byte for byte`,
  );
}

const NOT_REBUILT = notTested('The escrow does not give the signed file.');

const OPENED =
  'Rows of the signed file were opened with the hashes of the escrow, in a random order, as a device opens them for the listed picture. The tags of all rows were compared.';

function openedOutcome(rebuilt: Rebuilt | undefined): Outcome {
  if (!rebuilt?.checked) return NOT_REBUILT;
  const { rows, opened, closed } = rebuilt.checked;
  if (closed !== undefined) return fail(`${opened} of ${count(rows, 'row')} opened; ${closed}.`);
  if (opened === rows) return pass(`All ${count(rows, 'row')} opened, and no two have a tag in common.`);
  return pass(
    `${opened} of ${count(rows, 'row')} opened until the time was up, chosen at random: all that were tried. No two rows have a tag in common.`,
  );
}

const SCORED =
  'The strength of each entry was calculated again with the tables of this release, from the hashes and subsets of the escrow, and compared with the one that the escrow states.';

function strengthOutcome(rebuilt: Rebuilt | undefined): Outcome {
  if (!rebuilt?.checked) return NOT_REBUILT;
  const { scored, misstated, misstatedCount } = rebuilt.checked;
  if (scored === undefined)
    return notTested(
      'The list names other tables than this release has. Use the release of this command that has them.',
    );
  if (misstatedCount === 0)
    return pass(`${count(scored, 'entry', 'entries')}: each is as strong as stated, and uses no weak subset.`);
  const left = misstatedCount - misstated.length;
  return fail(`${misstated.join('; ')}${left > 0 ? `; and ${left} more` : ''}.`);
}
