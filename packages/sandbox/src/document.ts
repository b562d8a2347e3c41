/**
 * The sandbox document as a text made of its parts. The build writes it; the window lays it out again from the parts that run, to
 * check that the document has the digest that it carries. Promise: the text depends on these parts alone.
 * Spec: docs/design/sandbox.md#document
 */
import type { Digest } from '@lodestone/protocol/digest';

export interface DocumentParts {
  /** The content of its Content-Security-Policy. */
  readonly policy: string;
  /** Minified; runs in a worker that is created from a data: URL. */
  readonly scanner: string;
  /** Not minified, so that people can read it. */
  readonly window: string;
}

/** Takes the digest's place while the digest is computed. */
export const NO_BUILD: Digest = '0'.repeat(64) as Digest;

/** `\x3C` is `<`: this function is part of the window's script, in which an HTML parser would react to some beginnings of tags. */
export function layOut({ policy, scanner, window }: DocumentParts, build: Digest): string {
  return `<!doctype html>
<html lang="en" data-build="${build}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Lodestone sandbox</title>
</head>
<body>
\x3C!-- The scanner's code as text. The script below starts a worker from it; nothing else runs in this window. -->
\x3Cscript type="text/plain" id="scanner">${scanner}\x3C/script>
\x3Cscript>${window}\x3C/script>
</body>
</html>
`;
}
