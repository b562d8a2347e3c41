/** `/metrics` has the figures of the database and the process, on a port of its own, and nothing that names a subject. */
import { toHex } from '@lodestone/protocol/bytes';
import { expect, test } from 'vitest';
import type { World } from '../support/world.ts';

/** Name with labels → value. */
async function read(world: World): Promise<{ text: string; values: Map<string, number> }> {
  const response = await fetch(world.receiver.metrics ?? '');
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const text = await response.text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const values = new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      expect(Number.isFinite(Number(value)), line).toBe(true);
      return [name.replace('lodestone_receiver_', ''), Number(value)];
    }),
  );
  return { text, values };
}

export function metricsNameNoSubject(the: () => World): void {
  test('a counted signal, a cover and a case appear in the figures, and no subject, order, list or address does', async () => {
    const world = the();
    const before = (await read(world)).values;
    const subject = await world.subject();
    for (const entry of [1, 2]) await world.send(world.match({ ...subject.id(), entry }));
    await world.send({ kind: 'cover' });
    const { text, values } = await read(world);
    const difference = (name: string): number => (values.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(difference('bodies{outcome="counted"}')).toBe(2);
    expect(difference('bodies{outcome="cover"}')).toBe(1);
    expect(difference('stored_bodies_total')).toBe(3);
    expect(difference('cases{state="new"}')).toBe(1);
    expect(values.get('database_up')).toBe(1);
    expect(values.get('source_failed{source="orders"}')).toBe(0);
    for (const task of ['refresh', 'retention'])
      expect(values.get(`last_success_timestamp_seconds{task="${task}"}`)).toBeGreaterThan(1.7e9);
    expect(values.get('key_end_timestamp_seconds')).toBeGreaterThan(world.now / 1_000);
    for (const secret of [toHex(subject.pseudonym), 'pseudonym', 'hotline', 'v1/', '127.0.0.1'])
      expect(text).not.toContain(secret);
  });

  test('the public port has no metrics, and the metrics’ port nothing else', async () => {
    const { url, metrics = '' } = the().receiver;
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    for (const path of ['/', '/v1/signals', '/readyz']) expect((await fetch(new URL(path, metrics))).status).toBe(404);
  });
}
