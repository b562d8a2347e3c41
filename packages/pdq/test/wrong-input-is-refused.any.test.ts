/** Hostile and invalid input: every refusal is a PdqError with its code, and the next picture is hashed correctly. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Pdq,
  PdqError,
  type PdqErrorCode,
  type Picture,
  distance,
  fromHex,
  loadPdq,
  toHex,
} from '../src/index.ts';

let pdq: Pdq;
beforeAll(async () => {
  pdq = await loadPdq();
});

const good: Picture = { data: new Uint8Array(8 * 8 * 4), width: 8, height: 8 };

afterEach(() => {
  expect(pdq.hash(good).hash).toEqual(new Uint8Array(32));
});

function refuses(code: PdqErrorCode, call: () => unknown): void {
  let error: unknown;
  try {
    call();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(PdqError);
  expect((error as PdqError).code).toBe(code);
}

function pictureOf(change: object): Picture {
  return { ...good, ...change };
}

describe('sizes', () => {
  const sides = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 16_385, '8', undefined, null];
  test.each(sides)('a side of %s', (side) => {
    refuses('ERR_PDQ_SIZE', () => pdq.hash(pictureOf({ width: side })));
    refuses('ERR_PDQ_SIZE', () => pdq.hashOrientations(pictureOf({ height: side })));
    refuses('ERR_PDQ_SIZE', () => pdq.stream(side as number, 8));
    refuses('ERR_PDQ_SIZE', () => pdq.stream(8, side as number));
  });

  test('the limit itself is accepted', () => {
    const strip = pdq.hash({ data: new Uint8Array(16_384 * 5), width: 16_384, height: 5, channels: 1 });
    expect(strip.quality).toBe(0);
  });

  test.each([
    [1, 1],
    [4, 300],
    [300, 4],
  ])('%i×%i gives the zero hash and quality 0, as in the reference', (width, height) => {
    const data = Uint8Array.from({ length: width * height }, (_, i) => i * 37);
    const nothing = { hash: new Uint8Array(32), quality: 0 };
    expect(pdq.hash({ data, width, height, channels: 1 })).toEqual(nothing);
    expect(pdq.hash({ data, width, height, channels: 1 }, { coefficients: true })).toEqual({
      ...nothing,
      coefficients: new Float32Array(256),
    });
    const stream = pdq.stream(width, height, { channels: 1 });
    stream.push(data);
    expect(stream.finish()).toEqual(nothing);
  });
});

describe('lengths', () => {
  test.each([0, 8 * 8 * 4 - 1, 8 * 8 * 4 + 1])('%i bytes for 8×8 pixels', (length) => {
    refuses('ERR_PDQ_LENGTH', () => pdq.hash(pictureOf({ data: new Uint8Array(length) })));
  });

  test.each([31, 0, -32, 32.5, Number.NaN])('a stride of %s for rows of 32 bytes', (stride) => {
    refuses('ERR_PDQ_LENGTH', () => pdq.hash(pictureOf({ stride })));
  });

  test('the padding of the last row is optional', () => {
    const picture = { width: 8, height: 8, stride: 40 };
    expect(pdq.hash({ ...picture, data: new Uint8Array(40 * 8) }).quality).toBe(0);
    expect(pdq.hash({ ...picture, data: new Uint8Array(40 * 7 + 32) }).quality).toBe(0);
    refuses('ERR_PDQ_LENGTH', () => pdq.hash({ ...picture, data: new Uint8Array(40 * 7 + 31) }));
  });

  test('hashes that are not 32 bytes', () => {
    const hash = new Uint8Array(32);
    for (const length of [0, 31, 33]) {
      refuses('ERR_PDQ_LENGTH', () => distance(hash, new Uint8Array(length)));
      refuses('ERR_PDQ_LENGTH', () => distance(new Uint8Array(length), hash));
      refuses('ERR_PDQ_LENGTH', () => toHex(new Uint8Array(length)));
    }
  });
});

describe('buffers', () => {
  test.each([undefined, null, 'pixels', [1, 2, 3], new ArrayBuffer(256), new Float32Array(256), new Int8Array(256)])(
    '%s is not bytes',
    (data) => {
      refuses('ERR_PDQ_BUFFER', () => pdq.hash(pictureOf({ data })));
      refuses('ERR_PDQ_BUFFER', () => toHex(data as unknown as Uint8Array));
    },
  );

  test('a detached buffer', () => {
    const data = new Uint8Array(256);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    refuses('ERR_PDQ_BUFFER', () => pdq.hash(pictureOf({ data })));
  });

  test('a resizable buffer', () => {
    const data = new Uint8Array(new ArrayBuffer(256, { maxByteLength: 512 }));
    refuses('ERR_PDQ_BUFFER', () => pdq.hash(pictureOf({ data })));
  });

  test('a shared buffer', () => {
    // Also available if a page is not isolated and the constructor is hidden.
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    refuses('ERR_PDQ_BUFFER', () => pdq.hash(pictureOf({ data: new Uint8Array(buffer, 0, 256) })));
  });

  test('a Uint8ClampedArray, as canvases return, is accepted', () => {
    expect(pdq.hash(pictureOf({ data: new Uint8ClampedArray(256) })).quality).toBe(0);
  });
});

test.each([0, 2, 5, '4', null])('channels: %s', (channels) => {
  refuses('ERR_PDQ_OPTION', () => pdq.hash(pictureOf({ channels })));
  refuses('ERR_PDQ_OPTION', () => pdq.stream(8, 8, { channels: channels as 1 }));
});

describe('streams', () => {
  test('partial rows, or too many', () => {
    const stream = pdq.stream(8, 8);
    refuses('ERR_PDQ_LENGTH', () => stream.push(new Uint8Array(31)));
    refuses('ERR_PDQ_LENGTH', () => stream.push(new Uint8Array(9 * 32)));
    refuses('ERR_PDQ_BUFFER', () => stream.push([] as unknown as Uint8Array));
    stream.push(new Uint8Array(8 * 32));
    refuses('ERR_PDQ_LENGTH', () => stream.push(new Uint8Array(32)));
    expect(stream.finish().quality).toBe(0);
  });

  test('finish before the last row, and any call after finish', () => {
    for (const height of [8, 3]) {
      const stream = pdq.stream(8, height);
      stream.push(new Uint8Array(2 * 32));
      refuses('ERR_PDQ_STATE', () => stream.finish());
      stream.push(new Uint8Array((height - 2) * 32));
      stream.finish();
      refuses('ERR_PDQ_STATE', () => stream.finish());
      refuses('ERR_PDQ_STATE', () => stream.finishOrientations());
      refuses('ERR_PDQ_STATE', () => stream.push(new Uint8Array(0)));
    }
  });

  test('two concurrent streams and a picture in between do not affect each other', () => {
    const noise = Uint8Array.from({ length: 96 * 80 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 24);
    const ramp = Uint8Array.from({ length: 96 * 80 }, (_, i) => i / 96 + (i % 96));
    const [a, b] = [pdq.stream(96, 80, { channels: 1 }), pdq.stream(96, 80, { channels: 1 })];
    const picture = { width: 96, height: 80, channels: 1 } as const;
    for (let i = 0; i < noise.length; i += 960) {
      a.push(noise.subarray(i, i + 960));
      b.push(ramp.subarray(i, i + 960));
      pdq.hash(good);
    }
    expect(a.finish()).toEqual(pdq.hash({ ...picture, data: noise }));
    expect(b.finish()).toEqual(pdq.hash({ ...picture, data: ramp }));
  });
});

test.each([
  '',
  '0'.repeat(63),
  '0'.repeat(65),
  'g'.repeat(64),
  ` ${'0'.repeat(63)}`,
  `${'0'.repeat(64)}\n`,
  7,
  undefined,
])('text that is not a hash: %s', (text) => {
  refuses('ERR_PDQ_HEX', () => fromHex(text as string));
});

describe('indexes', () => {
  const rows = new Uint8Array(3 * 32);

  test.each([-1, 1.5, Number.NaN, 33_554_433, '3', undefined])('%s rows', (rowCount) => {
    refuses('ERR_PDQ_SIZE', () => pdq.createIndex({ rowCount: rowCount as number }));
  });

  test('rows that are not bytes, partial, or more than rowCount', () => {
    refuses('ERR_PDQ_BUFFER', () => pdq.createIndex([1, 2] as unknown as Uint8Array));
    refuses('ERR_PDQ_BUFFER', () => pdq.createIndex(null as unknown as Uint8Array));
    refuses('ERR_PDQ_LENGTH', () => pdq.createIndex(new Uint8Array(33)));
    const index = pdq.createIndex({ rowCount: 3 });
    index.fill(rows.subarray(0, 50));
    refuses('ERR_PDQ_LENGTH', () => index.fill(rows.subarray(0, 47)));
    refuses('ERR_PDQ_BUFFER', () => index.fill('rows' as unknown as Uint8Array));
    refuses('ERR_PDQ_STATE', () => index.query(new Uint8Array(32), 31));
    refuses('ERR_PDQ_STATE', () => index.buildSlice());
    index.fill(rows.subarray(50));
    expect(index.query(new Uint8Array(32), 0)).toHaveLength(3);
  });

  test.each(['', 'tree', null, 3, 'constructor'])('kind: %s', (kind) => {
    refuses('ERR_PDQ_OPTION', () => pdq.createIndex(rows, { kind: kind as 'auto' }));
  });

  test('auto chooses linear for a million rows and indexed for more', () => {
    expect(pdq.createIndex(rows).kind).toBe('linear');
    expect(pdq.createIndex({ rowCount: 1_048_576 }).kind).toBe('linear');
    expect(pdq.createIndex({ rowCount: 1_048_577 }).kind).toBe('indexed');
  });

  test.each(['linear', 'indexed'] as const)('queries to the %s kind', (kind) => {
    const index = pdq.createIndex(rows, { kind });
    const hash = new Uint8Array(32);
    for (const distance of [-1, 64, 1.5, Number.NaN, '31', undefined]) {
      refuses('ERR_PDQ_OPTION', () => index.query(hash, distance as number));
    }
    refuses('ERR_PDQ_LENGTH', () => index.query(new Uint8Array(31), 31));
    refuses('ERR_PDQ_LENGTH', () => index.queryBatch([hash, new Uint8Array(64)], 31));
    refuses('ERR_PDQ_BUFFER', () => index.query('0'.repeat(64) as unknown as Uint8Array, 31));
    for (const row of [-1, 3, 0.5, Number.NaN]) {
      refuses('ERR_PDQ_SIZE', () => index.suppress([row]));
      refuses('ERR_PDQ_SIZE', () => index.restore([row]));
    }
    expect(index.query(hash, 63)).toHaveLength(3);
  });

  test('an empty index has no matches', () => {
    for (const kind of ['linear', 'indexed'] as const) {
      expect(pdq.createIndex(new Uint8Array(0), { kind }).query(new Uint8Array(32), 63)).toEqual([]);
    }
  });
});
