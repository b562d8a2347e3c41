/** Resource hints and speculation rules. Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { reach } = attemptGroup('Resource hints');

export const resourceHints: readonly Attempt[] = [
  reach('window', 'dns-prefetch', "append('link', { rel: 'dns-prefetch', href: at.named }); return noResult()"),
  reach('window', 'preconnect', "append('link', { rel: 'preconnect', href: at.http }); return noResult()"),
  reach('window', 'prefetch', "append('link', { rel: 'prefetch', href: at.http }); return noResult()"),
  reach('window', 'prerender', "append('link', { rel: 'prerender', href: at.http }); return noResult()"),
  reach(
    'window',
    'preload',
    "append('link', { rel: 'preload', as: 'image', href: at.http + '/i.png' }); return noResult()",
  ),
  reach(
    'window',
    'modulepreload',
    "append('link', { rel: 'modulepreload', href: at.http + '/m.js' }); return noResult()",
  ),
  reach(
    'window',
    'speculation rules',
    "const s = document.createElement('script'); s.type = 'speculationrules'; s.textContent = JSON.stringify({ prefetch: [{ source: 'list', urls: [at.http], eagerness: 'immediate' }] }); document.body.append(s); return noResult()",
  ),
];
