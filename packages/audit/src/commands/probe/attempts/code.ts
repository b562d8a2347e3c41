/** Code that is loaded, or made from text. Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { reach, keep } = attemptGroup('Code');

export const code: readonly Attempt[] = [
  reach('both', 'import()', "return import(at.http + '/m.js')"),
  reach('both', 'import() of JSON', "return import(at.http + '/m.json', { with: { type: 'json' } })"),
  reach(
    'both',
    'import() of data: that imports',
    "return import('data:text/javascript,import ' + JSON.stringify(at.http + '/m.js'))",
  ),
  reach('worker', 'importScripts', "importScripts(at.http + '/s.js')"),
  reach('both', 'Worker by address', "return eventOf(new Worker(at.http + '/w.js'), 'message')"),
  reach(
    'both',
    'Worker of data: that fetches',
    "new Worker('data:text/javascript,fetch(' + JSON.stringify(at.http) + ')'); return noResult()",
  ),
  reach(
    'both',
    'Worker of blob: that fetches',
    "new Worker(URL.createObjectURL(new Blob(['fetch(' + JSON.stringify(at.http) + ')']))); return noResult()",
  ),
  reach(
    'both',
    'SharedWorker of data: that fetches',
    "new SharedWorker('data:text/javascript,fetch(' + JSON.stringify(at.http) + ')'); return noResult()",
  ),
  reach('both', 'ServiceWorker', "return navigator.serviceWorker.register(at.http + '/sw.js')"),
  reach('window', 'Worklet', "return new OfflineAudioContext(1, 1, 44100).audioWorklet.addModule(at.http + '/a.js')"),
  reach('both', 'WebAssembly, streaming', "return WebAssembly.compileStreaming(fetch(at.http + '/m.wasm'))"),
  keep('both', 'eval', "return eval('1')"),
  keep('both', 'new Function', "return new Function('return 1')()"),
];
