// What a recipe may say, and the defaults of what it leaves unsaid.
import { z } from 'zod';
import { FITS, FORMATS, GRAVITIES } from '../domain/recipe.ts';

/** Longest side of anything Pixmill writes, in pixels. */
export const MAX_SIDE = 8192;

/** A number within bounds, whose fault names the number: `0 is outside 1–8192`. */
export function range(min: number, max: number, kind: 'whole' | 'any' = 'any') {
  const error = (issue: { input?: unknown }) =>
    typeof issue.input === 'number'
      ? kind === 'whole' && !Number.isInteger(issue.input)
        ? `${issue.input} is not a whole number within ${min}–${max}`
        : `${issue.input} is outside ${min}–${max}`
      : `must be a number within ${min}–${max}`;
  const number = kind === 'whole' ? z.int({ error }) : z.number({ error });
  return number.min(min, { error }).max(max, { error });
}

const side = range(1, MAX_SIDE, 'whole');
const colour = z.string().regex(/^#([0-9a-f]{6}|[0-9a-f]{8})$/i, 'must be a colour such as "#1e90ff" or "#1e90ff80"');
const opaque = z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as "#1e90ff"');

const crop = z.strictObject({ left: range(0, 65_535, 'whole'), top: range(0, 65_535, 'whole'), width: side, height: side });

const resize = z
  .strictObject({
    width: side.optional(),
    height: side.optional(),
    fit: z.enum(FITS).default('inside'),
    gravity: z.enum([...GRAVITIES, 'attention', 'entropy']).default('center'),
    enlarge: z.boolean().default(false),
  })
  .refine((size) => size.width !== undefined || size.height !== undefined, 'needs a width, a height or both')
  .refine(
    (size) => size.fit !== 'contain' || (size.gravity !== 'attention' && size.gravity !== 'entropy'),
    'gravity "attention" and "entropy" choose what to cut off, and "contain" cuts nothing off: use "cover", or a compass point',
  );

const modulate = z.strictObject({
  brightness: range(0, 10).optional(),
  saturation: range(0, 10).optional(),
  hue: range(-360, 360).optional(),
  lightness: range(-100, 100).optional(),
});

const sharpen = z.strictObject({
  sigma: range(0.01, 10).default(1),
  flat: range(0, 10).default(1),
  jagged: range(0, 10).default(2),
});

/** The file is read by the loader; until then the recipe names it. */
const watermark = z.strictObject({
  file: z.string().min(1),
  gravity: z.enum(GRAVITIES).default('southeast'),
  margin: range(0, MAX_SIDE, 'whole').default(16),
  scale: range(0.01, 1).default(0.2),
  opacity: range(0, 1).default(0.5),
  tile: z.boolean().default(false),
});

/** `true` in the configuration stands for a step with its defaults. */
const orDefaults = <Schema extends z.ZodType>(schema: Schema, defaults: z.input<Schema>) =>
  z.preprocess((said) => (said === true ? defaults : said === false ? undefined : said), schema.optional());

export const recipeSchema = z
  .strictObject({
    crop: crop.optional(),
    resize: resize.optional(),
    rotate: range(-360, 360).optional(),
    flip: z.enum(['horizontal', 'vertical', 'both']).optional(),
    grayscale: z.boolean().default(false),
    negate: z.boolean().default(false),
    modulate: modulate.optional(),
    tint: opaque.optional(),
    blur: orDefaults(range(0.3, 100), 1),
    sharpen: orDefaults(sharpen, {}),
    watermark: watermark.optional(),
    format: z.enum([...FORMATS, 'same']).default('same'),
    quality: range(1, 100, 'whole').optional(),
    lossless: z.boolean().default(false),
    progressive: z.boolean().default(false),
    effort: range(0, 10, 'whole').optional(),
    animated: z.boolean().default(false),
    background: colour.default('#ffffff'),
    metadata: z.enum(['strip', 'keep']).default('strip'),
  })
  .superRefine((recipe, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (recipe.lossless && recipe.format !== 'webp' && recipe.format !== 'avif') {
      complain('lossless', `is for webp and avif, and the format is ${recipe.format}`);
    }
    const efforts: Record<string, [number, number]> = { webp: [0, 6], avif: [0, 9], png: [0, 9], gif: [1, 10] };
    const [least, most] = efforts[recipe.format] ?? [];
    if (recipe.effort !== undefined && !(recipe.effort >= (least ?? 1) && recipe.effort <= (most ?? 0))) {
      complain(
        'effort',
        most === undefined
          ? `is not a setting of ${recipe.format}`
          : `${recipe.effort} is outside ${least}–${most} for ${recipe.format}`,
      );
    }
    if (recipe.animated && recipe.format !== 'same' && recipe.format !== 'webp' && recipe.format !== 'gif') {
      complain('animated', `${recipe.format} holds one frame: use webp or gif, or leave "animated" out`);
    }
  });

const copySchema = z.strictObject(
  { copy: z.literal(true) },
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys' && Array.isArray(keys)
        ? `copy passes the file on as it is: take ${keys.map((key) => `"${key}"`).join(', ')} away, or "copy"`
        : undefined,
  },
);

/** What a rendition may be made by: a recipe, or a copy. */
export const makingSchema = z.discriminatedUnion(
  'copy',
  [recipeSchema.safeExtend({ copy: z.undefined().optional() }), copySchema],
  {
    error: ({ code }) => (code === 'invalid_union' ? 'is true, or left out' : undefined),
  },
);

/** A recipe as people write it. */
export type RecipeInput = z.input<typeof recipeSchema>;
/** What a rendition is made by, with its defaults, its watermark still a file name. */
export type ParsedMaking = z.output<typeof makingSchema>;
