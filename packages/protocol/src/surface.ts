/** Surfaces, media and actions: closed sets that every contract shares. Spec: docs/design/contracts.md#detection-order */
import * as z from 'zod/mini';
import { ACTIONS, MEDIA, SURFACES } from './vocabulary.ts';

export { ACTIONS, MEDIA, SURFACES } from './vocabulary.ts';

/** Where content passes through the host app. */
export type Surface = (typeof SURFACES)[number];
export const Surface: z.ZodMiniType<Surface> = z.enum(SURFACES);

/** Surfaces that may signal. Received content is never signalled, and a new surface is not until it is listed here. */
export const SIGNAL_SURFACES = ['send', 'upload', 'profile'] as const;
export type SignalSurface = Extract<Surface, (typeof SIGNAL_SURFACES)[number]>;

/** The kind of content. The signature of its bytes determines it, never a claimed type. */
export type Media = (typeof MEDIA)[number];
export const Media: z.ZodMiniType<Media> = z.enum(MEDIA);

/** The action of the host on content. */
export type Action = (typeof ACTIONS)[number];
export const Action: z.ZodMiniType<Action> = z.enum(ACTIONS);

/** A stricter action has a higher rank. */
export const STRICTNESS: Readonly<Record<Action, number>> = { allow: 0, warn: 1, block: 2 };
