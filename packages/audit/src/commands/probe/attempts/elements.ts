/** Elements that load something. Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { reach } = attemptGroup('Elements');

export const elements: readonly Attempt[] = [
  reach('window', 'img', "return eventOf(append('img', { src: at.http + '/i.png' }), 'load')"),
  reach('window', 'img, srcset', "return eventOf(append('img', { srcset: at.http + '/i.png 1x' }), 'load')"),
  reach('window', 'script', "return eventOf(append('script', { src: at.http + '/s.js' }), 'load')"),
  reach(
    'window',
    'link, stylesheet',
    "return eventOf(append('link', { rel: 'stylesheet', href: at.http + '/s.css' }), 'load')",
  ),
  reach('window', 'link, icon', "append('link', { rel: 'icon', href: at.http + '/i.png' }); return noResult()"),
  reach(
    'window',
    'link, manifest',
    "append('link', { rel: 'manifest', href: at.http + '/m.json' }); return noResult()",
  ),
  reach(
    'window',
    'style, @import',
    "append('style', {}).textContent = '@import url(' + at.http + '/s.css)'; return noResult()",
  ),
  reach(
    'window',
    'style attribute',
    "append('div', { style: 'width:9px;height:9px;background:url(' + at.http + '/i.png)' }); return noResult()",
  ),
  reach(
    'window',
    'adopted style sheet',
    "const s = new CSSStyleSheet(); s.replaceSync('body{background:url(' + at.http + '/i.png)}'); document.adoptedStyleSheets.push(s); return noResult()",
  ),
  reach('both', 'FontFace', "return new FontFace('x', 'url(' + at.http + '/f.woff2)').load()"),
  reach('window', 'video', "return eventOf(append('video', { src: at.http + '/v.mp4' }), 'loadeddata')"),
  reach('window', 'video, poster', "append('video', { poster: at.http + '/i.png' }); return noResult()"),
  reach(
    'window',
    'audio',
    "return eventOf(append('audio', { src: at.http + '/a.mp3', preload: 'auto' }), 'loadeddata')",
  ),
  reach(
    'window',
    'track',
    "const v = append('video', { crossorigin: 'anonymous' }); const t = document.createElement('track'); t.default = true; t.src = at.http + '/t.vtt'; v.append(t); t.track.mode = 'showing'; return noResult()",
  ),
  reach('window', 'iframe', "append('iframe', { src: at.http }); return noResult()"),
  reach(
    'window',
    'iframe of a document that loads',
    "append('iframe', { srcdoc: '<img src=' + at.http + '/i.png>' }); return noResult()",
  ),
  reach(
    'window',
    'iframe of a document that redirects',
    "append('iframe', { srcdoc: '<meta http-equiv=refresh content=0;url=' + at.http + '>' }); return noResult()",
  ),
  reach('window', 'object', "append('object', { data: at.http + '/o.html' }); return noResult()"),
  reach('window', 'embed', "append('embed', { src: at.http + '/o.html', type: 'text/html' }); return noResult()"),
  reach(
    'window',
    'svg image',
    "document.body.insertAdjacentHTML('beforeend', '<svg><image href=' + at.http + '/i.png /></svg>'); return noResult()",
  ),
  reach(
    'window',
    'input of type image',
    "append('input', { type: 'image', src: at.http + '/i.png' }); return noResult()",
  ),
];
