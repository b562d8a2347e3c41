/**
 * Composes the sandbox: one static HTML document whose policy allows its own window script and no other.
 * Promise: the document depends on its two scripts alone, so the same sources give the same bytes.
 * Spec: docs/design/sandbox.md#content-security-policy, CSP Level 3
 */
import { createHash } from 'node:crypto';
import type { Digest } from '@lodestone/protocol/digest';
import { layOut, NO_BUILD, type DocumentParts } from '../src/document.ts';

export type SandboxScripts = Omit<DocumentParts, 'policy'>;

export interface SandboxDocument {
  readonly html: string;
  /** SHA-256 of the document with zeros in place of its build digest. */
  readonly build: Digest;
  /** The source expression of the window's script. If the document is inlined, the host page's policy must allow it. */
  readonly script: string;
}

export function composeSandbox(scripts: SandboxScripts): SandboxDocument {
  for (const script of Object.values(scripts)) checkEmbeddable(script);
  const script = `'sha256-${sha256(scripts.window).toString('base64')}'`;
  const parts = { ...scripts, policy: policy(script) };
  const build = sha256(layOut(parts, NO_BUILD)).toString('hex') as Digest;
  return { html: layOut(parts, build), build, script };
}

/** `default-src` covers every directive that is not listed; connect-src is listed because auditors look for it. */
function policy(script: string): string {
  return [
    "default-src 'none'",
    "connect-src 'none'",
    `script-src ${script} 'wasm-unsafe-eval'`,
    'worker-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** An HTML parser ends a script at `</script`, treats `<!--` specially, and rewrites carriage returns and NUL. */
function checkEmbeddable(script: string): void {
  const found = /<\/script|<!--|<script|\r|\0/i.exec(script);
  if (found)
    throw new Error(
      `a script of the sandbox contains ${JSON.stringify(found[0])}, which an HTML parser changes: write it in another way`,
    );
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
