/**
 * `lodestone-audit list`: do all mirrors give everyone the same signed lists, and what is on them?
 * Flow: mirrors, each as a new app meets it → compared → questions, answered with proofs. Spec: DESIGN §4, §5.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Digest, ManifestDigest, FileDigest } from '@lodestone/protocol/digest';
import type { TargetPath } from '@lodestone/protocol/paths';
import type { Instant } from '@lodestone/protocol/time';
import { type Answer, answer, type Question } from './lookup.ts';
import { type Mirror, type MirroredList, readMirror } from './mirror.ts';
import {
  broken,
  type Claim,
  count,
  holds,
  messageOf,
  type Outcome,
  type Report,
  reportOf,
  untested,
} from '../../report/report.ts';

export interface ListOptions {
  /** Addresses or folders of mirrors of one authority. */
  mirrors: readonly string[];
  /** The pinned root.json. */
  root: Uint8Array;
  /** Only this list; without it every list of the authority. */
  list?: string | undefined;
  questions?: readonly Question[];
  now: number;
  say?: (line: string) => void;
}

export interface ListFacts {
  mirrors: readonly MirrorFacts[];
  answers: readonly { question: Question; answers: readonly Answer[] }[];
}

export interface MirrorFacts {
  url: string;
  /** Why it was refused. */
  refused?: string;
  versions?: Mirror['versions'];
  lists: readonly ListSummary[];
}

export interface ListSummary {
  path: TargetPath;
  version: number;
  manifestSha256: ManifestDigest;
  fileSha256: FileDigest;
  fileBytes: number;
  merkleRoot: Digest;
  counts: MirroredList['manifest']['counts'];
  notAfter: Instant;
  inForce: boolean;
  suppressed: readonly number[];
}

/** An order asks for at most this distance (DESIGN §4), so what is further away never matches. */
const NEAR_BITS = 31;

export async function auditList(options: ListOptions): Promise<Report<ListFacts>> {
  const { mirrors: urls, questions = [], list, now, say = () => {} } = options;
  const read: { url: string; mirror?: Mirror; refused?: string }[] = [];
  for (const url of urls) {
    say(`Reading ${url}`);
    read.push(await readOrRefuse(url, options.root, now));
  }
  const accepted = read.flatMap(({ mirror }) => (mirror ? [only(mirror, list)] : []));
  const lists = accepted[0]?.lists ?? [];
  const answers = questions.map((question) => {
    say(`Looking for ${question.ask === 'entry' ? `entry ${question.entry}` : question.name}`);
    return { question, answers: lists.map((one) => answer(one, question)) };
  });
  return reportOf('list', urls.join(', '), {
    claims: [
      ...read.map(({ url, mirror, refused }) => ({
        promise: `${url} gives what the authority signed.`,
        tested:
          'A new app’s way was gone: the TUF workflow from the pinned root, then each list’s manifest, file, length, digest and counts, and its Merkle root calculated from its records.',
        ...(mirror ? accepts(only(mirror, list)) : broken(refused ?? '')),
      })),
      {
        promise: 'Everyone is checked against the same lists, whichever mirror they ask.',
        tested: 'Path, version, digest and suppressions of each list were compared between the mirrors.',
        ...agree(accepted),
      },
      ...answers.map(claimOf),
    ],
    limits: [
      'Two people may still be given different lists by one mirror, at different times or by their addresses: run this from several places and compare the digests.',
      'A proof of absence speaks of exactly these bytes. Pictures match within a distance: so the nearest listed hash is given too.',
      'What a listed hash shows cannot be seen from the list. Who put it there, and why, its authority keeps.',
    ],
    facts: { mirrors: read.map((one) => mirrorFacts(one, list)), answers },
  });
}

async function readOrRefuse(
  url: string,
  root: Uint8Array,
  now: number,
): Promise<{ url: string; mirror?: Mirror; refused?: string }> {
  try {
    return { url, mirror: await readMirror(url, root, now) };
  } catch (error) {
    if (error instanceof LodestoneError && error.code === 'ERR_USAGE') throw error;
    return { url, refused: messageOf(error) };
  }
}

function only(mirror: Mirror, list: string | undefined): Mirror {
  if (list === undefined) return mirror;
  const lists = mirror.lists.filter(({ manifest }) => manifest.list === list);
  if (lists.length === 0) throw new LodestoneError('ERR_USAGE', `${mirror.url} has no list "${list}"`);
  return { ...mirror, lists };
}

function accepts({ versions, lists, files }: Mirror): Outcome {
  const ended = lists.filter(({ inForce }) => !inForce);
  const what = lists.map(
    ({ manifest: { list, version, counts } }) =>
      `${list} ${version} (${count(counts.pdq + counts.sha256 + counts.vpdq, 'record')})`,
  );
  return holds(
    `Targets ${versions.targets}, ${count(files.size, 'signed file')}: ${what.join(', ') || 'no lists'}.` +
      (ended.length > 0 ? ` No longer in force: ${ended.map(({ manifest }) => manifest.list).join(', ')}.` : ''),
  );
}

function agree(mirrors: readonly Mirror[]): Outcome {
  const [first, ...others] = mirrors;
  if (!first || others.length === 0) return untested('Fewer than two mirrors could be compared.');
  const [seen, ...rest] = mirrors.map((mirror) => new Set(mirror.lists.map(identity)));
  const odd = rest.flatMap((lists, i) =>
    [...lists.symmetricDifference(seen ?? new Set<string>())].map(
      (one) => `${one} is not the same at ${others[i]?.url}`,
    ),
  );
  return odd.length === 0
    ? holds(
        `${count(mirrors.length, 'mirror')}, ${count(first.lists.length, 'list')}: ${[...(seen ?? [])].join('; ')}.`,
      )
    : broken(`${odd.join('; ')}.`);
}

function identity({ path, manifest: { version }, manifestSha256, suppressed }: MirroredList): string {
  return `${path} version ${version}, manifest ${manifestSha256}, ${suppressed.length > 0 ? `without ${suppressed.join(', ')}` : 'nothing suppressed'}`;
}

function claimOf({ question, answers }: ListFacts['answers'][number]): Claim {
  const found = answers.filter((one) => one.found === 'record');
  const where = found.map(({ list, proofs, suppressed }) => {
    const rows = proofs.map(({ record, index }) => `${record.type} row ${index}, entry ${record.entry}`);
    return `list ${list}: ${rows.join('; ')}${suppressed ? ' (suppressed: it no longer counts)' : ''}`;
  });
  const tested = 'A Merkle proof was made from the list, and checked against the signed root alone.';
  if (answers.length === 0)
    return { promise: 'The question can be answered.', tested, ...untested('No mirror gave a list.') };
  if (question.ask === 'entry') {
    const promise = `Entry ${question.entry} is listed.`;
    return { promise, tested, ...(found.length > 0 ? holds(`${where.join('. ')}.`) : broken('No list has it.')) };
  }
  const near = answers.flatMap((one) => (one.found === 'nothing' && one.nearest ? [one.nearest.distance] : []));
  const nearest = near.length > 0 ? ` The nearest listed picture differs in ${Math.min(...near)} of 256 bits.` : '';
  const nowhere = `Proven absent, between its neighbours.${nearest}`;
  return question.ask === 'listed'
    ? {
        promise: `${question.name} is listed.`,
        tested,
        ...(found.length > 0 ? holds(`${where.join('. ')}.`) : broken(nowhere)),
      }
    : {
        promise: question.hashes.pdq
          ? `${question.name} is on no list, and no listed picture is within ${NEAR_BITS} bits of it.`
          : `${question.name} is on no list.`,
        tested,
        ...(found.length > 0
          ? broken(`${where.join('. ')}.`)
          : near.some((distance) => distance <= NEAR_BITS)
            ? broken(nowhere)
            : holds(nowhere)),
      };
}

function mirrorFacts(
  { url, mirror, refused }: { url: string; mirror?: Mirror; refused?: string },
  list: string | undefined,
): MirrorFacts {
  if (!mirror) return { url, refused: refused ?? '', lists: [] };
  const lists = only(mirror, list).lists.map(
    ({ path, manifest, manifestSha256, inForce, suppressed }): ListSummary => ({
      path,
      version: manifest.version,
      manifestSha256,
      fileSha256: manifest.file.sha256,
      fileBytes: manifest.file.length,
      merkleRoot: manifest.merkleRoot,
      counts: manifest.counts,
      notAfter: manifest.notAfter,
      inForce,
      suppressed,
    }),
  );
  return { url, versions: mirror.versions, lists };
}
