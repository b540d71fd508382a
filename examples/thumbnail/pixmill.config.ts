// One bucket for pictures and thumbnails: `cat.jpg` gets `thumbnails/cat.jpg-thumb`.
import { defineConfig } from '../../src/index.ts';

export default defineConfig({
  pipelines: {
    thumbnail: {
      // Told apart by folder rather than by ending: a picture of yours may be called `my-thumb`.
      source: { bucket: 'pictures', exclude: 'thumbnails/**' },
      renditions: {
        thumbnail: {
          recipe: { resize: { width: 50, height: 50, fit: 'cover', gravity: 'attention' }, format: 'png' },
          to: { bucket: 'pictures', key: 'thumbnails/{key}-thumb' },
        },
      },
    },
  },
});
