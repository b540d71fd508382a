// Pictures are handed in, come out negated with their hash on the ledger, and leave the input bucket empty.
import { defineConfig } from '../../src/index.ts';

export default defineConfig({
  pipelines: {
    negative: {
      source: { bucket: 'input_bucket' },
      original: 'delete',
      renditions: {
        negative: {
          recipe: { negate: true, format: 'same', animated: true },
          to: { bucket: 'output_bucket', key: '{dir}negated_{name}' },
        },
      },
    },
  },
});
