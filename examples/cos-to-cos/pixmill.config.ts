// Files that arrive in one bucket leave it for another under the same key, whatever they are.
import { defineConfig } from '../../src/index.ts';

export default defineConfig({
  pipelines: {
    move: {
      source: { bucket: 'source' },
      // Once the copy is recorded and proven to be there.
      original: 'delete',
      renditions: {
        // In place of the copy any recipe may stand, such as `{ negate: true, format: 'same' }`: then pictures move, and others fail.
        file: { recipe: { copy: true }, to: { bucket: 'destination', key: '{key}' } },
      },
    },
  },
});
