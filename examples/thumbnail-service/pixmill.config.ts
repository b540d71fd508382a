// Images under one prefix, thumbnails under another, aspect ratio and format kept.
import { defineConfig } from '../../src/index.ts';

export default defineConfig({
  pipelines: {
    images: {
      source: { bucket: 'photos', prefix: 'images/' },
      renditions: {
        thumbnail: {
          recipe: { resize: { width: 128, height: 128, fit: 'inside' }, format: 'same' },
          to: { bucket: 'photos', key: 'thumbnails/{stem}.thumbnail.{ext}' },
        },
      },
    },
  },
});
