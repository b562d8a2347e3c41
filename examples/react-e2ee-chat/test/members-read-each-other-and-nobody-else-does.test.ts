/** The cryptography of the chat without a browser: three members join by the link alone, and read what is sent from then on. */
import { expect, test } from 'vitest';
import { found, Group, join, readMessage, type Joining } from '../src/crypto/group.ts';
import { Link } from '../src/crypto/link.ts';
import { openFile, sealFile } from '../src/crypto/attachment.ts';
import { bytesOfBase64Url } from '../src/crypto/bytes.ts';

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

const changed = (bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

function joinOf({ message }: Joining) {
  const read = readMessage(message);
  if (read?.kind !== 'join') throw new Error('no join');
  return read;
}

async function groupOfThree() {
  const founded = await found('Alice');
  const alice = new Group(founded.state);
  const second = await join(joinOf(founded).info, 'Bob');
  const bob = new Group(second.state);
  await alice.read(joinOf(second).commit!);
  const third = await join(joinOf(second).info, 'Carol');
  const carol = new Group(third.state);
  for (const member of [alice, bob]) await member.read(joinOf(third).commit!);
  return { alice, bob, carol };
}

test('three members see the same members and the same code, and read each message', async () => {
  const { alice, bob, carol } = await groupOfThree();
  for (const member of [alice, bob, carol]) {
    expect(member.members).toEqual(['Alice', 'Bob', 'Carol']);
    expect(member.code).toBe(alice.code);
  }
  expect(alice.code).toMatch(/^(\d{5} ){5}\d{5}$/);
  const read = readMessage(await bob.encrypt(bytesOf('hello')));
  if (read?.kind !== 'content') throw new Error('no content');
  for (const member of [alice, carol]) expect(textOf(await member.read(read.message))).toBe('hello');
  await expect(alice.read(read.message)).rejects.toThrow();
});

test('a stored group goes on where it was', async () => {
  const { alice, bob } = await groupOfThree();
  const again = new Group(alice.stored);
  const read = readMessage(await again.encrypt(bytesOf('from a new start')));
  if (read?.kind !== 'content') throw new Error('no content');
  expect(textOf(await bob.read(read.message))).toBe('from a new start');
});

test('a message that was overtaken by a join is read by those who were members before', async () => {
  const founded = await found('Alice');
  const alice = new Group(founded.state);
  const second = await join(joinOf(founded).info, 'Bob');
  const bob = new Group(second.state);
  await alice.read(joinOf(second).commit!);
  const late = readMessage(await bob.encrypt(bytesOf('sent before')));
  const third = await join(joinOf(second).info, 'Carol');
  for (const member of [alice, bob]) await member.read(joinOf(third).commit!);
  if (late?.kind !== 'content') throw new Error('no content');
  expect(textOf(await alice.read(late.message))).toBe('sent before');
  await expect(new Group(third.state).read(late.message)).rejects.toThrow();
});

test('of two members who join at the same time, the group accepts the first', async () => {
  const founded = await found('Alice');
  const alice = new Group(founded.state);
  const [bob, carol] = [await join(joinOf(founded).info, 'Bob'), await join(joinOf(founded).info, 'Carol')];
  await alice.read(joinOf(bob).commit!);
  await expect(alice.read(joinOf(carol).commit!)).rejects.toThrow();
  expect(alice.members).toEqual(['Alice', 'Bob']);
});

test.each([0, 1, 40, 400])('%i bytes of a member that are no message are skipped', (length) =>
  expect(readMessage(new Uint8Array(length).fill(7))).toBeUndefined(),
);

test('the same join has the same length each time', async () => {
  const lengths = new Set(
    await Promise.all(Array.from({ length: 8 }, async () => (await found('Alice')).message.length)),
  );
  expect(lengths.size).toBe(1);
});

test('a frame opens with the link alone, under its own id', async () => {
  const link = await Link.create();
  const { bytes, id } = await link.wrap(bytesOf('a message'));
  const same = await Link.parse(link.fragment);
  expect(same?.room).toBe(link.room);
  expect(await same?.unwrap(bytes)).toEqual({ id, message: bytesOf('a message') });
  expect(await (await Link.create()).unwrap(bytes)).toBeUndefined();
  expect(await link.unwrap(changed(bytes, 0))).toBeUndefined();
  expect(await Link.parse('#short')).toBeUndefined();
  expect(await Link.parse('#not base64')).toBeUndefined();
});

test('an attachment opens with its key, and not after a change', async () => {
  const { bytes, key } = await sealFile(new Blob(['a file']));
  expect(await (await openFile(bytes, key, 'text/plain')).text()).toBe('a file');
  expect(bytesOfBase64Url(key)?.length).toBe(32);
  await expect(openFile(changed(bytes, 20), key, 'text/plain')).rejects.toThrow();
});
