/** Exhibits of a sandbox: its figures, its policy directive by directive, and the script that anyone can read. */
import type { SandboxFacts } from './run.ts';
import { bytes, code, digest, type Exhibit, folded, table } from '../../report/html/section.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  'default-src': 'Whatever no other line names: pictures, styles, fonts, media, frames, …',
  'connect-src': 'fetch, XMLHttpRequest, WebSocket, EventSource, beacons, WebTransport',
  'script-src': 'Scripts: by the hash of the text, or as data that is in the document already',
  'worker-src': 'Workers: of code that is in the document already',
  'base-uri': 'A base for addresses',
  'form-action': 'Where forms may be sent',
};

export function sandboxExhibits({ build, sha256, bytes: size, gzipBytes, policy, scripts }: SandboxFacts): Exhibit[] {
  return [
    {
      title: 'The document',
      body: table(
        'Figures to compare with the release',
        [{ head: 'What' }, { head: 'Found' }],
        [
          ['Build digest, as it states it', digest(build.stated ?? 'none')],
          ['Build digest, calculated', digest(build.calculated ?? 'none')],
          ['SHA-256 of the file', digest(sha256)],
          ['Length', `${size.toLocaleString('en')} bytes, ${gzipBytes.toLocaleString('en')} compressed by gzip`],
        ],
      ),
    },
    {
      title: 'What it forbids itself',
      about:
        'Its Content-Security-Policy. A browser applies it from the first byte on, and no script can take it back.',
      body: table(
        'Directives',
        [{ head: 'Directive' }, { head: 'Admits' }, { head: 'Speaks of' }],
        policy.map(({ name, sources }) => [name, digest(sources.join(' ')), MEANINGS[name]]),
      ),
    },
    ...scripts.map(({ kind, id, text, source }): Exhibit =>
      kind === 'runs'
        ? {
            title: 'The script that runs in its window, whole',
            about: `Its hash is ${source}.`,
            body: code(text.trim()),
          }
        : {
            title: `Code kept as text: ${id ?? 'without a name'}`,
            about: `${bytes(Buffer.byteLength(text))}, its hash is ${source}. The window’s script makes a worker of it.`,
            body: folded('Show it', code(text.trim())),
          },
    ),
  ];
}
