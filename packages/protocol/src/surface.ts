/** Where content passes, what it is, and what a host does with it: three closed sets that every contract shares. */
import * as z from 'zod/mini';

/** Where content passes in the host app. */
export type Surface = 'send' | 'receive' | 'upload' | 'profile';
export const SURFACES: readonly ['send', 'receive', 'upload', 'profile'] = ['send', 'receive', 'upload', 'profile'];
export const Surface: z.ZodMiniType<Surface> = z.enum(SURFACES);

/** What the bytes are, by their own signature, never by a claimed type. */
export type Media = 'image' | 'video' | 'file';
export const MEDIA: readonly ['image', 'video', 'file'] = ['image', 'video', 'file'];
export const Media: z.ZodMiniType<Media> = z.enum(MEDIA);

/** What the host does with content. Ordered: each is stricter than the one before. */
export type Action = 'allow' | 'warn' | 'block';
export const ACTIONS: readonly ['allow', 'warn', 'block'] = ['allow', 'warn', 'block'];
export const Action: z.ZodMiniType<Action> = z.enum(ACTIONS);
