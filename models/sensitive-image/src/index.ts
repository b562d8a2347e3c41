/** The classifier of sensitive pictures: how it is built, and how it is used. Its card is the README. */
export { buildModel, MODEL_FILE } from './build-model.ts';
export { FIGURES, SPEC } from './spec.ts';
