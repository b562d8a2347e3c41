/**
 * `lodestone-audit sandbox`: is this document the published sandbox, and what does it forbid itself?
 * Flow: sandbox.html (a file, an address, or the document of a running app) → here. The digest says that it is the published
 * one; the policy says what the browser will refuse it; that the browser does, `probe` tries. Spec: DESIGN §1, CSP Level 3.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Digest } from '@lodestone/protocol/digest';
import { sha256Hex } from '@lodestone/trust';
import { type Piece, readPlainHtml } from './strict-html.ts';
import {
  broken,
  type Claim,
  count,
  holds,
  type Outcome,
  type Report,
  reportOf,
  untested,
} from '../../report/report.ts';

export interface SandboxOptions {
  /** For the report: where it came from. */
  name: string;
  html: Uint8Array;
  /** What was published, as far as it is known; without it only the document itself is looked at. */
  published?: Partial<SandboxLock> | undefined;
}

/** `sandbox.lock.json`, as the client's package carries it. */
export interface SandboxLock {
  build: Digest;
  sha256: Digest;
  bytes: number;
}

export interface SandboxFacts {
  /** What the document says of itself, and what its bytes say. */
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
  /** `runs`: the browser runs it as it reads the page. `text`: kept as text, until the script that runs makes use of it. */
  kind: 'runs' | 'text';
  id: string | undefined;
  text: string;
  /** As a policy names it. */
  source: string;
}

export function auditSandbox({ name, html, published }: SandboxOptions): Report<SandboxFacts> {
  const facts = factsOf(html);
  return reportOf('sandbox', name, {
    claims: sandboxClaims(html, facts, published),
    limits: [
      'A policy is what the document asks of the browser. That browsers carry it out is tried by lodestone-audit probe.',
      'No policy keeps a window from navigating itself. This is why content never comes into the sandbox’s window, but by a port of its own to a worker.',
      'Whether an app shows this very document, in a frame with sandbox="allow-scripts" and no more, is seen by lodestone-audit capture.',
    ],
    facts,
  });
}

function factsOf(html: Uint8Array): SandboxFacts {
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

function sandboxClaims(html: Uint8Array, facts: SandboxFacts, published: SandboxOptions['published']): Claim[] {
  return [
    {
      promise: 'The sandbox is the one that was published.',
      tested: 'Its digests and its size were compared with those of the release.',
      ...isPublished(facts, published),
    },
    {
      promise: 'The digest that the sandbox states is that of its own bytes.',
      tested: 'SHA-256 was calculated over the document with zeros where its digest stands.',
      ...statesItself(facts),
    },
    {
      promise: 'The document loads nothing, and holds nothing but a policy, one script that runs, and code as text.',
      tested: 'It was read by a strict reader that refuses whatever a browser could read in another way.',
      ...isPlain(new TextDecoder().decode(html)),
    },
    {
      promise: 'Its policy leaves no way to any server.',
      tested:
        'Each directive of its Content-Security-Policy was looked at: none may name a host, a scheme that goes over the network, or a wildcard.',
      ...forbidsNetwork(facts.policy),
    },
    {
      promise: 'Only the one script that anyone can read runs in its window.',
      tested: 'The SHA-256 of the script was compared with the one that the policy admits.',
      ...admitsOneScript(facts),
    },
  ];
}

function piecesOf(text: string): Piece[] {
  const read = readPlainHtml(text);
  return 'pieces' in read ? read.pieces : [];
}

function starts(pieces: readonly Piece[]): Extract<Piece, { kind: 'start' }>[] {
  return pieces.filter((piece) => piece.kind === 'start');
}

function buildOf(text: string, pieces: readonly Piece[]): SandboxFacts['build'] {
  const stated = starts(pieces)
    .find(({ name }) => name === 'html')
    ?.attributes.get('data-build');
  if (stated === undefined || !/^[0-9a-f]{64}$/.test(stated)) return { stated, calculated: undefined };
  const blank = text.replace(`data-build="${stated}"`, `data-build="${'0'.repeat(64)}"`);
  return { stated, calculated: sha256Hex(new TextEncoder().encode(blank)) };
}

function policyOf(pieces: readonly Piece[]): Directive[] {
  const meta = starts(pieces).find(
    ({ name, attributes }) =>
      name === 'meta' && attributes.get('http-equiv')?.toLowerCase() === 'content-security-policy',
  );
  const text = meta?.attributes.get('content') ?? '';
  return text.split(';').flatMap((part) => {
    const [name, ...sources] = part.trim().split(/\s+/);
    return name ? [{ name: name.toLowerCase(), sources }] : [];
  });
}

function scriptsOf(pieces: readonly Piece[]): SandboxScript[] {
  return pieces.flatMap((piece, i) => {
    const after = pieces[i + 1];
    if (piece.kind !== 'start' || piece.name !== 'script' || after?.kind !== 'text') return [];
    const { attributes } = piece;
    const source = `'sha256-${createHash('sha256').update(after.text).digest('base64')}'`;
    const kind = attributes.get('type') === 'text/plain' ? 'text' : 'runs';
    return [{ kind, id: attributes.get('id'), text: after.text, source }];
  });
}

function isPublished({ build, sha256, bytes }: SandboxFacts, published: SandboxOptions['published']): Outcome {
  if (!published) return untested('No release was given to compare with.');
  const differences = [
    ...differs('build', published.build, build.stated),
    ...differs('SHA-256', published.sha256, sha256),
    ...differs('length', published.bytes, bytes),
  ];
  return differences.length === 0 ? holds(`Equal: build ${build.stated}.`) : broken(differences.join(' '));
}

function differs(what: string, published: string | number | undefined, found: string | number | undefined): string[] {
  return published === undefined || published === found ? [] : [`The ${what} is ${found}, published was ${published}.`];
}

function statesItself({ build: { stated, calculated } }: SandboxFacts): Outcome {
  if (calculated === undefined) return broken('It states no digest.');
  return stated === calculated ? holds(`${stated}.`) : broken(`It states ${stated}, its bytes give ${calculated}.`);
}

/** Elements of a sandbox, and the attributes that each may have. Whatever could load or run something has no place here. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  html: ['lang', 'data-build'],
  head: [],
  meta: ['charset', 'http-equiv', 'content'],
  title: [],
  body: [],
  script: ['type', 'id'],
};

function isPlain(text: string): Outcome {
  const read = readPlainHtml(text);
  if ('refused' in read) return broken(`It is not plain: ${read.refused}.`);
  const elements = starts(read.pieces);
  for (const { name, attributes } of elements) {
    const odd = [...attributes.keys()].find((attribute) => !PARTS[name]?.includes(attribute));
    if (!PARTS[name] || odd !== undefined) return broken(`It has <${name}${odd === undefined ? '' : ` ${odd}`}>.`);
    if (name === 'script' && ![undefined, 'text/plain'].includes(attributes.get('type')))
      return broken(`It has a script of type ${attributes.get('type')}.`);
  }
  const equivalents = elements.flatMap(({ attributes }) => attributes.get('http-equiv')?.toLowerCase() ?? []);
  if (equivalents.join() !== 'content-security-policy') return broken(`Its http-equiv are: ${equivalents.join(', ')}.`);
  const policyAt = elements.findIndex(({ attributes }) => attributes.has('http-equiv'));
  const scriptAt = elements.findIndex(({ name }) => name === 'script');
  if (scriptAt >= 0 && scriptAt < policyAt) return broken('A script stands before the policy.');
  return holds(`${count(elements.length, 'element')}, ${count(scriptsOf(read.pieces).length, 'script')}.`);
}

/** Where a directive that is not there takes its sources from, by CSP Level 3 §6.1. */
const FETCHES = [
  'child-src',
  'connect-src',
  'font-src',
  'frame-src',
  'img-src',
  'manifest-src',
  'media-src',
  'object-src',
  'prefetch-src',
  'script-src',
  'style-src',
  'worker-src',
] as const;
/** Do not fall back to default-src. */
const OTHERS = ['base-uri', 'form-action'] as const;
/** `data:` holds what it names, so nothing is fetched for it. */
const HARMLESS = /^('none'|'wasm-unsafe-eval'|'sha256-[A-Za-z0-9+/]{43}='|data:)$/;

function forbidsNetwork(policy: readonly Directive[]): Outcome {
  if (policy.length === 0) return broken('It has no policy.');
  const sourcesOf = (name: string): readonly string[] | undefined =>
    policy.find((directive) => directive.name === name)?.sources;
  const base = sourcesOf('default-src');
  if (base?.join() !== "'none'") return broken(`default-src is ${base?.join(' ') ?? 'missing'}.`);
  if (sourcesOf('connect-src')?.join() !== "'none'") return broken("connect-src is not 'none'.");
  const open = [...FETCHES, ...OTHERS].flatMap((name) => {
    const sources = sourcesOf(name) ?? ((OTHERS as readonly string[]).includes(name) ? ['*'] : base);
    const odd = sources.filter((source) => !HARMLESS.test(source));
    return odd.length > 0 ? [`${name} ${odd.join(' ')}`] : [];
  });
  return open.length === 0
    ? holds(
        "Everything that is not named is 'none', connect-src too; only data: and the script’s own hash are admitted.",
      )
    : broken(`It admits ${open.join(', ')}.`);
}

function admitsOneScript({ policy, scripts }: SandboxFacts): Outcome {
  const running = scripts.filter(({ kind }) => kind === 'runs');
  const [script] = running;
  if (running.length !== 1 || !script) return broken(`${count(running.length, 'script')} would run.`);
  const sources = policy.find(({ name }) => name === 'script-src')?.sources ?? [];
  const hashes = sources.filter((source) => source.startsWith("'sha256-"));
  return hashes.length === 1 && hashes[0] === script.source
    ? holds(`${script.source}, ${count(script.text.split('\n').length, 'line')}.`)
    : broken(`The policy admits ${hashes.join(' ') || 'none'}, the script is ${script.source}.`);
}
