/** Contests of signals, through the provider's account service. It passes them on to the receiver and keeps nothing. */
import { type AccountService, post, type Session } from './account.ts';

export interface Contests {
  /** @returns the day by which there is an answer, `2026-12-14` */
  contest(receipt: string, text: string): Promise<string>;
  /** Undefined while there is no answer. */
  outcome(receipt: string): Promise<Outcome | undefined>;
}

export interface Outcome {
  outcome: 'upheld' | 'overturned' | 'dismissed' | 'no-decision';
  /** A sentence of those who decided. */
  answer?: string;
}

export function contestsThrough({ contests, contestOutcome }: AccountService, { token }: Session): Contests {
  return {
    async contest(receipt, text) {
      const answer = await post(contests, { session: token, receipt, text });
      return ((await answer.json()) as { due: string }).due;
    },
    async outcome(receipt) {
      const answer = await post(contestOutcome, { session: token, receipt });
      return ((await answer.json()) as { result: Outcome | null }).result ?? undefined;
    },
  };
}
