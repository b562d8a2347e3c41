/** Icons as strokes on a 24 × 24 grid. All are decorative: the adjacent text has the same meaning. */

const PATHS = {
  shield: 'M12 3l7 2.6v5.2c0 4.6-2.9 8.2-7 10.2-4.1-2-7-5.6-7-10.2V5.6z',
  'shield-check': 'M12 3l7 2.6v5.2c0 4.6-2.9 8.2-7 10.2-4.1-2-7-5.6-7-10.2V5.6zM8.8 11.8l2.3 2.4 4.2-4.6',
  question: 'M9.3 9.2a2.8 2.8 0 1 1 4.2 2.5c-1 .6-1.5 1.2-1.5 2.3M12 17.2v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  clip: 'M8 12.5l5.6-5.6a2.9 2.9 0 0 1 4.1 4.1l-7.2 7.2a4.6 4.6 0 0 1-6.5-6.5l6.9-6.9',
  pictures: 'M4 7h13v12H4zM7 4h13v12M4 16l4-4 3 3 2.5-2.5L17 16',
  film: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4',
  send: 'M5 12h13M12.5 5.5L19 12l-6.5 6.5',
  lock: 'M6.5 11h11v8.5h-11zM8.7 11V8.2a3.3 3.3 0 0 1 6.6 0V11',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  arrow: 'M5 12h12M13 7.5l4.5 4.5-4.5 4.5',
  download: 'M12 4v11M7.5 11L12 15.5l4.5-4.5M5 19.5h14',
  file: 'M7 3.5h7l4 4V20.5H7zM14 3.5v4h4',
  news: 'M5 9.5v5h3l6 4v-13l-6 4zM17.5 9a4.5 4.5 0 0 1 0 6',
} as const;

export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
