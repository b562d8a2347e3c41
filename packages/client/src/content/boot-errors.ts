/**
 * What keeps a sandbox from starting, as the error that a host's developer reads: which header forbids it, and the line to
 * add. Flow: frame → here. Pure but for `watchPage`, which hears what the browser tells this page. Spec: docs/integrate/csp.md.
 */
import { type Digest, LodestoneError, type RefusedReason } from '@lodestone/protocol';

/** Where the document comes from, and the build that this client was published with. */
export interface SandboxSource {
  build: Digest;
  /** Its window's script as a policy names it: `'sha256-…'`. */
  script: string;
  /** The document itself, or the address of a served copy. */
  from: { document: string } | { url: string };
}

/** The name that a page with Trusted Types must allow. */
export const TRUSTED_TYPES_NAME = 'lodestone-sandbox';

/** For the page, where the document is inlined: it has the page's policy beside its own. */
function inlinedLine(script: string): string {
  return `Content-Security-Policy: script-src 'self' ${script} 'wasm-unsafe-eval'; worker-src 'self' data:`;
}
const TYPES_LINE = `Content-Security-Policy: trusted-types ${TRUSTED_TYPES_NAME}`;
/** For sandbox.html, where the page is isolated. Firefox asks for the second: an opaque origin is of no site. */
const ISOLATED_LINES = 'Cross-Origin-Embedder-Policy: require-corp and Cross-Origin-Resource-Policy: cross-origin';

const OR_SERVE = 'or serve sandbox.html and give `sandboxUrl`';

/** The document answered, and will not run. */
export function refusal({ script, from }: SandboxSource, reason: RefusedReason, build: Digest): LodestoneError {
  const isServed = 'url' in from;
  switch (reason) {
    case 'version':
      return new LodestoneError(
        'ERR_SANDBOX_VERSION',
        `the sandbox document is of build ${build}, not of this client's: serve the sandbox.html of the same release`,
      );
    case 'digest':
      return new LodestoneError(
        'ERR_SANDBOX_VERSION',
        'the sandbox document was changed on its way: serve sandbox.html byte by byte, without a minifier or an inserted script',
      );
    case 'origin':
      return new LodestoneError('ERR_SANDBOX_BOOT', 'the sandbox document refuses to run: its origin is not opaque');
    case 'policy':
      return new LodestoneError(
        'ERR_SANDBOX_BOOT',
        'the sandbox document refuses to run: its own Content-Security-Policy is not in force',
      );
    case 'worker':
    case 'wasm': {
      const what = reason === 'worker' ? 'the worker' : 'WebAssembly';
      return forbidden(
        isServed
          ? `the Content-Security-Policy that ${from.url} is served with refuses ${what}: send it without one, it has its own`
          : `the page's Content-Security-Policy refuses ${what} of the inlined sandbox: add ${inlinedLine(script)}, ${OR_SERVE}`,
      );
    }
    case 'trusted-types':
      return typesRefused();
  }
}

/** The page asks for Trusted Types, and not for ours. */
export function typesRefused(cause?: unknown): LodestoneError {
  return forbidden(`the page requires Trusted Types: add ${TYPES_LINE}, ${OR_SERVE}`, cause);
}

/** The frame is loaded, or should be, and nothing in it has answered. */
export function silence({ script, from }: SandboxSource): LodestoneError {
  if (isExtensionPage())
    return forbidden(
      'no script may run in a frame of an extension page: list sandbox.html under `sandbox.pages` of the manifest, and give it as `sandboxUrl`',
    );
  if ('document' in from)
    return forbidden(
      `the page's Content-Security-Policy refuses the inlined sandbox's script: add ${inlinedLine(script)}, ${OR_SERVE}`,
    );
  const [first, ...others] = [
    ...(crossOriginIsolated ? [`this page is isolated, so serve it with ${ISOLATED_LINES}`] : []),
    'is it the sandbox.html of this release, and no page of an error?',
    "is it served without X-Frame-Options: DENY, Content-Security-Policy: frame-ancestors 'none' or another policy of its own?",
    ...(crossOriginIsolated
      ? []
      : [`where this page has a Cross-Origin-Embedder-Policy, serve it with ${ISOLATED_LINES}`]),
  ];
  return new LodestoneError('ERR_SANDBOX_BOOT', `${from.url} does not answer: ${[first, ...others].join('; ')}`);
}

export function notLoaded(url: string): LodestoneError {
  return new LodestoneError('ERR_SANDBOX_BOOT', `${url} could not be loaded`);
}

/**
 * Hears what the browser tells this page of a served document: its own frame-src, its embedder policy (Chromium and
 * WebKit), and the document's frame-ancestors (Chromium). Of an inlined document it tells the page nothing.
 * @returns how to stop
 */
export function watchPage(url: string, found: (why: LodestoneError) => void): () => void {
  const address = new URL(url, document.baseURI);
  const violated = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void => {
    if (!isFrameDirective(effectiveDirective) || !isAt(blockedURI, address)) return;
    const source = address.origin === location.origin ? "'self'" : address.origin;
    found(
      forbidden(`the page's Content-Security-Policy refuses ${url}: add Content-Security-Policy: frame-src ${source}`),
    );
  };
  document.addEventListener('securitypolicyviolation', violated);

  const observer =
    typeof ReportingObserver === 'function'
      ? new ReportingObserver((reports) => {
          for (const { type, body } of reports) {
            // Chromium's body has nothing to read but as JSON.
            const said = (body as { toJSON?: () => { type?: unknown; blockedURL?: unknown } } | null)?.toJSON?.();
            if (type === 'coep' && said?.type === 'navigation' && said.blockedURL === address.href)
              found(
                forbidden(`the page's Cross-Origin-Embedder-Policy refuses ${url}: serve it with ${ISOLATED_LINES}`),
              );
          }
        })
      : undefined;
  observer?.observe();
  return () => {
    document.removeEventListener('securitypolicyviolation', violated);
    observer?.disconnect();
  };
}

function forbidden(message: string, cause?: unknown): LodestoneError {
  return new LodestoneError('ERR_SANDBOX_POLICY', message, { cause });
}

function isFrameDirective(name: string): boolean {
  return name === 'frame-src' || name === 'child-src' || name === 'default-src';
}

/** Engines name the address or, of another origin, its origin alone. */
function isAt(blocked: string, { href, origin }: URL): boolean {
  return blocked === href || blocked === origin;
}

function isExtensionPage(): boolean {
  return location.protocol.endsWith('-extension:');
}
