// Avatars: any uploaded portrait becomes a square JPEG.
import { defineConfig } from '../../src/index.ts';

export default defineConfig({
  pipelines: {
    avatars: {
      source: { bucket: 'uploads', prefix: 'avatars/' },
      renditions: {
        avatar: {
          recipe: {
            resize: { width: 512, height: 512, fit: 'cover', gravity: 'attention', enlarge: true },
            format: 'jpeg',
            quality: 85,
          },
          to: { bucket: 'assets', key: 'avatars/{stem}.jpg' },
        },
      },
    },
  },
  limits: { bytes: 10_000_000 },
});
