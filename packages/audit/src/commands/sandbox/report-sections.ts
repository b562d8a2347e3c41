/** Report sections of a sandbox: figures, policy directives, and its readable script. Spec: docs/design/audit.md#sandbox */
import type { SandboxFacts } from './document.ts';
import { bytes, code, digest, type Section, folded, table } from '../../report/html/section.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  'default-src': 'Everything without its own directive: pictures, styles, fonts, media, frames, …',
  'connect-src': 'fetch, XMLHttpRequest, WebSocket, EventSource, beacons, WebTransport',
  'script-src': 'Scripts: by hash, or as data: of the document',
  'worker-src': 'Workers: as data: of the document',
  'base-uri': 'Base address of relative addresses',
  'form-action': 'Targets of forms',
};

export function sandboxSections({ build, sha256, bytes: size, gzipBytes, policy, scripts }: SandboxFacts): Section[] {
  return [
    {
      title: 'The document',
      body: table(
        'Figures to compare with the release',
        [{ head: 'Figure' }, { head: 'Value' }],
        [
          ['Build digest, stated by the document', digest(build.stated ?? 'none')],
          ['Build digest, calculated', digest(build.calculated ?? 'none')],
          ['SHA-256 of the file', digest(sha256)],
          ['Length', `${size.toLocaleString('en')} bytes, ${gzipBytes.toLocaleString('en')} compressed by gzip`],
        ],
      ),
    },
    {
      title: 'Its Content-Security-Policy',
      about: 'The browser applies it before it runs the first script, and no script can revoke it.',
      body: table(
        'Directives',
        [{ head: 'Directive' }, { head: 'Allows' }, { head: 'Applies to' }],
        policy.map(({ name, sources }) => [name, digest(sources.join(' ')), MEANINGS[name]]),
      ),
    },
    ...scripts.map(({ kind, id, text, source }): Section =>
      kind === 'runs'
        ? {
            title: 'The script that runs in its window',
            about: `Its hash is ${source}.`,
            body: code(text.trim()),
          }
        : {
            title: `Code stored as text: ${id ?? 'unnamed'}`,
            about: `${bytes(Buffer.byteLength(text))}, its hash is ${source}. The window’s script starts a worker from it.`,
            body: folded('Show the code', code(text.trim())),
          },
    ),
  ];
}
