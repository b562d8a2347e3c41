/**
 * Records names that a page asks the browser to look up or connect to in advance (`<link rel="dns-prefetch">` and others). Behind
 * a proxy browsers ignore these hints, so the proxy would miss them. Runs in every frame. Spec: docs/design/audit.md#capture
 */
import type { Page } from 'playwright';
import type { Logged } from './browser-log.ts';

/** Key of the list in the page: a symbol, which cannot collide with the app's names. */
const PLACE = 'lodestone-audit/hints';

/** Runs in the page before its scripts, so it uses nothing from this module. */
function recordInPage(place: string): void {
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
  await page.addInitScript(recordInPage, PLACE);
}

export async function resourceHintsOf(page: Page): Promise<Logged[]> {
  const noted = await Promise.all(
    page.frames().map((frame) =>
      frame
        .evaluate(
          (place) => (globalThis as unknown as Record<symbol, { name: string; at: number }[]>)[Symbol.for(place)],
          PLACE,
        )
        // The frame was removed.
        .catch(() => undefined),
    ),
  );
  return noted.flatMap((notes) => notes ?? []).map(({ name, at }) => ({ kind: 'name', at, name, by: 'hint' }));
}
