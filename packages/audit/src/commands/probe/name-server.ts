/**
 * A name server for one run, which counts look-ups: browsers start in a mount namespace whose /etc/resolv.conf names it. Needs
 * root on Linux and a free port 53; otherwise look-ups are not counted, and the report says so. Spec: docs/design/audit.md#probe
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED } from 'dns-packet';
import { questionName } from '../../packets/dns-question.ts';
import { shellQuoted } from '../../system/spawn.ts';
import { ZONE } from './listeners.ts';

export interface NameServer {
  /** Names of the zone that were looked up, in lower case. */
  lookups: readonly string[];
  /** A program that starts the given one with this name server. */
  launcherFor(program: string): Promise<string>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const PORT = 53;

/** @returns undefined if the machine does not allow it */
export async function startNameServer(): Promise<NameServer | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const lookups: string[] = [];
  const socket = createSocket('udp4');
  const listening = once(socket, 'listening').then(
    () => true,
    () => false,
  );
  socket.bind(PORT, HOST);
  if (!(await listening)) return undefined;
  socket.on('message', (query, { port, address }) => {
    const name = questionName(query)?.toLowerCase();
    if (name === undefined) return;
    if (isInZone(name)) lookups.push(name);
    const answer = answerTo(query);
    if (answer) socket.send(answer, port, address);
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-resolver-'));
  const configuration = path.join(folder, 'resolv.conf');
  await writeFile(configuration, `nameserver ${HOST}\n`);
  return {
    lookups,
    async launcherFor(program) {
      const wrapper = path.join(folder, path.basename(program));
      const inner = `mount --bind ${shellQuoted(configuration)} /etc/resolv.conf && exec ${shellQuoted(program)} "$@"`;
      await writeFile(wrapper, `#!/bin/sh\nexec unshare --mount sh -c ${shellQuoted(inner)} sh "$@"\n`);
      await chmod(wrapper, 0o755);
      return wrapper;
    },
    async close() {
      socket.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Names of the zone are at this machine, by IPv4; other names do not exist. @returns undefined if the query has no question */
export function answerTo(query: Uint8Array): Buffer | undefined {
  const { id, questions = [] } = decode(Buffer.from(query));
  const [question] = questions;
  if (!question) return undefined;
  const { name, type } = question;
  const isOurs = isInZone(name.toLowerCase());
  const NXDOMAIN = 3;
  return encode({
    type: 'response',
    flags: AUTHORITATIVE_ANSWER | RECURSION_DESIRED | RECURSION_AVAILABLE | (isOurs ? 0 : NXDOMAIN),
    questions: [question],
    answers: isOurs && type === 'A' ? [{ type: 'A', name, ttl: 0, data: HOST }] : [],
    ...(id !== undefined && { id }),
  });
}

function isInZone(name: string): boolean {
  return name === ZONE || name.endsWith(`.${ZONE}`);
}
