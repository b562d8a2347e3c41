/** Objects and messages of the host’s page. Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { reach, keep } = attemptGroup('The host’s page');

export const hostPage: readonly Attempt[] = [
  keep('window', 'document of the parent', 'return parent.document.title'),
  keep('window', 'function of the parent', 'return parent.fetch(at.http)'),
  keep(
    'window',
    'its own frame element',
    "if (!frameElement) throw new Error('null'); return frameElement.getAttribute('sandbox')",
  ),
  keep('window', 'removal of its own sandbox attribute', "frameElement.removeAttribute('sandbox'); return 1"),
  keep('window', 'opener', "if (!opener) throw new Error('null'); return opener.document"),
  keep(
    'both',
    'BroadcastChannel to the host',
    "const c = new BroadcastChannel('lodestone-probe'); c.postMessage(at.host); return new Promise((yes, no) => { c.onmessage = yes; setTimeout(no, 1000, new Error('no answer')) })",
  ),
  keep(
    'window',
    'flood of messages',
    "for (let i = 0; i < 20000; i++) parent.postMessage({ id: i, type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [{ type: 'RAW', value: 'fetch(\"' + at.http + '\")' }] }, '*'); throw new Error('sent, without a listener')",
  ),
  reach(
    'worker',
    'flood of the window',
    "for (let i = 0; i < 20000; i++) postMessage({ type: 'lodestone-boot', location: at.http, href: at.http, src: at.http }); return noResult()",
    { afterStart: true, noControl: true },
  ),
];
