/** Claims about mirrors and their lists. Pure. Flow: run.ts → here → report. Spec: docs/design/audit.md#list */
import { LodestoneError } from '@lodestone/protocol/error';
import { type Claim, claimBuilder, count, fail, notTested, type Outcome, pass } from '../../report/report.ts';
import type { Mirror, MirroredList } from './mirror.ts';
import type { ListFacts, ReadMirror } from './facts.ts';

export const LIST_CLAIMS = {
  'mirror-serves-signed-lists': 'The mirror serves what the authority signed',
  'mirrors-agree': 'All mirrors serve the same lists',
  'hash-is-listed': 'The hash is listed',
  'hash-is-absent': 'The hash is on no list',
  'entry-is-listed': 'The entry is listed',
} as const;
const claim = claimBuilder(LIST_CLAIMS);

/** The largest distance that an order may set; pictures further away never match. Spec: docs/design/hashing.md#matching */
const NEAR_BITS = 31;

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
    ({ manifest: { list, version, counts } }) =>
      `${list} ${version} (${count(counts.pdq + counts.sha256 + counts.vpdq, 'record')})`,
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
  const distances = answers.flatMap((one) => (one.found === 'nothing' && one.nearest ? [one.nearest.distance] : []));
  const absent = `Proven absent between its two neighbours.${distances.length > 0 ? ` The nearest listed picture differs in ${Math.min(...distances)} of 256 bits.` : ''}`;
  if (question.ask === 'listed') {
    const outcome = noList ?? (found.length > 0 ? pass(listed) : fail(absent));
    return claim('hash-is-listed', PROOF, outcome, `${question.name} is listed`);
  }
  const isNear = distances.some((distance) => distance <= NEAR_BITS);
  const absentOutcome = found.length > 0 ? fail(listed) : isNear ? fail(absent) : pass(absent);
  return claim(
    'hash-is-absent',
    PROOF,
    noList ?? absentOutcome,
    question.hashes.pdq
      ? `${question.name} is on no list, and no listed picture is within ${NEAR_BITS} bits of it`
      : `${question.name} is on no list`,
  );
}
