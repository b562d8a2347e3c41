/** Exhibits of lists: mirrors beside each other, and each question with the proof that anyone can check. */
import type { ListFacts } from './run.ts';
import type { Answer, ShownInclusion } from './lookup.ts';
import { bytes, code, digest, type Exhibit, folded, table } from '../../report/html/section.ts';
import { html, type Html } from '../../report/html/html.ts';

export function listExhibits({ mirrors, answers }: ListFacts): Exhibit[] {
  return [
    {
      title: 'The mirrors, side by side',
      body: table(
        'Every list that each mirror gave',
        [
          { head: 'Mirror' },
          { head: 'List' },
          { head: 'Version', number: true },
          { head: 'Records', number: true },
          { head: 'Size', number: true },
          { head: 'Merkle root' },
          { head: 'Until' },
        ],
        mirrors.flatMap(({ url, refused, lists }) =>
          lists.length === 0
            ? [[url, refused ?? 'none', '', '', '', '', '']]
            : lists.map((list) => [
                url,
                list.path.split('/')[2],
                list.version,
                list.counts.pdq + list.counts.sha256 + list.counts.vpdq,
                bytes(list.fileBytes),
                digest(list.merkleRoot),
                `${list.notAfter.slice(0, 10)}${list.inForce ? '' : ' (ended)'}`,
              ]),
        ),
      ),
    },
    ...answers.map(({ question, answers: found }): Exhibit => ({
      title: question.ask === 'entry' ? `Proof: entry ${question.entry}` : `Proof: ${question.name}`,
      about:
        'A path of hashes from a record to the signed Merkle root (RFC 6962 §2.1.1). Who has the root can check it without the list.',
      body: html`${found.map(proof)}`,
    })),
  ];
}

function proof(answer: Answer): Html {
  if (answer.found === 'record')
    return html`<h3>On ${answer.list}</h3>
      ${answer.proofs.map(path)}`;
  const sides = answer.proofs.map(
    ({ type, left, right }) =>
      html`<p>As ${type}: it would stand between these two, which are neighbours.</p>
        ${left ? path(left) : html`<p>It would be the first record.</p>`}${right ? path(right) : html`<p>It would be the last record.</p>`}`,
  );
  return html`<h3>Not on ${answer.list}</h3>
    ${sides}`;
}

function path({ record, index, path: hashes }: ShownInclusion): Html {
  const summary = `Row ${index}: ${record.type} of entry ${record.entry}, ${hashes.length} hashes`;
  return folded(summary, code(JSON.stringify({ record, index, path: hashes }, undefined, 2)));
}
