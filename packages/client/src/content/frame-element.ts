/** The sandbox's iframe element, also on pages that require Trusted Types. Spec: docs/design/sandbox.md#document */
import { type SandboxSource, TRUSTED_TYPES_NAME, typesRefused } from './boot-errors.ts';

/** @throws {LodestoneError} `ERR_SANDBOX_POLICY` if the page requires Trusted Types and does not allow the sandbox's policy */
export function createFrameElement(from: SandboxSource['from']): HTMLIFrameElement {
  const element = document.createElement('iframe');
  element.hidden = true;
  element.title = 'Lodestone sandbox';
  element.referrerPolicy = 'no-referrer';
  element.setAttribute('aria-hidden', 'true');
  element.setAttribute('sandbox', 'allow-scripts');
  if ('url' in from) element.src = from.url;
  else setDocument(element, from.document);
  return element;
}

/** Not in TypeScript's DOM library yet. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML: (html: string) => string }): { createHTML: (html: string) => string };
}

/** A page may create a policy of one name once, and may have several guards. */
let trustedHtml: ReturnType<TrustedTypes['createPolicy']> | undefined;

function setDocument(element: HTMLIFrameElement, html: string): void {
  const { trustedTypes } = element.ownerDocument.defaultView as { trustedTypes?: TrustedTypes };
  try {
    trustedHtml ??= trustedTypes?.createPolicy(TRUSTED_TYPES_NAME, { createHTML: (given) => given });
  } catch {
    // The page does not allow this name. If it does not require Trusted Types either, `srcdoc` accepts a string.
  }
  try {
    element.srcdoc = trustedHtml?.createHTML(html) ?? html;
  } catch (cause) {
    throw typesRefused(cause);
  }
}
