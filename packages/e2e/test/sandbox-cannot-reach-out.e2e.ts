/**
 * In the running app a sandbox in an attacker's hands sends comlink's CONSTRUCT in a verdict's place: nothing is carried out, the
 * sandbox is torn down, the ledger says so, and the next check works. Its ways out are tried by audit-probe.e2e.ts, other
 * messages by the client's own tests. Spec: DESIGN §1.
 */
import { impostorOf } from '@lodestone/sandbox/testing';
import { builtSandbox } from './fixture/host-page.ts';
import { firstSandboxesAre } from './fixture/other-sandboxes.ts';
import { expect, test } from './fixture/test.ts';

const MESSAGE = {
  id: 'attack',
  type: 'CONSTRUCT',
  path: ['constructor', 'constructor'],
  argumentList: [{ type: 'RAW', value: 'fetch("/escape-by-construct"); document.title = "escaped"' }],
};

/** Each answer that is a verdict becomes the message. It runs before the scanner freezes what ports do. */
const ATTACK = `
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (first, ...more) {
    const isVerdict = first?.value?.media !== undefined;
    return postMessage.call(this, isVerdict ? ${JSON.stringify(MESSAGE)} : first, ...more);
  };`;

test('CONSTRUCT from the worker: reaches nothing, the sandbox is torn down, the ledger says so, the next check works', async ({
  demo,
  chat,
}) => {
  // The first sandbox of each device; those after it are the client's own.
  await firstSandboxesAre(chat.page, 2, await impostorOf(builtSandbox, ATTACK));
  await chat.open(demo.chat);

  for (const person of ['alice', 'bob'] as const) {
    const answer = { outcome: 'unscannable', action: 'warn', reason: 'sandbox' };
    expect(await chat.attach(demo.photograph('lily-leek.jpg'), person)).toEqual(answer);
  }
  for (const device of ['Alice’s device', 'Bob’s device']) {
    await chat.inspector.getByRole('button', { name: device }).click();
    await expect(chat.inspector.locator('tr.note', { hasText: 'sandbox-terminated' })).toHaveCount(1);
  }
  expect(await chat.page.title()).not.toContain('escaped');
  expect(demo.requests.filter(({ url }) => url.pathname.includes('escape'))).toEqual([]);
  expect(demo.signals()).toEqual([]);

  expect(await chat.attach(demo.photograph('mountains.jpg'), 'alice')).toMatchObject({ outcome: 'clear' });
  expect(await chat.attach(demo.photograph('mountains.jpg'), 'bob')).toMatchObject({ outcome: 'clear' });
});
