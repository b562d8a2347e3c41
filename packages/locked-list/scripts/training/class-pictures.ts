/** The classes of pictures that need tables of their own, and how their pictures are drawn. Flow: train → here → screens, pages. */
import type { Canvas } from './canvas.ts';
import { PAGES } from './pages.ts';
import { SCREENS, type Supplies } from './screens.ts';

export interface PictureClass {
  readonly name: string;
  readonly draw: (supplies: Supplies) => Canvas;
}

/** Light and dark screens differ in the sign of most bits, so that each has a class. */
export const CLASSES: readonly PictureClass[] = [
  ...Object.entries(SCREENS).flatMap(([name, draw]) =>
    [false, true].map((isDark) => ({
      name: `${isDark ? 'dark' : 'light'} ${name}`,
      draw: (supplies: Supplies) => draw(supplies, isDark),
    })),
  ),
  ...Object.entries(PAGES).map(([name, draw]) => ({ name, draw })),
];
