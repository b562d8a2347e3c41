/**
 * In the running app, a sandbox that an attacker controls sends comlink's CONSTRUCT instead of a verdict. The network
 * attempts of such a sandbox are in the-sandbox-has-no-network-access.e2e.ts, other messages in the client's tests.
 * Spec: docs/design/message-gate.md#message-gate
 */
import { impostorOf } from '@lodestone/sandbox/testing';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { builtSandbox } from './fixture/host-page.ts';
import { firstSandboxesAre } from './fixture/other-sandboxes.ts';
import { expect, test } from './fixture/test.ts';

const MESSAGE = {
  id: 'attack',
  type: 'CONSTRUCT',
  path: ['constructor', 'constructor'],
  argumentList: [{ type: 'RAW', value: 'fetch("/escape-by-construct"); document.title = "escaped"' }],
};

/** Replaces each verdict by the message. Runs before the scanner freezes its ports. */
const ATTACK = `
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (first, ...more) {
    const isVerdict = first?.value?.media !== undefined;
    return postMessage.call(this, isVerdict ? ${JSON.stringify(MESSAGE)} : first, ...more);
  };`;

test(
  'a CONSTRUCT message reaches nothing, the sandbox is terminated, the ledger records it, and the next check works',
  { tag: ALL_TAG },
  async ({ demo, chat }) => {
    // The first sandbox of each device; later ones are the client's.
    await firstSandboxesAre(chat.page, 2, await impostorOf(builtSandbox, ATTACK));
    await chat.open(demo.chat);

    for (const person of ['alice', 'bob'] as const) {
      const answer = { outcome: 'unscannable', action: 'warn', reason: 'sandbox' };
      expect(await chat.attach(demo.sample('lily-leek.jpg'), person)).toEqual(answer);
    }
    for (const device of ['Alice’s device', 'Bob’s device']) {
      await chat.inspector.getByRole('button', { name: device }).click();
      await expect(chat.inspector.locator('tr.note', { hasText: 'sandbox-terminated' })).toHaveCount(1);
    }
    expect(await chat.page.title()).not.toContain('escaped');
    expect(demo.requests.filter(({ url }) => url.pathname.includes('escape'))).toEqual([]);
    expect(demo.signals()).toEqual([]);

    expect(await chat.attach(demo.sample('mountains.jpg'), 'alice')).toMatchObject({ outcome: 'clear' });
    expect(await chat.attach(demo.sample('mountains.jpg'), 'bob')).toMatchObject({ outcome: 'clear' });
  },
);
