/**
 * The sandbox's document, as a text made of its parts. The build writes it; the window makes it again from what it is made
 * of, to see that its digest is the one that it carries. Promise: one text, a function of these parts alone.
 */
import type { Digest } from '@lodestone/protocol/digest';

export interface SandboxParts {
  /** The content of its Content-Security-Policy. */
  readonly policy: string;
  /** Minified; runs in a worker made of a data: URL. */
  readonly scanner: string;
  /** Plain: people read it. */
  readonly window: string;
}

/** What stands in the document while its digest is taken. */
export const NO_BUILD: Digest = '0'.repeat(64) as Digest;

/** `\x3C` is `<`: this function is a part of the window's script, where HTML's parser minds some beginnings of tags. */
export function layOut({ policy, scanner, window }: SandboxParts, build: Digest): string {
  return `<!doctype html>
<html lang="en" data-build="${build}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Lodestone sandbox</title>
</head>
<body>
\x3C!-- The scanner's code as text. The script below makes a worker of it; nothing else runs in this window. -->
\x3Cscript type="text/plain" id="scanner">${scanner}\x3C/script>
\x3Cscript>${window}\x3C/script>
</body>
</html>
`;
}
