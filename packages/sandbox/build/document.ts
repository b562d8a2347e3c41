/**
 * Puts the sandbox together: one static HTML document whose policy admits its own window script and nothing else.
 * Promise: a function of its two scripts alone, so the same sources give the same bytes. Spec: DESIGN §1, CSP Level 3.
 */
import { createHash } from 'node:crypto';
import type { Digest } from '@lodestone/protocol/digest';
import { layOut, NO_BUILD, type SandboxParts } from '../src/document.ts';

export type SandboxScripts = Omit<SandboxParts, 'policy'>;

export interface SandboxDocument {
  readonly html: string;
  /** SHA-256 of the document with zeros where its build digest stands. */
  readonly build: Digest;
  /** The window's script as a policy names it; a host page's policy must admit it where the document comes inlined. */
  readonly script: string;
}

/** The sandbox's lazy part, of which its scanner holds the digests. */
export interface Classifier {
  readonly code: string;
  readonly leanRuntime: Uint8Array;
  readonly digests: { readonly code: Digest; readonly runtimes: { readonly lean: Digest; readonly full: Digest } };
}

export function composeSandbox(scripts: SandboxScripts): SandboxDocument {
  for (const script of Object.values(scripts)) checkEmbeddable(script);
  const script = `'sha256-${sha256(scripts.window).toString('base64')}'`;
  const parts = { ...scripts, policy: policy(script) };
  const build = sha256(layOut(parts, NO_BUILD)).toString('hex') as Digest;
  return { html: layOut(parts, build), build, script };
}

/**
 * `data:` in script-src is for the parts that the scanner will import as bytes; `default-src` covers what is not named,
 * and connect-src is named because it is the promise.
 */
function policy(script: string): string {
  return [
    "default-src 'none'",
    "connect-src 'none'",
    `script-src ${script} 'wasm-unsafe-eval' data:`,
    'worker-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** An HTML parser ends a script at `</script`, minds `<!--`, and rewrites carriage returns and NUL. */
function checkEmbeddable(script: string): void {
  const found = /<\/script|<!--|<script|\r|\0/i.exec(script);
  if (found) throw new Error(`a sandbox script holds ${JSON.stringify(found[0])}, which HTML would not leave alone`);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
