/** A later version of the SDK may return an action that this app does not know. The app then neither sends nor shows the content. */
import { createFakeGuard, testPicture } from '@lodestone/client/testing';
import { expect, test } from 'vitest';
import { Device, type Message } from '../src/device.ts';
import { explain } from '../src/ui/texts.ts';
import type { Packet } from '../src/encrypted-channel.ts';

const UNKNOWN = { outcome: 'match', action: 'an-action-of-a-later-version' as never, orders: [] } as const;

function openDevice() {
  const sent: Packet[] = [];
  const standings: Message['standing'][] = [];
  const wire = { send: async (packet: Packet) => void sent.push(packet), listen: () => undefined };
  const [alice, bob] = ['Alice', 'Bob'].map((name) => ({ id: name, name }));
  if (!alice || !bob) throw new Error('two persons');
  const device = new Device(alice, bob, createFakeGuard({ answer: UNKNOWN }), wire);
  device.listen({
    messageChanged: ({ standing }) => void standings.push(standing),
    messageRemoved: () => undefined,
    checkChanged: () => undefined,
  });
  return { device, sent, standings };
}

test('a picture whose action is unknown is not sent, and the programmer gets an error', async () => {
  const { device, sent, standings } = openDevice();
  await expect(device.sendFile(new File([testPicture()], 'holiday.png'))).rejects.toThrow('unknown action');
  expect(standings.at(-1)).toMatchObject({ is: 'stopped' });
  expect(sent).toEqual([]);
});

test('the text for an unknown action says that the picture was stopped', () => {
  expect(explain(UNKNOWN, { mine: true }).heading).toBe('This was not sent');
  expect(explain(UNKNOWN, { mine: false }).heading).toBe('This is not shown');
});
