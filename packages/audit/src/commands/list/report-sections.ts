/** Report sections of lists: mirrors side by side, and the proof of each answer. Spec: docs/design/audit.md#list */
import type { ListFacts } from './facts.ts';
import type { Answer, ShownInclusion } from './lookup.ts';
import type { Rebuilt } from './rebuild.ts';
import { bytes, code, digest, type Section, folded, table } from '../../report/html/section.ts';
import { html, type Html } from '../../report/html/html.ts';

export function listSections({ mirrors, answers, rebuilt }: ListFacts): Section[] {
  return [
    {
      title: 'Mirrors side by side',
      body: table(
        'Every list of each mirror',
        [
          { head: 'Mirror' },
          { head: 'List' },
          { head: 'Version', number: true },
          { head: 'Form' },
          { head: 'Records', number: true },
          { head: 'Size', number: true },
          { head: 'Merkle root' },
          { head: 'Expires' },
        ],
        mirrors.flatMap(({ url, refused, lists }) =>
          lists.length === 0
            ? [[url, refused ?? 'none', '', '', '', '', '', '']]
            : lists.map((list) => [
                url,
                list.path.split('/')[2],
                list.version,
                list.form,
                list.counts.pdq + list.counts.sha256 + list.counts.vpdq,
                bytes(list.fileBytes),
                digest(list.merkleRoot),
                `${list.notAfter.slice(0, 10)}${list.inForce ? '' : ' (expired)'}`,
              ]),
        ),
      ),
    },
    ...(rebuilt ? [rebuiltSection(rebuilt)] : []),
    ...answers.map(({ question, answers: found }): Section => ({
      title: question.ask === 'entry' ? `Proof: entry ${question.entry}` : `Proof: ${question.name}`,
      about:
        'A path of hashes from a record to the signed Merkle root (RFC 6962 §2.1.1). Anyone who has the root can check it without the list.',
      body: html`${found.map(proof)}`,
    })),
  ];
}

function rebuiltSection({ list, version, rows, entries, sha256, difference, checked }: Rebuilt): Section {
  return {
    title: `Rebuilt: ${list} ${version}`,
    about:
      'The locked rows were written again from the escrow of the authority. Readable rows are those of the signed file.',
    body: table(
      'The list that the escrow gives',
      [
        { head: 'Rows', number: true },
        { head: 'Entries', number: true },
        { head: 'SHA-256' },
        { head: 'Difference' },
        { head: 'Rows opened', number: true },
        { head: 'Entries with another strength than stated', number: true },
      ],
      [
        [
          rows,
          entries,
          sha256 === undefined ? 'none' : digest(sha256),
          difference ?? 'none',
          checked?.opened ?? 0,
          checked?.scored === undefined ? 'not tested' : checked.misstatedCount,
        ],
      ],
    ),
  };
}

function proof(answer: Answer): Html {
  if (answer.found === 'record')
    return html`<h3>On ${answer.list}</h3>
      ${answer.proofs.map(path)}`;
  if (answer.found === 'near')
    return html`<h3>Near to rows of ${answer.list}</h3>
      <p>These rows of the locked list open. The nearest differs in ${answer.nearest.distance} of 256 bits.</p>
      ${answer.proofs.map(path)}`;
  const sides = answer.proofs.map(
    ({ type, left, right }) =>
      html`<p>As ${type}: it would be between these two neighbours.</p>
        ${left ? path(left) : html`<p>It would be the first record.</p>`}${right ? path(right) : html`<p>It would be the last record.</p>`}`,
  );
  return html`<h3>Not on ${answer.list}</h3>
    ${answer.isUnproven ? html`<p>The list is locked, and no row opens. Rows that do not open cannot be shown.</p>` : ''}${sides}`;
}

function path({ record, index, path: hashes }: ShownInclusion): Html {
  const summary = `Row ${index}: ${record.type} of entry ${record.entry}, ${hashes.length} hashes`;
  return folded(summary, code(JSON.stringify({ record, index, path: hashes }, undefined, 2)));
}
