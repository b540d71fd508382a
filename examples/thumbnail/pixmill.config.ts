// One bucket for pictures and thumbnails: `cat.jpg` gets `cat.jpg-thumb` beside it.
import { defineConfig } from '../../src/index.ts';

export default defineConfig({
  pipelines: {
    thumbnail: {
      // Told apart by name; a thumbnail is also recognised by the ledger, so a loop cannot come about.
      source: { bucket: 'pictures', exclude: '*-thumb' },
      renditions: {
        thumbnail: {
          recipe: { resize: { width: 50, height: 50, fit: 'cover', gravity: 'attention' }, format: 'png' },
          to: { bucket: 'pictures', key: '{key}-thumb' },
        },
      },
    },
  },
});
