/** The classes of pictures that are weaker than photographs, and how their pictures are drawn. Flow: train → here → screens, pages. */
import type { Canvas } from './canvas.ts';
import { PAGES } from './pages.ts';
import type { Supplies } from './screen-frame.ts';
import { SCREENS } from './screens.ts';

export interface PictureClass {
  readonly name: string;
  readonly kind: 'screen' | 'page';
  /** Whether it has tables. */
  readonly isTrained: boolean;
  readonly draw: (supplies: Supplies) => Canvas;
}

/**
 * Galleries, home screens and bars cost as much as photographs. Tables of objects on plain ground would refuse portraits before a plain wall, which they
 * resemble. The report measures all of them.
 */
const UNTRAINED = /gallery|home|bars|object/;

/** Light and dark screens differ in the sign of most bits, so that each has a class. */
export const CLASSES: readonly PictureClass[] = [
  ...Object.entries(SCREENS).flatMap(([name, draw]) =>
    [false, true].map((isDark) => ({
      name: `${isDark ? 'dark' : 'light'} ${name}`,
      kind: 'screen' as const,
      isTrained: !UNTRAINED.test(name),
      draw: (supplies: Supplies) => draw(supplies, isDark),
    })),
  ),
  ...Object.entries(PAGES).map(([name, draw]) => ({
    name,
    kind: 'page' as const,
    isTrained: !UNTRAINED.test(name),
    draw,
  })),
];
