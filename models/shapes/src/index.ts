/** A tiny model with hand-set weights, and pictures for it. */
export { MODEL, shapesModel, type ShapesModel } from './model.ts';
export { discs, landscape, otherDiscs, type Picture, stripes } from './pictures.ts';
export { pngOf } from './png.ts';
