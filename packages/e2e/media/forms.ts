/** In which forms photographs are measured. */
export const FORMS = ['as published', 'JPEG, turned', 'PNG', 'WebP'] as const;
export type Form = (typeof FORMS)[number];
