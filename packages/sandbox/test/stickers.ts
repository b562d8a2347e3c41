/** A sticker of 200 frames as a GIF and as a WebP: a disc that moves over a transparent ground, as most stickers are. */
import sharp from 'sharp';

const SIDE = 512;
const FRAMES = 200;

export async function stickers(): Promise<Record<'gif' | 'webp', Uint8Array>> {
  const frames = Buffer.alloc(SIDE * SIDE * FRAMES * 4);
  for (let frame = 0; frame < FRAMES; frame++) draw(frames.subarray(frame * SIDE * SIDE * 4), frame);
  const raw = { width: SIDE, height: SIDE * FRAMES, channels: 4 as const, pageHeight: SIDE };
  const image = sharp(frames, { raw, limitInputPixels: false });
  const delay = Array.from({ length: FRAMES }, () => 40);
  const gif = await image.clone().gif({ delay, effort: 1 }).toBuffer();
  const webp = await image.clone().webp({ delay, effort: 0 }).toBuffer();
  return { gif: new Uint8Array(gif), webp: new Uint8Array(webp) };
}

function draw(pixels: Buffer, frame: number): void {
  const turn = (frame / FRAMES) * 2 * Math.PI;
  const [x0, y0] = [256 + 90 * Math.cos(turn), 256 + 90 * Math.sin(turn)];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const distance = Math.hypot(x - x0, y - y0);
      if (distance > 150) continue;
      const at = (y * SIDE + x) * 4;
      const ring = Math.floor(distance / 15 + frame / 10) % 4;
      pixels.set([60 + 60 * ring, 200 - 40 * ring, Math.floor(255 * (y / SIDE)), 255], at);
    }
  }
}
