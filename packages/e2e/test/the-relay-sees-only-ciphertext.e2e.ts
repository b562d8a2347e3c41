/**
 * The React example: three members, each in their own browser profile, exchange text, a picture and a video. What the relay keeps has
 * no trace of them, and its traffic is that of the same app built without Lodestone. Spec: examples/react-e2ee-chat/README.md
 */
import { readFile } from 'node:fs/promises';
import type { GroupChat } from '@lodestone/demo/group-chat';
import { ALL_TAG } from '@lodestone/tools/run/test-plan';
import { type Build, expect, type Member, type Name, test } from './fixture/group-chat.ts';
import { tracesOf } from './fixture/traces.ts';

const PICTURE = 'mountains.jpg';
const VIDEO = 'balloons.webm';
const WORDS = ['We arrived at the hut before the rain.', 'Send me the pictures of the valley, please.'] as const;

test(
  'three members read each other; the relay keeps no plaintext, and sees the same traffic with and without Lodestone',
  { tag: ALL_TAG },
  async ({ demo, openChat, join }) => {
    test.slow(); // two sessions
    const files = [demo.sample(PICTURE), demo.sample(VIDEO)] as const;
    const session = async (build: Build): Promise<{ traffic: string[]; chat: GroupChat }> => {
      const traffic: string[] = [];
      const chat = await openChat(build, ({ direction, kind, bytes }) => traffic.push(`${direction} ${kind} ${bytes}`));
      const enter = async (name: Name, address: string): Promise<Member> => {
        const member = await join(name, address);
        if (build === 'checked') await member.isOn();
        return member;
      };
      const alice = await enter('Alice', chat.address);
      const bob = await enter('Bob', alice.invitation);
      const carol = await enter('Carol', alice.invitation);
      await alice.say(WORDS[0]);
      for (const member of [bob, carol]) await member.sees(WORDS[0]);
      await bob.say(WORDS[1]);
      for (const member of [alice, carol]) await member.sees(WORDS[1]);
      await alice.attach(files[0]);
      for (const member of [alice, bob, carol]) await member.seesPicture(PICTURE);
      await carol.attach(files[1]);
      for (const member of [alice, bob, carol]) await member.seesVideo(1);
      const codes = await Promise.all([alice, bob, carol].map(({ page }) => page.locator('.side .code').innerText()));
      expect(new Set(codes).size).toBe(1);
      return { traffic, chat };
    };

    const checked = await session('checked');
    expect(checked.traffic.filter((one) => one.includes('in ')).length).toBeGreaterThan(6);
    const kept = Buffer.concat(checked.chat.relay.stored());
    // Short texts, such as Bob, may occur in random bytes.
    for (const text of [...WORDS, 'Alice', 'Carol', PICTURE, VIDEO, 'image/jpeg'])
      for (const encoding of ['utf8', 'hex'] as const)
        expect(kept.includes(Buffer.from(text).toString(encoding)), `${text} in ${encoding}`).toBe(false);
    const picture = await tracesOf(await readFile(files[0]));
    for (const bytes of checked.chat.relay.stored()) expect(picture.in(bytes)).toBeUndefined();
    const video = await readFile(files[1]);
    for (let at = 0; at + 18 < video.length; at += 512) expect(kept.includes(video.subarray(at, at + 18))).toBe(false);

    const unchecked = await session('unchecked');
    expect(checked.traffic).toEqual(unchecked.traffic);
    expect(demo.signals()).toEqual([]);
  },
);
