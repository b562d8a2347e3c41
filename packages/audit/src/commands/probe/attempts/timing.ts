/** Timing side channels. Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { keep } = attemptGroup('Timing side channels');

export const timing: readonly Attempt[] = [
  keep('window', 'timeline of the host’s page', "parent.performance.mark('probe'); return 1"),
  keep('both', 'memory of the whole process', 'return performance.measureUserAgentSpecificMemory()'),
  keep('both', 'load of the device', "const o = new PressureObserver(() => {}); return o.observe('cpu')"),
];
