/** The model's per-group accuracy figures, measured on `groups.ts`. The test `figures-are-measured` repeats the measurement. */
import type { GroupFigures } from '@lodestone/protocol/model';

export const FIGURES: GroupFigures[] = [
  { group: 'taken well', bucket: 2, pictures: 200, falseAlarms: 0.02, found: 1 },
  { group: 'taken well', bucket: 5, pictures: 200, falseAlarms: 0, found: 1 },
  { group: 'taken well', bucket: 8, pictures: 200, falseAlarms: 0, found: 1 },
  { group: 'with noise', bucket: 2, pictures: 200, falseAlarms: 0, found: 1 },
  { group: 'with noise', bucket: 5, pictures: 200, falseAlarms: 0, found: 1 },
  { group: 'with noise', bucket: 8, pictures: 200, falseAlarms: 0, found: 1 },
  { group: 'in little light', bucket: 2, pictures: 200, falseAlarms: 0, found: 0.62 },
  { group: 'in little light', bucket: 5, pictures: 200, falseAlarms: 0, found: 0.5 },
  { group: 'in little light', bucket: 8, pictures: 200, falseAlarms: 0, found: 0.4 },
];
