/** Navigation of the frame, the page or a new window; each attempt has its own frame or page. Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { reach } = attemptGroup('Navigation');

export const navigation: readonly Attempt[] = [
  reach('window', 'navigation of itself', 'location.href = at.http; return noResult()', { isolation: 'frame' }),
  reach(
    'window',
    'navigation of itself by a form',
    "const f = append('form', { action: at.http, method: 'POST' }); f.append(Object.assign(document.createElement('input'), { name: 'a', value: 'x' })); f.submit(); return noResult()",
    { isolation: 'frame' },
  ),
  reach(
    'window',
    'navigation of itself by meta refresh',
    "const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = '0;url=' + at.http; document.head.append(m); return noResult()",
    { isolation: 'frame' },
  ),
  reach('window', 'navigation of itself by the Navigation API', 'navigation.navigate(at.http); return noResult()', {
    isolation: 'frame',
  }),
  reach('window', 'navigation of the top', 'top.location.href = at.http; return noResult()', { isolation: 'page' }),
  reach(
    'window',
    'navigation of the parent by a link',
    "append('a', { href: at.http, target: '_parent' }).click(); return noResult()",
    { isolation: 'page' },
  ),
  reach('window', 'navigation of itself by a link', "append('a', { href: at.http }).click(); return noResult()", {
    isolation: 'frame',
  }),
  reach('window', 'link with ping', "append('a', { href: '#x', ping: at.http }).click(); return noResult()", {
    isolation: 'frame',
  }),
  reach('window', 'window.open', "if (!open(at.http)) throw new Error('no window'); return noResult()", {
    isolation: 'frame',
  }),
  reach(
    'window',
    'form into a new window',
    "append('form', { action: at.http, target: '_blank' }).submit(); return noResult()",
    { isolation: 'frame' },
  ),
  reach(
    'window',
    'data: document that loads',
    "location.href = 'data:text/html,<img src=' + at.http + '/i.png>'; return noResult()",
    { isolation: 'frame' },
  ),
  reach(
    'window',
    'blob: document that loads',
    "location.href = URL.createObjectURL(new Blob(['<img src=' + at.http + '/i.png>'], { type: 'text/html' })); return noResult()",
    { isolation: 'frame' },
  ),
];
