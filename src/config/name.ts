// Names that people give to what they declare.
import { z } from 'zod';

export const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, 'must be a name: letters, digits, "-" and "_", at most 63');
