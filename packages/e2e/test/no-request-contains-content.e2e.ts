/** No request to any server contains a piece of a picture or a hash of one, in any encoding. */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from './fixture/test.ts';
import { tracesOf } from './fixture/traces.ts';

/** Two listed photographs, which signal; copies of them, which match and do not; and two that match nothing. */
const PICTURES = ['harbour.jpg', 'biplane.jpg', 'biplane-turned.jpg', 'mountains.jpg', 'cat.png', 'harbour-small.webp'];

test('no request contains a trace of a checked picture', async ({ demo, chat }) => {
  await chat.open(demo.chat);
  await chat.pane('alice').getByRole('textbox').fill('A word that stays between Alice and Bob');
  await chat.page.keyboard.press('Enter');
  for (const file of PICTURES) await chat.attach(demo.sample(file));
  await expect.poll(() => demo.signals().length, { timeout: 20_000 }).toBe(2);

  expect(demo.requests.length).toBeGreaterThan(20);
  for (const file of PICTURES) {
    const traces = await tracesOf(await readFile(demo.sample(file)));
    for (const { method, url, body } of demo.requests) {
      const place = `${method} ${url.href}`;
      expect(traces.in(body), `${file} in the body of ${place}`).toBeUndefined();
      expect(traces.in(Buffer.from(url.href)), `${file} in the address ${place}`).toBeUndefined();
    }
  }
  const said = demo.requests.filter(({ body }) => body.includes('stays between'));
  expect(said).toHaveLength(0);
});

test('the search finds a picture in raw, hex, base64 and compressed bodies', async ({ demo }) => {
  const file = await readFile(demo.sample('mountains.jpg'));
  const traces = await tracesOf(file);
  const part = file.subarray(90_001, 94_000);
  for (const body of [
    part,
    Buffer.from(part.toString('hex')),
    Buffer.from(part.toString('base64')),
    Buffer.from(`{"picture":"x${part.subarray(1).toString('base64')}"}`),
    gzipSync(part),
  ]) {
    expect(traces.in(body)).toBeDefined();
  }
  expect(traces.in(await readFile(demo.sample('lily-leek.jpg')))).toBeUndefined();
});
