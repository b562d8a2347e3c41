/** A member's device may be hostile: content that this app would not write is no message, and nothing that was sent opens as a page. */
import { expect, test } from 'vitest';
import { attached, contentOf, FILE_BYTES, kindOf, type Message, parseContent } from '../src/chat/message.ts';

const SEALED = { attachment: '0'.repeat(32), key: 'A'.repeat(43) };
const message: Message = {
  id: '1',
  order: 1,
  mine: true,
  from: 'Alice',
  at: new Date(0).toISOString(),
  text: 'hello',
  file: { name: 'a.jpg', type: 'image/jpeg', size: 5, sealed: SEALED },
  stage: 'queued',
};
const written = (change: object): unknown => ({
  ...JSON.parse(new TextDecoder().decode(contentOf(message))),
  ...change,
});
const parsed = (content: unknown) => parseContent(new TextEncoder().encode(JSON.stringify(content)));

test('what one device writes another one reads', () => {
  const { from, at, text } = message;
  expect(parsed(written({}))).toEqual({
    from,
    at,
    text,
    file: { name: 'a.jpg', type: 'image/jpeg', size: 5, ...SEALED },
  });
});

const FILE = { name: 'a', type: '', size: 1, ...SEALED };
test.each([
  ['no JSON object', 'hello'],
  ['an unknown field', written({ html: '<b>' })],
  ['a name of another length', written({ from: 'x'.repeat(41) })],
  ['a time that is none', written({ at: 'today' })],
  ['a text that is too long', written({ text: 'x'.repeat(2_001) })],
  ['a file that is too large', written({ file: { ...FILE, size: FILE_BYTES + 1 } })],
  ['an attachment that is a path', written({ file: { ...FILE, attachment: '../'.repeat(10) } })],
  ['a key of another length', written({ file: { ...FILE, key: 'A' } })],
])('%s is no message', (_, content) => expect(parsed(content)).toBeUndefined());

test('bytes that are no text are no message', () => expect(parseContent(new Uint8Array([0xff, 0]))).toBeUndefined());

test('a file with a long name is sent with a name that others accept', () => {
  const { name, type, size } = attached(new File(['a'], `${'x'.repeat(300)}.jpg`, { type: 'image/jpeg' }));
  expect(parsed(written({ file: { name, type, size, ...SEALED } }))?.file?.name).toHaveLength(200);
});

test.each([
  ['a.jpg', 'image/jpeg', 'picture'],
  ['a.mkv', '', 'video'],
  ['a.mp4', 'video/mp4', 'video'],
  ['a.html', 'text/html', 'file'],
  ['a.svg', 'image/svg+xml', 'file'],
])('%s of type %j is shown as a %s', (name, type, kind) => expect(kindOf({ name, type, size: 1 })).toBe(kind));
