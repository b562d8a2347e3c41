/** What onnxruntime-web needs of a worker's scope beside what the scanner keeps; all else is taken away, as in the scanner. */
import { type Judgement, KEPT } from '../scanner/capabilities.ts';

export const RUNTIME_KEPT: readonly Judgement[] = [
  ...KEPT,
  {
    reason: 'A clock, which its operators read for profiles that nobody asks for. What is measured stays in here.',
    names: 'performance',
  },
];
