/**
 * Why a sandbox does not start, as the error that the host's developer reads: the header that blocks it, and the line to add.
 * Flow: sandbox-frame → here. Pure, except `watchPage`, which listens to the page's reports. Spec: docs/design/sandbox.md#boot
 */
import { type Digest, LodestoneError, type RefusedReason } from '@lodestone/protocol';

/** Where the document comes from, and the build that this client was published with. */
export interface SandboxSource {
  build: Digest;
  /** The hash of its window's script, as a policy names it: `'sha256-…'`. */
  script: string;
  /** The document itself, or the address of a served copy. */
  from: { document: string } | { url: string };
}

/** The name that a page with Trusted Types must allow. */
export const TRUSTED_TYPES_NAME = 'lodestone-sandbox';

/** For the page that shows an inlined document, which inherits the page's policy. */
function inlinedLine(script: string): string {
  return `Content-Security-Policy: script-src 'self' ${script} 'wasm-unsafe-eval'; worker-src 'self' data:`;
}
const TYPES_LINE = `Content-Security-Policy: trusted-types ${TRUSTED_TYPES_NAME}`;
/** For sandbox.html on an isolated page. Firefox needs the second line, because an opaque origin belongs to no site. */
const ISOLATED_LINES = 'Cross-Origin-Embedder-Policy: require-corp and Cross-Origin-Resource-Policy: cross-origin';

const OR_SERVE = 'or serve sandbox.html and set `sandboxUrl`';

/** The document started and refused to run. */
export function refused(source: SandboxSource, reason: RefusedReason, build: Digest): LodestoneError {
  switch (reason) {
    case 'version':
      return new LodestoneError(
        'ERR_SANDBOX_VERSION',
        `the sandbox document is build ${build}, but this client needs ${source.build}: serve the sandbox.html of the same release`,
      );
    case 'digest':
      return new LodestoneError(
        'ERR_SANDBOX_VERSION',
        'the sandbox document was changed on its way to the browser: serve sandbox.html unchanged, without a minifier or an inserted script',
      );
    case 'origin':
      return new LodestoneError(
        'ERR_SANDBOX_BOOT',
        'the sandbox document does not run: its origin is not opaque; keep the iframe’s `sandbox` attribute as the client sets it',
      );
    case 'policy':
      return new LodestoneError(
        'ERR_SANDBOX_BOOT',
        'the sandbox document does not run: the browser does not enforce its Content-Security-Policy; update the browser',
      );
    case 'worker':
      return policyBlocks('the worker', source);
    case 'wasm':
      return policyBlocks('WebAssembly', source);
    case 'trusted-types':
      return typesRefused();
  }
}

function policyBlocks(what: string, { from, script }: SandboxSource): LodestoneError {
  return pageForbids(
    'url' in from
      ? `a Content-Security-Policy header on ${from.url} blocks ${what}: serve the file without one, because it contains its own policy`
      : `the page's Content-Security-Policy blocks ${what} of the inlined sandbox: add ${inlinedLine(script)}, ${OR_SERVE}`,
  );
}

/** The page requires Trusted Types and does not allow the sandbox's policy. */
export function typesRefused(cause?: unknown): LodestoneError {
  return pageForbids(`the page requires Trusted Types: add ${TYPES_LINE}, ${OR_SERVE}`, cause);
}

/** The document is loaded, or should be, and no script in it answers. */
export function noAnswer({ script, from }: SandboxSource): LodestoneError {
  if (isExtensionPage())
    return pageForbids(
      'an extension page runs no script in an inlined frame: list sandbox.html under `sandbox.pages` of the manifest, and set `sandboxUrl` to it',
    );
  if ('document' in from)
    return pageForbids(
      `the page's Content-Security-Policy blocks the inlined sandbox's script: add ${inlinedLine(script)}, ${OR_SERVE}`,
    );
  const isolation = crossOriginIsolated
    ? `is served with ${ISOLATED_LINES}, because this page is isolated`
    : `is served with ${ISOLATED_LINES}, if this page has a Cross-Origin-Embedder-Policy`;
  return new LodestoneError(
    'ERR_SANDBOX_BOOT',
    `${from.url} does not answer: check that the file (1) is sandbox.html of this release, not an error page, ` +
      "(2) is served without X-Frame-Options: DENY, Content-Security-Policy: frame-ancestors 'none' or another policy, " +
      `(3) ${isolation}`,
  );
}

export function notLoaded(url: string): LodestoneError {
  return new LodestoneError(
    'ERR_SANDBOX_BOOT',
    `${url} could not be loaded: check that the address is right and that the server answers`,
  );
}

/**
 * Listens for the browser's reports about a served document: the page's frame-src, its embedder policy (Chromium and WebKit),
 * and the document's frame-ancestors (Chromium). Browsers send no such report about an inlined document.
 * @returns how to stop
 */
export function watchPage(url: string, found: (why: LodestoneError) => void): () => void {
  const address = new URL(url, document.baseURI);
  const onViolation = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void => {
    if (!isFrameDirective(effectiveDirective) || !isAt(blockedURI, address)) return;
    const source = address.origin === location.origin ? "'self'" : address.origin;
    found(
      pageForbids(`the page's Content-Security-Policy blocks ${url}: add Content-Security-Policy: frame-src ${source}`),
    );
  };
  document.addEventListener('securitypolicyviolation', onViolation);
  const stopObserving = observeEmbedderPolicy(address, () =>
    found(pageForbids(`the page's Cross-Origin-Embedder-Policy blocks ${url}: serve it with ${ISOLATED_LINES}`)),
  );
  return () => {
    document.removeEventListener('securitypolicyviolation', onViolation);
    stopObserving();
  };
}

function observeEmbedderPolicy({ href }: URL, blocked: () => void): () => void {
  if (typeof ReportingObserver !== 'function') return () => undefined;
  const observer = new ReportingObserver((reports) => {
    for (const { type, body } of reports) {
      // Chromium's report body has readable fields only as JSON.
      const report = (body as { toJSON?: () => { type?: unknown; blockedURL?: unknown } } | null)?.toJSON?.();
      if (type === 'coep' && report?.type === 'navigation' && report.blockedURL === href) blocked();
    }
  });
  observer.observe();
  return () => observer.disconnect();
}

function pageForbids(message: string, cause?: unknown): LodestoneError {
  return new LodestoneError('ERR_SANDBOX_POLICY', message, { cause });
}

function isFrameDirective(name: string): boolean {
  return name === 'frame-src' || name === 'child-src' || name === 'default-src';
}

/** Engines report the whole address or, for another origin, only that origin. */
function isAt(blocked: string, { href, origin }: URL): boolean {
  return blocked === href || blocked === origin;
}

function isExtensionPage(): boolean {
  return location.protocol.endsWith('-extension:');
}
