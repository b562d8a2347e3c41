/** Surfaces, media and actions: closed sets that every contract shares. Spec: docs/design/contracts.md#detection-order */
import * as z from 'zod/mini';

/** Where content passes through the host app. */
export const SURFACES = ['send', 'receive', 'upload', 'profile'] as const;
export type Surface = (typeof SURFACES)[number];
export const Surface: z.ZodMiniType<Surface> = z.enum(SURFACES);

/** Surfaces that may signal. Received content is never signalled, and a new surface is not until it is listed here. */
export const SIGNAL_SURFACES = ['send', 'upload', 'profile'] as const;
export type SignalSurface = Extract<Surface, (typeof SIGNAL_SURFACES)[number]>;

/** The kind of content. The signature of its bytes determines it, never a claimed type. */
export const MEDIA = ['image', 'video', 'file'] as const;
export type Media = (typeof MEDIA)[number];
export const Media: z.ZodMiniType<Media> = z.enum(MEDIA);

/** The action of the host on content. */
export const ACTIONS = ['allow', 'warn', 'block'] as const;
export type Action = (typeof ACTIONS)[number];
export const Action: z.ZodMiniType<Action> = z.enum(ACTIONS);

/** A stricter action has a higher rank. */
export const STRICTNESS: Readonly<Record<Action, number>> = { allow: 0, warn: 1, block: 2 };
