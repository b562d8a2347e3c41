/** Drawn screens of phones: one function for each kind of app. Flow: class pictures → here. */
import { anyPart, Canvas } from './canvas.ts';
import { keyboard, screen, type Supplies, themeOf } from './screen-frame.ts';

function chat(supplies: Supplies, isDark: boolean): Canvas {
  const { random } = supplies;
  const { canvas, theme, top, bottom } = screen(supplies, isDark);
  if (random.chance(0.3))
    canvas.rect({ x: 0, y: top, w: 1, h: bottom - top }, Math.round(random.between(0.3, 0.9) * theme.ground + 20));
  const hasKeyboard = random.chance(0.3);
  const end = hasKeyboard ? random.between(0.55, 0.65) : bottom;
  const [own, other] = [random.of([theme.accent, theme.raised]), theme.raised];
  for (let y = top + random.between(0.01, 0.04), isOwn = random.chance(0.5); y < end - 0.05;) {
    const lines = random.of([1, 1, 1, 2, 2, 3, 5]);
    const w = lines === 1 ? random.between(0.2, 0.7) : random.between(0.55, 0.8);
    const hasPicture = random.chance(0.1);
    const h = Math.min(end - y, hasPicture ? random.between(0.15, 0.25) : 0.024 * lines + 0.02);
    const x = isOwn ? 1 - w - 0.03 : random.of([0.03, 0.13]);
    canvas.rect({ x, y, w, h }, isOwn ? own : other);
    if (hasPicture)
      canvas.photograph(
        { x: x + 0.01, y: y + 0.006, w: w - 0.02, h: h - 0.012 },
        supplies.photograph(),
        anyPart(random),
      );
    else
      canvas.text(
        { x: x + 0.03, y: y + 0.012, w: w - 0.06, h: h - 0.02 },
        0.024,
        isOwn && own === theme.accent ? 250 : theme.ink,
        random,
      );
    y += h + random.of([0.006, 0.012, 0.03]);
    if (random.chance(0.5)) isOwn = !isOwn;
  }
  if (hasKeyboard) keyboard(canvas, theme, end);
  else if (random.chance(0.8)) {
    canvas.rect({ x: 0, y: end - 0.07, w: 1, h: 0.07 }, theme.ground);
    canvas.rect({ x: 0.04, y: end - 0.058, w: 0.78, h: 0.045 }, theme.raised);
    canvas.ellipse({ x: 0.86, y: end - 0.06, w: 0.1, h: 0.048 }, theme.accent);
  }
  return canvas;
}

function list(supplies: Supplies, isDark: boolean): Canvas {
  const { random } = supplies;
  const { canvas, theme, top, bottom } = screen(supplies, isDark);
  let y = top + 0.01;
  if (random.chance(0.4)) {
    canvas.rect({ x: 0.04, y, w: 0.92, h: 0.045 }, theme.raised);
    y += 0.06;
  }
  const height = random.between(0.06, 0.13);
  const avatar = random.of([0, 0.1, 0.14]);
  const isRound = random.chance(0.7);
  const hasLines = random.chance(0.4);
  const count = random.whole(3, 16);
  for (let n = 0; n < count && y < bottom - height * 0.5; n++, y += height) {
    const face = { x: 0.04, y: y + height * 0.15, w: avatar, h: Math.min(avatar / 2, height * 0.7) };
    if (avatar > 0 && random.chance(0.4) && !isRound) canvas.photograph(face, supplies.photograph(), anyPart(random));
    else if (avatar > 0 && isRound) canvas.ellipse(face, random.whole(60, 200));
    else if (avatar > 0) canvas.rect(face, random.whole(60, 200));
    const x = avatar + 0.08;
    canvas.text({ x, y: y + height * 0.2, w: random.between(0.25, 0.6), h: 0.02 }, 0.02, theme.ink, random);
    if (height > 0.08)
      canvas.text({ x, y: y + height * 0.55, w: random.between(0.4, 0.85 - x), h: 0.018 }, 0.018, theme.faint, random);
    if (random.chance(0.6)) canvas.rect({ x: 0.86, y: y + height * 0.2, w: 0.09, h: 0.01 }, theme.faint);
    if (hasLines) canvas.rect({ x, y: y + height - 0.003, w: 1 - x, h: 0.003 }, theme.faint);
  }
  if (random.chance(0.4)) canvas.ellipse({ x: 0.8, y: bottom - 0.1, w: 0.14, h: 0.07 }, theme.accent);
  return canvas;
}

function settings(supplies: Supplies, isDark: boolean): Canvas {
  const { random } = supplies;
  const { canvas, theme, top, bottom } = screen(supplies, isDark);
  const hasIcons = random.chance(0.5);
  const height = random.between(0.055, 0.1);
  const side = random.of([0, 0.04]);
  for (let y = top + 0.02; y < bottom - height; y += 0.03) {
    if (random.chance(0.5)) {
      canvas.text({ x: 0.06, y, w: 0.3, h: 0.014 }, 0.016, theme.accent, random);
      y += 0.03;
    }
    for (let rows = random.whole(1, 6); rows > 0 && y < bottom - height; rows--, y += height) {
      canvas.rect({ x: side, y, w: 1 - 2 * side, h: height - 0.002 }, theme.raised);
      if (hasIcons) canvas.rect({ x: 0.07, y: y + height * 0.3, w: 0.07, h: 0.033 }, random.whole(60, 200));
      const x = hasIcons ? 0.18 : 0.07;
      canvas.text({ x, y: y + height * 0.25, w: random.between(0.2, 0.5), h: 0.018 }, 0.02, theme.ink, random);
      if (random.chance(0.5))
        canvas.text({ x, y: y + height * 0.6, w: random.between(0.3, 0.6), h: 0.014 }, 0.016, theme.faint, random);
      if (random.chance(0.5))
        canvas.rect({ x: 0.82, y: y + height * 0.35, w: 0.1, h: 0.022 }, random.of([theme.accent, theme.faint]));
    }
  }
  return canvas;
}

function feed(supplies: Supplies, isDark: boolean): Canvas {
  const { random } = supplies;
  const { canvas, theme, top, bottom } = screen(supplies, isDark);
  const side = random.of([0, 0, 0.04]);
  for (let y = top + random.between(-0.2, 0.02); y < bottom;) {
    canvas.ellipse({ x: 0.04, y: y + 0.012, w: 0.1, h: 0.05 }, random.whole(60, 200));
    canvas.text({ x: 0.17, y: y + 0.016, w: 0.4, h: 0.036 }, 0.02, theme.ink, random);
    y += 0.075;
    const lines = random.whole(0, 5);
    if (lines > 0) canvas.text({ x: 0.04, y, w: 0.92, h: 0.024 * lines }, 0.024, theme.ink, random);
    y += 0.026 * lines;
    const h = random.chance(0.75) ? random.between(0.2, 0.5) : 0;
    if (h > 0)
      canvas.photograph({ x: side, y, w: 1 - 2 * side, h: Math.min(h, 1 - y) }, supplies.photograph(), anyPart(random));
    y += h + 0.012;
    for (let n = 0; n < 4; n++) canvas.rect({ x: 0.05 + n * 0.14, y, w: 0.06, h: 0.022 }, theme.faint);
    y += 0.05;
  }
  if (bottom < 1) canvas.rect({ x: 0, y: bottom, w: 1, h: 1 - bottom }, theme.raised);
  canvas.rect({ x: 0, y: 0, w: 1, h: top }, theme.ground);
  return canvas;
}

function article(supplies: Supplies, isDark: boolean): Canvas {
  const { random } = supplies;
  const { canvas, theme, top, bottom } = screen(supplies, isDark);
  let y = top + 0.02;
  const side = random.between(0.03, 0.08);
  while (y < bottom - 0.05) {
    const kind = random.of(['heading', 'text', 'text', 'text', 'photograph'] as const);
    const h = Math.min(bottom - y, kind === 'heading' ? 0.07 : random.between(0.08, 0.35));
    if (kind === 'photograph')
      canvas.photograph({ x: side, y, w: 1 - 2 * side, h }, supplies.photograph(), anyPart(random));
    else canvas.text({ x: side, y, w: 1 - 2 * side, h }, kind === 'heading' ? 0.035 : 0.024, theme.ink, random);
    y += h + 0.025;
  }
  return canvas;
}

function gallery(supplies: Supplies, isDark: boolean): Canvas {
  const { random } = supplies;
  const { canvas, top, bottom } = screen(supplies, isDark);
  const columns = random.whole(2, 4);
  const w = 1 / columns;
  const h = w / 2;
  for (let y = top; y < bottom - 0.02; y += h)
    for (let n = 0; n < columns; n++)
      canvas.photograph(
        { x: n * w + 0.004, y, w: w - 0.008, h: Math.min(h - 0.004, bottom - y) },
        supplies.photograph(),
        anyPart(random),
      );
  return canvas;
}

function home(supplies: Supplies, isDark: boolean): Canvas {
  const { random } = supplies;
  const { ground, ink } = themeOf(isDark, random);
  const canvas = new Canvas(270, Math.round(270 * random.between(1.7, 2.2)), random.whole(20, 200));
  if (random.chance(0.6)) canvas.photograph({ x: 0, y: 0, w: 1, h: 1 }, supplies.photograph(), anyPart(random));
  const columns = random.whole(4, 5);
  const rows = random.whole(2, 6);
  for (let row = 0; row <= rows; row++)
    for (let n = 0; n < columns; n++) {
      const isDock = row === rows;
      if (!isDock && random.chance(0.15)) continue;
      const [x, y] = [(n + 0.5) / columns, isDock ? 0.9 : 0.06 + row * 0.125];
      canvas.ellipse({ x: x - 0.065, y, w: 0.13, h: 0.065 }, random.of([ground, 255 - ground, random.whole(40, 220)]));
      if (!isDock) canvas.rect({ x: x - 0.06, y: y + 0.075, w: 0.12, h: 0.01 }, ink);
    }
  return canvas;
}

/** A form, a sign-in or an empty state: little on much ground. */
function form(supplies: Supplies, isDark: boolean): Canvas {
  const { random } = supplies;
  const { canvas, theme, top } = screen(supplies, isDark);
  const size = random.between(0.15, 0.5);
  if (random.chance(0.7)) canvas.ellipse({ x: 0.5 - size / 2, y: top + 0.06, w: size, h: size / 2 }, theme.accent);
  let y = top + random.between(0.1, 0.4);
  canvas.text({ x: 0.15, y, w: 0.7, h: 0.06 }, 0.028, theme.ink, random);
  y += 0.1;
  for (let n = random.whole(0, 4); n > 0; n--, y += 0.085) canvas.rect({ x: 0.08, y, w: 0.84, h: 0.055 }, theme.raised);
  canvas.rect({ x: 0.08, y: random.of([y + 0.02, 0.85]), w: 0.84, h: 0.06 }, theme.accent);
  if (random.chance(0.25)) keyboard(canvas, theme, random.between(0.58, 0.65));
  return canvas;
}

/** A photograph over the whole width between plain bars, as in a viewer or a browser. */
function viewer(supplies: Supplies, isDark: boolean): Canvas {
  const { random } = supplies;
  const { canvas, top, bottom } = screen(supplies, isDark);
  const h = random.between(0.25, 0.65);
  const y = Math.max(top, random.chance(0.7) ? 0.5 - h / 2 : top + random.between(0, 0.2));
  canvas.photograph({ x: 0, y, w: 1, h: Math.min(h, bottom - y) }, supplies.photograph(), anyPart(random));
  return canvas;
}

export const SCREENS = { chat, list, settings, feed, article, gallery, home, form, viewer } as const;
