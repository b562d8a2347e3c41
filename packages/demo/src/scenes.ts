/**
 * Two drawn scenes that move: the demo's videos are made of them, once, by `scripts/make-clips.ts`; each start draws a frame a second
 * again, for the hashes of the listed one and for thumbnails. Pure. Flow: here → samples → the demo list.
 */
export type SceneName = 'lighthouse' | 'balloons';

/** Pixels of the drawn frames. */
export const FRAME = { width: 480, height: 270 } as const;
export const SCENE_SECONDS = 10;
/** The second shot begins here, nearer to what is shown. */
const CUT_SECONDS = 5;

/** @returns the frame at this time, as SVG */
export function drawFrame(scene: SceneName, seconds: number): string {
  const { draw, near } = SCENES[scene];
  const [x, y, width] = seconds < CUT_SECONDS ? [seconds * 6, 0, FRAME.width - 40] : near(seconds - CUT_SECONDS);
  const camera = `${x} ${y} ${width} ${(width * FRAME.height) / FRAME.width}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${FRAME.width}" height="${FRAME.height}" viewBox="${camera}">${draw(seconds)}</svg>`;
}

interface Scene {
  draw: (seconds: number) => string;
  /** Left, top and width of the second shot. */
  near: (seconds: number) => [x: number, y: number, width: number];
}

const SCENES: Record<SceneName, Scene> = {
  lighthouse: { draw: lighthouse, near: (t) => [195 - t * 4, 15 + t * 3, 250] },
  balloons: { draw: balloons, near: (t) => [40 + t * 6, 30 - t * 2, 260] },
};

/** The beam turns once in four seconds; the boat sails to the left. */
function lighthouse(seconds: number): string {
  const beam = Math.cos((seconds * Math.PI) / 2) * 260;
  const boat = 190 - seconds * 9;
  const stars = repeat(24, (i) => circle((i * 97) % 500, (i * 53) % 120, 1 + (i % 3) / 2, '#fdf6d8'));
  const waves = repeat(5, (i) => wave(186 + i * 19, seconds * (14 + i * 5), i % 2 ? '#1d4a63' : '#2a6480'));
  return `
    ${sky('#122044', '#c7696b')}
    ${stars}<path d="M76 32a20 20 0 1 0 20 26 18 18 0 0 1-20-26z" fill="#fbe9b7"/>
    ${waves}
    <path d="M${boat} 214l46 0-9 15h-29zM${boat + 21} 210v-48l22 42zM${boat + 17} 206v-32l-15 30z" fill="#f3ead7"/>
    <path d="M270 230q38-52 84-44t146 50v60h-240z" fill="#2c2a33"/>
    <path d="M330 77L${330 + beam} 40v62z" fill="#ffe9a3" opacity=".75"/>
    <path d="M314 190l6-100h20l6 100z" fill="#eee6da"/>
    <path d="M318 120h24l1.500 24h-27zM315 168h30l1.300 22h-32.600z" fill="#b3343a"/>
    <path d="M318 90h24v-22h-24zM314 68l16-16 16 16z" fill="#33313b"/>${circle(330, 79, 7, '#ffe9a3')}`;
}

/** The balloons rise at different speeds; the clouds drift. */
function balloons(seconds: number): string {
  const clouds = repeat(4, (i) => cloud(((i * 150 + seconds * (5 + i * 3)) % 620) - 60, 34 + ((i * 47) % 70)));
  const hills = repeat(3, (i) => wave(188 + i * 24, i * 130, ['#7fae6b', '#5b9158', '#3f7048'][i] ?? ''));
  const trees = repeat(9, (i) => `<path d="M${i * 58 + 12} 246l11-34 11 34z" fill="#23472f"/>`);
  return `
    ${sky('#5aa5d8', '#f4e3c1')}
    ${clouds}${hills}${trees}
    ${balloon(130, 118 - seconds * 5, 44, '#d8572a', '#f2c14e')}
    ${balloon(290, 150 - seconds * 8, 30, '#6a4c93', '#f1e9da')}
    ${balloon(405, 96 - seconds * 3, 22, '#17817a', '#e8d7a0')}`;
}

const repeat = (count: number, draw: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => draw(i)).join('');
const circle = (x: number, y: number, r: number, fill: string): string =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`;
const sky = (top: string, bottom: string): string => `
  <linearGradient id="sky" x2="0" y2="1"><stop stop-color="${top}"/><stop offset=".75" stop-color="${bottom}"/></linearGradient>
  <path d="M-50-50h600v400h-600z" fill="url(#sky)"/>`;
const wave = (y: number, shift: number, fill: string): string =>
  `<path d="M${(shift % 120) - 170} ${y}${'q30-20 60 0t60 0'.repeat(7)}v120h-840z" fill="${fill}"/>`;
const cloud = (x: number, y: number): string =>
  `<g fill="#fffdf6" opacity=".9">${circle(x, y, 15, '#fffdf6')}${circle(x + 20, y - 7, 19, '#fffdf6')}${circle(x + 42, y, 14, '#fffdf6')}</g>`;
const balloon = (x: number, y: number, r: number, fill: string, stripe: string): string => `
  <path d="M${x - r} ${y}a${r} ${r} 0 0 1 ${2 * r} 0q0 ${r * 0.7}-${r * 0.75} ${r * 1.3}h-${r / 2}q-${r * 0.75}-${r * 0.6}-${r * 0.75}-${r * 1.3}z" fill="${fill}"/>
  <path d="M${x - r * 0.4} ${y}q0-${r} ${r * 0.4}-${r}q${r * 0.4} 0 ${r * 0.4} ${r}q0 ${r * 0.9}-${r * 0.2} ${r * 1.3}h-${r * 0.4}q-${r * 0.2}-${r * 0.4}-${r * 0.2}-${r * 1.3}z" fill="${stripe}"/>
  <path d="M${x - r * 0.2} ${y + r * 1.45}h${r * 0.4}v${r * 0.35}h-${r * 0.4}z" fill="#5b3a22"/>`;
