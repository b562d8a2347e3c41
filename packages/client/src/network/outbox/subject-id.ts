/**
 * The 32 bytes that the account service gives to a signed-in device. Asked for as soon as an order in force wants a
 * pseudonym, never because something matched: a request at that moment would tell the account service of it.
 */
import { LodestoneError } from '@lodestone/protocol';
import type { Storage } from '../storage/transaction.ts';

export interface SubjectIdStore {
  /** @throws {LodestoneError} `ERR_SUBJECT` where there is none yet */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  /** Orders may have changed: asks where one wants a subject and none is kept. */
  wake(): void;
}

export interface SubjectIdOptions {
  storage: Storage;
  ask: (() => Promise<Uint8Array>) | undefined;
  /** Whether an order in force wants a pseudonym. */
  isWanted: () => boolean;
  /** One is there now, or could not be had. */
  told: (error?: LodestoneError) => void;
  stop: AbortSignal;
}

const RETRY_MS = 60_000;

export function openSubjectIdStore({ storage, ask, isWanted, told, stop }: SubjectIdOptions): SubjectIdStore {
  let asking: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  stop.addEventListener('abort', () => clearTimeout(timer));

  const kept = (): Promise<Uint8Array<ArrayBuffer> | undefined> =>
    storage.transact(['subject-id'], (tx) => tx.get('subject-id', 'subject-id'));

  const fetchOne = async (): Promise<void> => {
    if (stop.aborted || !isWanted() || (await kept())) return;
    try {
      const subject = await askFor(ask);
      await storage.transact(['subject-id'], (tx) => tx.put('subject-id', 'subject-id', subject));
      told();
    } catch (cause) {
      if (stop.aborted) return;
      told(
        cause instanceof LodestoneError
          ? cause
          : new LodestoneError('ERR_SUBJECT', 'the account service gave no subject', { cause }),
      );
      timer = setTimeout(wake, RETRY_MS);
    }
  };
  const wake = (): void => {
    clearTimeout(timer);
    asking ??= fetchOne().finally(() => (asking = undefined));
  };

  return {
    wake,
    async read() {
      const subject = await kept();
      if (!subject)
        throw new LodestoneError('ERR_SUBJECT', 'the order wants a pseudonym, and there is none yet; the match waits');
      return subject;
    },
  };
}

async function askFor(ask: SubjectIdOptions['ask']): Promise<Uint8Array<ArrayBuffer>> {
  if (!ask)
    throw new LodestoneError('ERR_SUBJECT', 'the order wants a pseudonym, and createGuard was given no `subject`');
  const subject: unknown = await ask();
  if (!(subject instanceof Uint8Array) || subject.length !== 32)
    throw new LodestoneError('ERR_SUBJECT', '`subject` must give 32 bytes');
  return new Uint8Array(subject);
}
