/** The room a screen has: between the status bar and the flash row. */
export type BodySize = { readonly cols: number; readonly height: number };
