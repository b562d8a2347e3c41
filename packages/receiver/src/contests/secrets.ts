/** Secrets between the receiver and the account service, from the environment. Flow: cli → here → receiver. Spec: docs/design/receiver.md#contests */
import { LodestoneError } from '@lodestone/protocol/error';
import { callbackKey } from '../callbacks/sign.ts';

export const CONTEST_TOKEN_VARIABLE = 'LODESTONE_RECEIVER_CONTEST_TOKEN';
export const CALLBACK_SECRET_VARIABLE = 'LODESTONE_RECEIVER_CALLBACK_SECRET';
/** Another one than for callbacks, because others verify events. */
export const EVENT_SECRET_VARIABLE = 'LODESTONE_RECEIVER_EVENT_SECRET';

const TOKEN_CHARS = 32;

export interface ContestSecrets {
  /** The account service sends it with each contest. At least 32 characters. */
  token?: string | undefined;
  /** Signs callbacks: `whsec_` and 24 to 64 random bytes in base64. */
  callbackSecret?: string | undefined;
}

/** @throws {LodestoneError} `ERR_RECEIVER` for a weak secret; the message does not quote it */
export function contestSecretsFrom(env: Readonly<Record<string, string | undefined>>): ContestSecrets {
  const { [CONTEST_TOKEN_VARIABLE]: token, [CALLBACK_SECRET_VARIABLE]: callbackSecret } = env;
  if (token !== undefined && !(token.length >= TOKEN_CHARS && /^[\x21-\x7e]+$/.test(token)))
    throw new LodestoneError(
      'ERR_RECEIVER',
      `${CONTEST_TOKEN_VARIABLE} needs at least ${TOKEN_CHARS} printable characters without spaces, such as the output of openssl rand -base64 32`,
    );
  if (callbackSecret !== undefined) callbackKey(callbackSecret);
  return { token, callbackSecret };
}
