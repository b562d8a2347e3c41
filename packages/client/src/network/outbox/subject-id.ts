/**
 * The 32-byte subject id that the host's account service issues. It is requested as soon as an order in force requires
 * a pseudonym, never because something matched: the time of a request would tell the account service about the match.
 * Flow: host → here → keep-match. Spec: docs/design/contracts.md#subject-id
 */
import { LodestoneError } from '@lodestone/protocol';
import type { Storage } from '../storage/transaction.ts';

export interface SubjectIdStore {
  /** @throws {LodestoneError} `ERR_SUBJECT` if there is none yet */
  read(): Promise<Uint8Array<ArrayBuffer>>;
  /** Orders may have changed: requests a subject id if one is required and none is stored. */
  wake(): void;
}

export interface SubjectIdOptions {
  storage: Storage;
  /** The host's account service. */
  request: (() => Promise<Uint8Array>) | undefined;
  /** An order in force requires a pseudonym. */
  isRequired: () => boolean;
  /** A subject id was stored, or the request failed. */
  onChange: (error: LodestoneError | undefined) => void;
  stop: AbortSignal;
}

const RETRY_MS = 60_000;
const KEY = 'subject-id';

export function openSubjectIdStore({ storage, request, isRequired, onChange, stop }: SubjectIdOptions): SubjectIdStore {
  let running: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  stop.addEventListener('abort', () => clearTimeout(timer));

  const stored = (): Promise<Uint8Array<ArrayBuffer> | undefined> =>
    storage.transact(['subject-id'], (tx) => tx.get('subject-id', KEY));

  const requestIfRequired = async (): Promise<void> => {
    if (stop.aborted || !isRequired() || (await stored())) return;
    try {
      const subjectId = await requestSubjectId(request);
      await storage.transact(['subject-id'], (tx) => tx.put('subject-id', KEY, subjectId));
      onChange(undefined);
    } catch (cause) {
      if (stop.aborted) return;
      onChange(
        cause instanceof LodestoneError
          ? cause
          : new LodestoneError('ERR_SUBJECT', 'the account service returned no subject id. The request is repeated', {
              cause,
            }),
      );
      timer = setTimeout(wake, RETRY_MS);
    }
  };
  const wake = (): void => {
    clearTimeout(timer);
    running ??= requestIfRequired().finally(() => (running = undefined));
  };

  return {
    wake,
    async read() {
      const subjectId = await stored();
      if (!subjectId)
        throw new LodestoneError(
          'ERR_SUBJECT',
          'the order requires a pseudonym, and there is no subject id yet. The match waits in memory and is retried',
        );
      return subjectId;
    },
  };
}

async function requestSubjectId(request: SubjectIdOptions['request']): Promise<Uint8Array<ArrayBuffer>> {
  if (!request)
    throw new LodestoneError(
      'ERR_SUBJECT',
      'an order requires a pseudonym. Pass `subject` to createGuard: a function that returns the subject id',
    );
  const subjectId: unknown = await request();
  if (!(subjectId instanceof Uint8Array) || subjectId.length !== 32)
    throw new LodestoneError('ERR_SUBJECT', '`subject` must return a Uint8Array of 32 bytes');
  return new Uint8Array(subjectId);
}
