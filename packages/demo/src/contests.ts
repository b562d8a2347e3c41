/**
 * The account service's part in contests: passes them on to the receiver, and takes the outcomes. It keeps no text, receipt or
 * outcome. Flow: chat → here → receiver → here. Spec: docs/design/receiver.md#contests
 */
import { parseContestEvent, type ContestEvent } from '@lodestone/protocol/contest';
import { type ContestSecrets, verifyCallback } from '@lodestone/receiver';
import type { Handler, WebAnswer } from '@lodestone/tools/web-server';

/** Public, because the demo has no real contests. An operator's come from the environment. */
export const DEMO_SECRETS = {
  token: 'this-token-of-the-demo-is-no-secret',
  callbackSecret: `whsec_${Buffer.alloc(32).toString('base64')}`,
} as const satisfies ContestSecrets;

/** Where the receiver sends outcomes, below the address of the chat's server. */
export const OUTCOMES_PATH = '/account/outcomes';

/** @param endpoint of the receiver, for signals. @param path below `/v1/contests` */
export async function passOn(endpoint: string, path: '' | '/outcome', body: object): Promise<WebAnswer> {
  const response = await fetch(new URL(`/v1/contests${path}`, endpoint), {
    method: 'POST',
    headers: { authorization: `Bearer ${DEMO_SECRETS.token}` },
    body: JSON.stringify(body),
  });
  const type = response.headers.get('content-type') ?? 'text/plain';
  return { status: response.status, type, body: await response.text(), headers: { 'Cache-Control': 'no-store' } };
}

/** A real service would tell the account now: it issued the signal id, so it knows whose receipt this is. */
export function takeOutcomes(say: (line: string) => void, now: () => number = Date.now): Handler {
  return ({ method, url, headers, body }) => {
    if (url.pathname !== OUTCOMES_PATH) return undefined;
    if (method !== 'POST' || !verifyCallback(DEMO_SECRETS.callbackSecret, headers, body.toString('utf8'), now()))
      return { status: 401, type: 'text/plain', body: 'Not of the receiver.\n' };
    say(sentenceOf(parseContestEvent(body)));
    return { status: 204, type: 'text/plain', body: '' };
  };
}

function sentenceOf({ type, data: { receipt, outcome, reason } }: ContestEvent): string {
  return `Account service: ${type} for receipt ${receipt}: ${outcome}${reason === undefined ? '' : ` (${reason})`}.`;
}
