/** Text for people, language tags and web addresses, each with strict limits. Spec: docs/design/contracts.md#detection-order */
import * as z from 'zod/mini';
import { whyNotWebAddress } from './vocabulary.ts';

/** BCP 47 language tag without extensions. */
export const Language: z.ZodMiniType<string> = z.string().check(z.regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/));

/** Text for people: limited length, no control characters. */
export function text(maxChars: number): z.ZodMiniType<string> {
  return z.string().check(
    z.minLength(1),
    z.maxLength(maxChars),
    z.refine((value) => !/\p{Cc}/u.test(value), 'contains control characters'),
  );
}

/** An https address without credentials or fragment. http is allowed on localhost only, for demos and tests. */
export type WebAddress = string & z.$brand<'WebAddress'>;
export const WebAddress: z.ZodMiniType<WebAddress> = ruled(whyNotWebAddress).brand<'WebAddress'>();

/** Text that obeys a rule, which says why other text does not. */
export function ruled(whyNot: (value: string) => string | undefined): z.ZodMiniString {
  return z.string().check(({ value, issues }) => {
    const message = whyNot(value);
    if (message !== undefined) issues.push({ code: 'custom', message, input: value });
  });
}
