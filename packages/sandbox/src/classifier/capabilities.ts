/** What onnxruntime-web needs of a worker's scope beside what the scanner keeps; all else is taken away, as in the scanner. */
import { type Judgement, KEPT } from '../scanner/capabilities.ts';

export const RUNTIME_KEPT: readonly Judgement[] = [
  ...KEPT,
  {
    reason:
      'Its WebAssembly is built for threads, and takes locks. There is one thread, and nobody to share memory with.',
    names: 'Atomics',
  },
];
