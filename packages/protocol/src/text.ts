/** Text for people, language tags and web addresses, each with strict limits. Spec: docs/design/contracts.md#detection-order */
import * as z from 'zod/mini';

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
export const WebAddress: z.ZodMiniType<WebAddress> = z
  .string()
  .check(
    z.maxLength(2_000),
    z.refine((value) => {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      if (!url || url.username || url.password || url.hash) return false;
      return (
        url.protocol === 'https:' ||
        (url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname))
      );
    }, 'not an https address (http is allowed on localhost only)'),
  )
  .brand<'WebAddress'>();
