/** A tiny model with hand-set weights, and pictures to try it on. */
export { MODEL, shapesModel, type ShapesModel } from './model.ts';
export { discs, landscape, otherDiscs, type Picture, stripes } from './pictures.ts';
export { pngOf } from './png.ts';
