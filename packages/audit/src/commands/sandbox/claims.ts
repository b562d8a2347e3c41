/** Claims about a sandbox document. Pure. Flow: run.ts → here → report. Spec: docs/design/audit.md#sandbox, CSP Level 3 */
import { type Claim, claimBuilder, count, fail, notTested, type Outcome, pass } from '../../report/report.ts';
import { type Directive, type SandboxFacts, type SandboxLock, scriptsOf, startTags } from './document.ts';
import { readStrictHtml } from './strict-html.ts';

export const SANDBOX_CLAIMS = {
  'sandbox-is-published': 'The document is the published sandbox',
  'sandbox-states-its-digest': 'The digest that the document states is the digest of its bytes',
  'sandbox-loads-nothing':
    'The document loads nothing, and contains only a policy, one script that runs, and code as text',
  'sandbox-policy-allows-no-server': 'No directive of the policy allows a server',
  'sandbox-runs-one-script': 'The policy allows only the one readable script to run in the window',
} as const;
const claim = claimBuilder(SANDBOX_CLAIMS);

export function sandboxClaims(
  html: Uint8Array,
  facts: SandboxFacts,
  published: Partial<SandboxLock> | undefined,
): Claim[] {
  return [
    claim(
      'sandbox-is-published',
      'Its digests and its size were compared with those of the release.',
      isPublished(facts, published),
    ),
    claim(
      'sandbox-states-its-digest',
      'SHA-256 was calculated over the document, with zeros in place of its digest.',
      statesItself(facts),
    ),
    claim(
      'sandbox-loads-nothing',
      'A strict parser read it, which refuses everything that a browser could parse differently.',
      isStrict(new TextDecoder().decode(html)),
    ),
    claim(
      'sandbox-policy-allows-no-server',
      'No directive of its Content-Security-Policy may name a host, a network scheme or a wildcard.',
      forbidsNetwork(facts.policy),
    ),
    claim(
      'sandbox-runs-one-script',
      'The SHA-256 of the script was compared with the one that the policy allows.',
      allowsOneScript(facts),
    ),
  ];
}

function isPublished({ build, sha256, bytes }: SandboxFacts, published: Partial<SandboxLock> | undefined): Outcome {
  if (!published) return notTested('No release was given for comparison.');
  const differences = [
    ...differs('build', published.build, build.stated),
    ...differs('SHA-256', published.sha256, sha256),
    ...differs('length', published.bytes, bytes),
  ];
  return differences.length === 0 ? pass(`Equal: build ${build.stated}.`) : fail(differences.join(' '));
}

function differs(what: string, published: string | number | undefined, found: string | number | undefined): string[] {
  return published === undefined || published === found
    ? []
    : [`The ${what} is ${found}; the release has ${published}.`];
}

function statesItself({ build: { stated, calculated } }: SandboxFacts): Outcome {
  if (calculated === undefined) return fail('The document states no digest.');
  return stated === calculated
    ? pass(`${stated}.`)
    : fail(`The document states ${stated}, but its bytes have ${calculated}.`);
}

/** The elements of a sandbox and their allowed attributes: none of them can load anything. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  html: ['lang', 'data-build'],
  head: [],
  meta: ['charset', 'http-equiv', 'content'],
  title: [],
  body: [],
  script: ['type', 'id'],
};

function isStrict(text: string): Outcome {
  const read = readStrictHtml(text);
  if ('refused' in read) return fail(`The document is not in the strict form: ${read.refused}.`);
  const elements = startTags(read.pieces);
  for (const { name, attributes } of elements) {
    const disallowed = [...attributes.keys()].find((attribute) => !PARTS[name]?.includes(attribute));
    if (!PARTS[name] || disallowed !== undefined)
      return fail(`It contains <${name}${disallowed === undefined ? '' : ` ${disallowed}`}>.`);
    if (name === 'script' && ![undefined, 'text/plain'].includes(attributes.get('type')))
      return fail(`It contains a script of type ${attributes.get('type')}.`);
  }
  const equivalents = elements.flatMap(({ attributes }) => attributes.get('http-equiv')?.toLowerCase() ?? []);
  if (equivalents.join() !== 'content-security-policy')
    return fail(`Its http-equiv values are: ${equivalents.join(', ')}.`);
  const policyAt = elements.findIndex(({ attributes }) => attributes.has('http-equiv'));
  const scriptAt = elements.findIndex(({ name }) => name === 'script');
  if (scriptAt >= 0 && scriptAt < policyAt) return fail('A script precedes the policy.');
  return pass(`${count(elements.length, 'element')}, ${count(scriptsOf(read.pieces).length, 'script')}.`);
}

/** Directives that fall back to default-src: CSP Level 3 §6.1. */
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
/** Directives without a fallback. */
const OTHERS = ['base-uri', 'form-action'] as const;
/** `data:` contains its content, so nothing is fetched. */
const HARMLESS = /^('none'|'wasm-unsafe-eval'|'sha256-[A-Za-z0-9+/]{43}='|data:)$/;

function forbidsNetwork(policy: readonly Directive[]): Outcome {
  if (policy.length === 0) return fail('The document has no policy.');
  const sourcesOf = (name: string): readonly string[] | undefined =>
    policy.find((directive) => directive.name === name)?.sources;
  const base = sourcesOf('default-src');
  if (base?.join() !== "'none'") return fail(`default-src is ${base?.join(' ') ?? 'missing'}.`);
  if (sourcesOf('connect-src')?.join() !== "'none'") return fail("connect-src is not 'none'.");
  const open = [...FETCHES, ...OTHERS].flatMap((name) => {
    const sources = sourcesOf(name) ?? ((OTHERS as readonly string[]).includes(name) ? ['*'] : base);
    const disallowed = sources.filter((source) => !HARMLESS.test(source));
    return disallowed.length > 0 ? [`${name} ${disallowed.join(' ')}`] : [];
  });
  return open.length === 0
    ? pass("default-src and connect-src are 'none'; only data:, wasm-unsafe-eval and the script’s hash are allowed.")
    : fail(`The policy allows ${open.join(', ')}.`);
}

function allowsOneScript({ policy, scripts }: SandboxFacts): Outcome {
  const running = scripts.filter(({ kind }) => kind === 'runs');
  const [script] = running;
  if (running.length !== 1 || !script) return fail(`${count(running.length, 'script')} would run; exactly one must.`);
  const sources = policy.find(({ name }) => name === 'script-src')?.sources ?? [];
  const hashes = sources.filter((source) => source.startsWith("'sha256-"));
  return hashes.length === 1 && hashes[0] === script.source
    ? pass(`${script.source}, ${count(script.text.split('\n').length, 'line')}.`)
    : fail(`The policy allows ${hashes.join(' ') || 'no hash'}; the script has ${script.source}.`);
}
