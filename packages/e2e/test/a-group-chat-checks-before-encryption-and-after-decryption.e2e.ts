/**
 * The React example: what a check stops never reaches the relay or the screen, every state has its sentence, axe finds nothing, and
 * what is sent offline leaves later. Spec: examples/react-e2ee-chat/README.md
 */
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { tabTo, violations } from './fixture/accessibility.ts';
import { expect, type Member, test } from './fixture/group-chat.ts';
import { holdReads } from './fixture/hold-reads.ts';
import { keepScreenshot } from './fixture/screenshot.ts';

const PHONE = { width: 390, height: 844 };

test(
  'a listed picture does not leave, and one that comes nevertheless is not shown',
  { tag: ALL_TAG },
  async ({ demo, openChat, join }) => {
    test.slow(); // five runs of axe
    const chat = await openChat('checked');
    const rooms: string[] = [];
    const alice = await join('Alice', chat.address, {
      prepare: async (context) => context.on('page', (page) => page.on('websocket', (one) => rooms.push(one.url()))),
    });
    const { page } = alice;
    await alice.isArmed();

    await test.step('a damaged file: the person is asked', async () => {
      await alice.attach(demo.sample('damaged.jpg'));
      await expect(alice.card('This file could not be checked')).toContainText('The file is damaged.');
      // Whoever knows the room can send to it, as the relay can. Without the link’s key that changes nothing.
      await sendTo(rooms[0] ?? '', new Uint8Array(400).fill(7));
      await alice.say('Still here');
      await expect(alice.messages.getByText('Sent', { exact: true })).toHaveCount(1);
      await expect(alice.messages.getByText('The file is damaged.')).toBeVisible();
      await alice.messages.getByRole('button', { name: 'Do not send' }).click();
      await expect(alice.messages).toHaveCount(1);
    });

    // Bob’s device cannot ask for orders, so it does not know whether any applies.
    const bob = await join('Bob', alice.invitation, {
      prepare: (context) => context.route(`${demo.addresses.repositories}/**`, (route) => route.abort()),
    });

    await test.step('a match on send: blocked, nothing at the relay, a notice with its receipt', async () => {
      const before = chat.relay.stored().length;
      await alice.attach(demo.sample('harbour.jpg'));
      await expect(alice.card('Not sent')).toContainText('It stayed on this device.');
      await alice.messages.getByText('Why, and where to find help').click();
      await expect(alice.messages.getByRole('link', { name: /Helplines for children/ })).toBeVisible();
      const notice = page.getByRole('region', { name: /^A match (was|may have been) signalled$/ });
      await expect(notice).toContainText(/Receipt: \S+/);
      expect(chat.relay.stored().length).toBe(before);
      expect(await violations(page)).toEqual([]);
      await keepScreenshot(page, 'group-chat-blocked');
      await notice.getByRole('button', { name: 'Understood' }).click();
      await expect(notice).toHaveCount(0);
      await alice.messages.getByRole('button', { name: 'Remove' }).click();
      await expect(alice.messages).toHaveCount(1);
    });

    await test.step('orders that are not known: the sender is asked; the receiver’s own check decides', async () => {
      await bob.attach(demo.sample('harbour.jpg'));
      await expect(bob.card('Not checked yet')).toContainText('It is not known yet whether files must be checked.');
      expect(await violations(bob.page)).toEqual([]);
      await bob.messages.getByRole('button', { name: 'Send anyway' }).click();
      await expect(alice.card('Not shown')).toContainText('It matches material that is not allowed here.');
      await expect(page.locator('.messages img')).toHaveCount(0);
    });

    await test.step('a video: progress while it is checked, and no player before', async () => {
      const readOn = await holdReads(page);
      await alice.attach(demo.sample('balloons.webm'));
      const bar = page.getByRole('progressbar', { name: 'Checking on this device: balloons.webm' });
      await expect(bar).toBeVisible();
      await alice.seesVideo(0);
      expect(await violations(page)).toEqual([]);
      await readOn();
      await alice.seesVideo(1);
    });

    await test.step('phone, dark, and the group’s panel', async () => {
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize(PHONE);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
      expect(await violations(page)).toEqual([]);
      await keepScreenshot(page, 'group-chat-phone');
      await page.getByRole('button', { name: 'Group and checks' }).click();
      await page.getByRole('dialog').getByText('Demo authority: in force').click();
      expect(await violations(page)).toEqual([]);
    });
  },
);

test(
  'what is sent offline waits over a reload, and leaves when the network is back',
  { tag: ALL_TAG },
  async ({ demo, openChat, join }) => {
    const chat = await openChat('checked');
    const alice = await join('Alice', chat.address, { serviceWorkers: 'allow' });
    const { page } = alice;
    // At the same time: one of them loses the first try.
    const [bob, carol] = await Promise.all([join('Bob', alice.invitation), join('Carol', alice.invitation)]);
    const codeOf = (member: Member): Promise<string> => member.page.locator('.side .code').innerText();
    const codes = async (): Promise<Set<string>> => new Set(await Promise.all([alice, bob, carol].map(codeOf)));
    for (const member of [alice, bob, carol]) await expect(member.page.locator('.side .members li')).toHaveCount(3);
    expect((await codes()).size).toBe(1);
    for (const member of [alice, bob]) await member.isOn();
    await alice.attach(demo.sample('mountains.jpg')); // starts the sandbox, whose code the service worker then keeps
    await bob.seesPicture('mountains.jpg');
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));

    await page.context().setOffline(true);
    await expect(page.getByText('What you send waits on this device.')).toBeVisible();
    await tabTo(page, 'Message to the group');
    await page.keyboard.type('From the train');
    await page.keyboard.press('Enter');
    await alice.attach(demo.sample('lily-leek.jpg'));
    await isWaiting(alice, 2);
    await page.reload();
    await isWaiting(alice, 2);

    await page.context().setOffline(false);
    await bob.sees('From the train');
    await bob.seesPicture('lily-leek.jpg');
    await isWaiting(alice, 0);
  },
);

/** Sends a frame to a room of the relay, as nobody’s device. */
async function sendTo(room: string, frame: Uint8Array<ArrayBuffer>): Promise<void> {
  const socket = new WebSocket(room);
  socket.binaryType = 'arraybuffer';
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error(`no connection to ${room}`));
    socket.onopen = () => socket.send(frame);
    // The relay passes each frame on to its sender too.
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data !== 'string' && data.byteLength === frame.length + 4) resolve();
    };
  });
  socket.close();
}

async function isWaiting(member: Member, count: number): Promise<void> {
  await expect(member.messages.getByText('Waiting', { exact: true })).toHaveCount(count);
}
