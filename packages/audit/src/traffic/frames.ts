/** The frames that an app shows, as the page has them: which of them are sandboxes, how they are sealed, and what is in them. */
import type { Page } from 'playwright';

export interface PageFrame {
  /** Attributes as they stand there; none where the attribute is missing. */
  sandboxAttribute: string | undefined;
  allow: string | undefined;
  /** Address, where the document was not given inline. */
  url: string | undefined;
  /** The inlined document. */
  document: string | undefined;
}

export async function framesOf(page: Page): Promise<PageFrame[]> {
  const found = await Promise.all(
    // A sandboxed frame has no frames that matter, and may have gone.
    page.frames().map((frame) => frame.evaluate(framesInPage).catch(() => [])),
  );
  return found.flat().map(({ sandboxAttribute, allow, url, document }) => ({
    sandboxAttribute: sandboxAttribute ?? undefined,
    allow: allow ?? undefined,
    url: url ?? undefined,
    document: document ?? undefined,
  }));
}

/** Runs in the page, so it stands alone. Open shadow roots are looked into; in a closed one nothing can be seen. */
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
