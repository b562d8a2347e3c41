/** Reads a sandbox document: digests, policy, scripts. Pure. Flow: strict-html.ts → here → claims.ts, run.ts. Spec: docs/design/sandbox.md#document */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Digest } from '@lodestone/protocol/digest';
import { sha256Hex } from '@lodestone/trust';
import { type Piece, readStrictHtml } from './strict-html.ts';

/** The part of `sandbox.lock.json` that describes the document. */
export interface SandboxLock {
  build: Digest;
  sha256: Digest;
  bytes: number;
}

export interface SandboxFacts {
  /** The digest that the document states, and the digest of its bytes. */
  build: { stated: string | undefined; calculated: Digest | undefined };
  sha256: Digest;
  bytes: number;
  gzipBytes: number;
  policy: readonly Directive[];
  scripts: readonly SandboxScript[];
}

export interface Directive {
  name: string;
  sources: readonly string[];
}

export interface SandboxScript {
  /** `runs`: the browser runs it while it parses the page. `text`: stored as text, from which the running script starts a worker. */
  kind: 'runs' | 'text';
  id: string | undefined;
  text: string;
  /** Its source expression in a policy. */
  source: string;
}

export function readSandbox(html: Uint8Array): SandboxFacts {
  const text = new TextDecoder().decode(html);
  const pieces = piecesOf(text);
  return {
    build: buildOf(text, pieces),
    sha256: sha256Hex(html),
    bytes: html.length,
    gzipBytes: gzipSync(html, { level: 9 }).byteLength,
    policy: policyOf(pieces),
    scripts: scriptsOf(pieces),
  };
}

function piecesOf(text: string): Piece[] {
  const read = readStrictHtml(text);
  return 'pieces' in read ? read.pieces : [];
}

export function startTags(pieces: readonly Piece[]): Extract<Piece, { kind: 'start' }>[] {
  return pieces.filter((piece) => piece.kind === 'start');
}

function buildOf(text: string, pieces: readonly Piece[]): SandboxFacts['build'] {
  const stated = startTags(pieces)
    .find(({ name }) => name === 'html')
    ?.attributes.get('data-build');
  if (stated === undefined || !/^[0-9a-f]{64}$/.test(stated)) return { stated, calculated: undefined };
  const blank = text.replace(`data-build="${stated}"`, `data-build="${'0'.repeat(64)}"`);
  return { stated, calculated: sha256Hex(new TextEncoder().encode(blank)) };
}

function policyOf(pieces: readonly Piece[]): Directive[] {
  const meta = startTags(pieces).find(
    ({ name, attributes }) =>
      name === 'meta' && attributes.get('http-equiv')?.toLowerCase() === 'content-security-policy',
  );
  const text = meta?.attributes.get('content') ?? '';
  return text.split(';').flatMap((part) => {
    const [name, ...sources] = part.trim().split(/\s+/);
    return name ? [{ name: name.toLowerCase(), sources }] : [];
  });
}

export function scriptsOf(pieces: readonly Piece[]): SandboxScript[] {
  return pieces.flatMap((piece, i) => {
    const after = pieces[i + 1];
    if (piece.kind !== 'start' || piece.name !== 'script' || after?.kind !== 'text') return [];
    const { attributes } = piece;
    const source = `'sha256-${createHash('sha256').update(after.text).digest('base64')}'`;
    const kind = attributes.get('type') === 'text/plain' ? 'text' : 'runs';
    return [{ kind, id: attributes.get('id'), text: after.text, source }];
  });
}
