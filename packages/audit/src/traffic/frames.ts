/** The frames of an app's page, with their sandbox attributes and documents. Flow: page → here → claims. Spec: docs/design/audit.md#capture */
import type { Page } from 'playwright';

export interface PageFrame {
  /** Attribute values; undefined if the attribute is missing. */
  sandboxAttribute: string | undefined;
  allow: string | undefined;
  /** Address, if the document is not inline. */
  url: string | undefined;
  /** The inlined document. */
  document: string | undefined;
}

export async function framesOf(page: Page): Promise<PageFrame[]> {
  const found = await Promise.all(
    // Evaluation fails in a sandboxed or removed frame.
    page.frames().map((frame) => frame.evaluate(framesInPage).catch(() => [])),
  );
  return found.flat().map(({ sandboxAttribute, allow, url, document }) => ({
    sandboxAttribute: sandboxAttribute ?? undefined,
    allow: allow ?? undefined,
    url: url ?? undefined,
    document: document ?? undefined,
  }));
}

/** Runs in the page, so it uses nothing from this module. Includes open shadow roots; closed ones cannot be read. */
function framesInPage(): {
  sandboxAttribute: string | null;
  allow: string | null;
  url: string | null;
  document: string | null;
}[] {
  const framesIn = (root: Document | ShadowRoot): HTMLIFrameElement[] => [
    ...root.querySelectorAll('iframe'),
    ...Array.from(root.querySelectorAll('*'), ({ shadowRoot }) => (shadowRoot ? framesIn(shadowRoot) : [])).flat(),
  ];
  return framesIn(document).map((frame) => ({
    sandboxAttribute: frame.getAttribute('sandbox'),
    allow: frame.getAttribute('allow'),
    url: frame.hasAttribute('srcdoc') ? null : frame.src,
    document: frame.getAttribute('srcdoc'),
  }));
}
