/** The names that onnxruntime-web needs in a worker's scope in addition to those of the scanner. All others are removed. Spec: docs/design/sandbox.md#scope-lockdown */
import { type NameGroup, KEPT } from '../../scanner/capabilities.ts';

export const CLASSIFIER_KEPT: readonly NameGroup[] = [
  ...KEPT,
  {
    reason:
      'Its WebAssembly is built for threads and uses locks. There is one thread, and no other to share memory with.',
    names: 'Atomics',
  },
];
