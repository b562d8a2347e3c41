/**
 * Names that a page asks the browser to look up or connect to ahead: `<link rel="dns-prefetch">` and its kin. Behind a proxy
 * browsers do not act on them, so the proxy would never see what they would give away without one. Runs in every frame.
 */
import type { Page } from 'playwright';
import type { Logged } from './browser-log.ts';

/** Where the notes are kept in the page; a symbol, so that no app trips over it. */
const PLACE = 'lodestone-audit/hints';

/** Runs in the page before anything else does, so it stands alone. */
function noteHints(place: string): void {
  const scope = globalThis as unknown as Record<symbol, { name: string; at: number }[]>;
  const noted = (scope[Symbol.for(place)] ??= []);
  const look = (node: Node): void => {
    if (!(node instanceof Element)) return;
    const links = [...(node instanceof HTMLLinkElement ? [node] : []), ...node.querySelectorAll('link')];
    for (const { relList, href } of links) {
      const isHint = ['dns-prefetch', 'preconnect', 'prefetch', 'prerender', 'preload', 'modulepreload'].some((rel) =>
        relList.contains(rel),
      );
      const name = isHint && URL.canParse(href) ? new URL(href).hostname : '';
      if (name !== '') noted.push({ name, at: Date.now() });
    }
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes, type } of changes) (type === 'attributes' ? [target] : addedNodes).forEach(look);
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['rel', 'href'] });
}

export async function recordResourceHints(page: Page): Promise<void> {
  await page.addInitScript(noteHints, PLACE);
}

export async function resourceHintsOf(page: Page): Promise<Logged[]> {
  const noted = await Promise.all(
    page.frames().map((frame) =>
      frame
        .evaluate(
          (place) => (globalThis as unknown as Record<symbol, { name: string; at: number }[]>)[Symbol.for(place)],
          PLACE,
        )
        // A frame that has gone meanwhile.
        .catch(() => undefined),
    ),
  );
  return noted.flatMap((notes) => notes ?? []).map(({ name, at }) => ({ kind: 'name', at, name, by: 'hint' }));
}
