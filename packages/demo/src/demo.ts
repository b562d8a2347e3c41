/**
 * Starts the demo: what to try, the chat, three authorities, their repositories, the receiver, the account service.
 * Promise: all servers listen on loopback only; all data is in one folder; `close` stops every part.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Receiver } from '@lodestone/receiver';
import { openAccounts } from './accounts.ts';
import { type DemoAuthorities, publishAuthorities, type PublishOptions } from './authorities.ts';
import { buildExample, CACHE } from './build-example.ts';
import { chatHandlers, repositoryHandlers } from './chat.ts';
import { OUTCOMES_PATH, takeOutcomes } from './contests.ts';
import { type GroupChat, type GroupChatOptions, openGroupChat } from './group-chat.ts';
import { makeSamples, type Samples } from './samples.ts';
import { openReceiver, openReceiverFolder } from './receiver.ts';
import { freePort, type Handler, serve } from '@lodestone/tools/web-server';

export interface DemoOptions extends Pick<PublishOptions, 'classifier'> {
  /** Folder for keys, databases and repositories, which must survive a restart. */
  directory: string;
  /** The first port to try for each server; 0 takes any free port. */
  ports: {
    chat: number;
    repositories: number;
    receiver: number;
    console?: number;
    groupChat?: GroupChatOptions['ports'];
  };
  say: (line: string) => void;
}

export interface Demo {
  /** Address of the chat. */
  chat: string;
  /** If the options have ports for it. */
  groupChat: GroupChat | undefined;
  /** Origin of the repositories, each below its authority's name. */
  repositories: string;
  authorities: DemoAuthorities;
  receiver: Receiver;
  /** Address of the receiver's signal endpoint. */
  endpoint: string;
  samples: Samples;
  close(): Promise<void>;
}

export interface SharedParts {
  /** Folder of the built chat. */
  chat: string;
  samples: Samples;
}

/** The parts that need no data folder. */
export async function makeSharedParts(say: (line: string) => void): Promise<SharedParts> {
  const samples = await makeSamples(path.join(CACHE, 'samples'));
  return { chat: await buildExample('vanilla-chat', { say }), samples };
}

export async function startDemo({ directory, ports, say, classifier }: DemoOptions): Promise<Demo> {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const { chat, samples } = await makeSharedParts(say);
    await mkdir(directory, { recursive: true });
    const accounts = await openAccounts(path.join(directory, 'accounts.json'));
    const folder = await openReceiverFolder(path.join(directory, 'receiver'), accounts.subjectKey.publicKey);
    // The order contains the receiver's address, so the port must be known before anything is signed.
    const port = await freePort(ports.receiver);
    const endpoint = `http://localhost:${port}/v1/signals`;
    const authorities = await publishAuthorities({
      directory: path.join(directory, 'authorities'),
      endpoint,
      keys: folder.keys,
      listed: samples.listed,
      lockedPictures: samples.locked,
      listedVideo: samples.listedVideo,
      now: Date.now(),
      ...(classifier && { classifier }),
    });
    const open = async (first: number, handlers: readonly Handler[]): Promise<string> => {
      const server = await serve({ port: first, handlers });
      closing.push(() => server.close());
      return server.origin;
    };
    const repositories = await open(ports.repositories, repositoryHandlers(authorities, endpoint));
    const logFile = path.join(directory, 'receiver.log');
    const consolePort = ports.console === undefined ? undefined : await freePort(ports.console);
    const addresses = { authorities, repositories, endpoint, accounts };
    const handlers = chatHandlers({ chat, samples: samples.folder, ...addresses });
    // Before the receiver, which needs its address for the outcomes of contests.
    const origin = await open(ports.chat, [takeOutcomes(say), ...handlers]);
    const callback = `${origin}${OUTCOMES_PATH}`;
    const at = { port, consolePort, endpoint, authorities, repositories, callback, logFile };
    const receiver = await openReceiver(folder, at);
    closing.push(() => receiver.close());
    const groupChat =
      ports.groupChat &&
      (await openGroupChat({
        app: await buildExample('react-e2ee-chat', { say }),
        ports: ports.groupChat,
        ...addresses,
      }));
    closing.push(async () => groupChat?.close());
    return { chat: `${origin}/`, groupChat, repositories, authorities, receiver, endpoint, samples, close };
  } catch (error) {
    await close();
    throw error;
  }
}
