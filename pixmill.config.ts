// The default pipelines: a thumbnail of every picture, and the negative of every picture handed in.
import { defineConfig } from './src/index.ts';

export default defineConfig({
  pipelines: {
    thumbnail: {
      source: { bucket: 'pictures' },
      renditions: {
        thumbnail: {
          recipe: { resize: { width: 256, height: 256, fit: 'inside' }, format: 'webp' },
          to: { bucket: 'thumbnails', key: '{key}.webp' },
        },
      },
    },
    negative: {
      source: { bucket: 'input' },
      original: 'delete',
      renditions: {
        negative: {
          recipe: { negate: true, format: 'same', animated: true },
          to: { bucket: 'output', key: 'negated_{name}' },
        },
      },
    },
  },
});
